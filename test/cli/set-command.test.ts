import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { copyKeyCommand, setVariableCommand } from '../../src/cli/commands/secret-key/rotate/set-command.ts'
import { isInContainer } from '../../src/files/mounts.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { BECOME_NOBODY } from '../support/program.ts'

const run = (command: string | null) => execFileSync('sh', ['-c', command ?? 'false'])
const text = (path: string) => readFileSync(path, 'utf8')

/** A new key file and an `.env` file, in a directory whose name needs quotes. */
function place(env: string) {
  const directory = temporaryDirectory('a b')
  const [newKeyFile, path] = [join(directory, 'secret key.new'), join(directory, '.env')]
  writeFileSync(newKeyFile, 'new.key', { mode: 0o600 })
  writeFileSync(path, env, { mode: 0o640 })
  return { directory, newKeyFile, path }
}

it.each([
  ['SECRET_KEY=o|ld&$x\n', 'SECRET_KEY=new.key\n'],
  ['A=1\nSECRET_KEY="o|ld&$x"\nB=2\n', 'A=1\nSECRET_KEY=new.key\nB=2\n'],
  [`MY_KEY=1\nSECRET_KEY='o|ld&$x'`, 'MY_KEY=1\nSECRET_KEY=new.key'],
  ['# SECRET_KEY=x\nSECRET_KEY=o|ld&$x\n', '# SECRET_KEY=x\nSECRET_KEY=new.key\n'],
])('sets the new key in %j, and keeps the mode of the file', (before, after) => {
  const target = place(before)
  run(setVariableCommand(target, 'o|ld&$x'))
  expect(text(target.path)).toBe(after)
  expect(statSync(target.path).mode & 0o777).toBe(0o640)
})

it.each(['A=1', 'A=1\n', ''])('adds the key to %j, which sets none', (before) => {
  const target = place(before)
  run(setVariableCommand(target, null))
  expect(text(target.path).split('\n').filter(Boolean)).toEqual([
    ...before.split('\n').filter(Boolean),
    'SECRET_KEY=new.key',
  ])
})

it.each([
  'export SECRET_KEY=old\n',
  'SECRET_KEY=old # comment\n',
  'SECRET_KEY=other\n',
  'SECRET_KEY=old\nSECRET_KEY=old\n',
  'SECRET_KEY: old\n',
  'A=1\n',
])('has no command for %j', (before) => {
  expect(setVariableCommand(place(before), 'old')).toBeNull()
})

it('has no command for a new key that sed would read differently', () => {
  const target = place('SECRET_KEY=old\n')
  writeFileSync(target.newKeyFile, 'a|b&c')
  expect(setVariableCommand(target, 'old')).toBeNull()
})

it('sets a variable of another name, from which a Compose file fills in the key', () => {
  const target = { ...place('SECRET_KEY=x\nKEY=old\n'), variable: 'KEY' }
  run(setVariableCommand(target, 'old'))
  expect(text(target.path)).toBe('SECRET_KEY=x\nKEY=new.key\n')
})

it('has no command for a Compose file', () => {
  const target = place('services: {}\n')
  const path = join(target.directory, 'compose.yaml')
  writeFileSync(path, 'services: {}\n')
  expect(setVariableCommand({ ...target, path }, null)).toBeNull()
})

it('changes the file that a symbolic link names, and keeps the link', () => {
  const { directory, newKeyFile, path: real } = place('SECRET_KEY=old\n')
  const path = join(directory, 'link')
  symlinkSync(real, path)
  run(setVariableCommand({ newKeyFile, path }, 'old'))
  expect([text(real), text(path)]).toEqual(['SECRET_KEY=new.key\n', 'SECRET_KEY=new.key\n'])
})

it.skipIf(process.getuid?.() !== 0 || isInContainer())('uses sudo where the user may not write', () => {
  const { directory, newKeyFile, path } = place('SECRET_KEY=old\n')
  chmodSync(directory, 0o755)
  for (const file of [newKeyFile, path]) chmodSync(file, 0o644)
  const url = new URL('../../src/cli/commands/secret-key/rotate/set-command.ts', import.meta.url)
  const target = JSON.stringify({ newKeyFile, path })
  const script = `const { copyKeyCommand, setVariableCommand } = await import(${JSON.stringify(url)})
    ${BECOME_NOBODY}
    console.log(copyKeyCommand(${target}) + '\\n' + setVariableCommand(${target}, 'old'))`
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  const [copy, set] = printed.trim().split('\n')
  expect(copy).toBe(`sudo tee '${path}' < '${newKeyFile}' > /dev/null`)
  expect(set).toContain(`| sudo sed -i -f - '${path}'`)
  expect(copyKeyCommand({ newKeyFile, path })).not.toContain('sudo')
})
