import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { putInPlace, whyNotReplaced } from '../../src/secrets/replace-key.ts'
import { temporaryDirectory } from '../support/cli.ts'

const NOBODY = 65_534
const text = (path: string) => readFileSync(path, 'utf8')
const isRoot = process.geteuid?.() === 0

/** A key file in a directory. */
function keyFile() {
  const directory = join(temporaryDirectory(), 'keys')
  mkdirSync(directory, { mode: 0o700 })
  const path = join(directory, 'secret_key')
  writeFileSync(path, 'old', { mode: 0o600 })
  return { directory, path }
}

it.runIf(isRoot)('refuses a path through a directory or a link of another user', () => {
  const { directory, path } = keyFile()
  const theirs = join(temporaryDirectory(), 'theirs')
  mkdirSync(theirs)
  chownSync(theirs, NOBODY, NOBODY)
  symlinkSync(path, join(theirs, 'key'))
  const link = join(directory, 'link')
  symlinkSync(path, link)
  const named = join(theirs, 'key')
  expect(whyNotReplaced(named)).toMatch(/belongs to another user/)
  expect(putInPlace(named, 'new', ['old'])).toMatch(/belongs to another user/)
  expect(text(path)).toBe('old')
  expect(putInPlace(link, 'new', ['old'])).toBeNull()
  expect(lstatSync(link).isSymbolicLink()).toBe(true)
  expect(text(path)).toBe('new')
})

it('refuses a path through a directory that others can write to', () => {
  const { directory, path } = keyFile()
  chmodSync(directory, 0o777)
  expect(whyNotReplaced(path)).toMatch(/other users can write to the directory/)
  expect(putInPlace(path, 'new', ['old'])).toMatch(/other users can write to the directory/)
  expect(text(path)).toBe('old')
  expect(readdirSync(directory)).toEqual(['secret_key'])
})

it.runIf(isRoot)("replaces another user's file in a directory of root", () => {
  const { path } = keyFile()
  chownSync(path, NOBODY, NOBODY)
  expect(whyNotReplaced(path)).toBeNull()
  expect(putInPlace(path, 'new', ['old'])).toBeNull()
  expect([text(path), lstatSync(path).uid]).toEqual(['new', NOBODY])
})

/** Returns what both functions return for a key file in a process that has become somebody. */
function replacedBy(become: string, path: string, command = [process.execPath]): (string | null)[] {
  const module = JSON.stringify(new URL('../../src/secrets/replace-key.ts', import.meta.url))
  const script = `const { putInPlace, whyNotReplaced } = await import(${module})
    ${become}
    const path = ${JSON.stringify(path)}
    console.log(JSON.stringify([whyNotReplaced(path), putInPlace(path, 'new', ['old'])]))`
  const [program = '', ...args] = command
  return JSON.parse(
    execFileSync(program, [...args, '--input-type=module', '-e', script], { cwd: '/', encoding: 'utf8' }),
  )
}

const GROUP = 54_321

it
  .runIf(isRoot)
  .each<[what: string, owner: number, group: number, directoryMode: number, reason: string | null]>([
    ['a file of root', 0, GROUP, 0o700, "it belongs to root, to whom nobody can't give a file"],
    ['a file of another group', NOBODY, 0, 0o700, "its group is 0, to which nobody can't give a file"],
    ['a file of one of its groups', NOBODY, GROUP, 0o700, null],
    ['a file of the group of its directory', NOBODY, 0, 0o2700, null],
  ])('foresees as an ordinary user whether it can replace %s', (_, owner, group, mode, reason) => {
  const { directory, path } = keyFile()
  chownSync(directory, NOBODY, 0)
  chmodSync(directory, mode)
  chmodSync(join(directory, '..'), 0o755)
  chownSync(path, owner, group)
  chmodSync(path, 0o640)
  const become = `process.setgroups([${GROUP}]); process.setgid(${NOBODY}); process.setuid(${NOBODY})`
  expect(replacedBy(become, path)).toEqual([reason, reason])
  expect(text(path)).toBe(reason === null ? 'new' : 'old')
  const stats = lstatSync(path)
  expect([stats.uid, stats.gid, stats.mode & 0o777]).toEqual([owner, group, 0o640])
  expect(readdirSync(directory)).toEqual(['secret_key'])
})

it.runIf(isRoot && process.platform === 'linux')(
  'foresees as a root that may not give files away whether it can replace a file',
  () => {
    const { path } = keyFile()
    chownSync(path, NOBODY, NOBODY)
    const drop = ['setpriv', '--bounding-set=-chown', process.execPath]
    const reason = "it belongs to nobody, to whom root can't give a file"
    expect(replacedBy('', path, drop)).toEqual([reason, reason])
    expect(text(path)).toBe('old')
  },
)

it('replaces nothing but regular files', () => {
  const { directory } = keyFile()
  expect(whyNotReplaced(directory)).toBe('it is not a regular file')
  expect(putInPlace(directory, 'new', ['old', ''])).toBe('it is not a regular file')
  if (process.platform === 'linux') {
    expect(putInPlace('/dev/fd/0', 'new', ['old', ''])).toBe('this program received it as an open file')
  }
})

it.runIf(isRoot && process.platform === 'linux')(
  'writes no file that another user leads the path to meanwhile',
  async () => {
    const theirs = join(temporaryDirectory(), 'theirs')
    mkdirSync(theirs)
    writeFileSync(join(theirs, 'real'), 'old', { mode: 0o600 })
    symlinkSync('real', join(theirs, 'key'))
    const victims = temporaryDirectory()
    const victim = join(victims, 'shadow')
    writeFileSync(victim, 'of root', { mode: 0o600 })
    const swap = spawn('sh', [
      '-c',
      'while :; do ln -s "$1" "$2/t" && mv -T "$2/t" "$2/key"; ln -s real "$2/t" && mv -T "$2/t" "$2/key"; done',
      'sh',
      victim,
      theirs,
    ])
    onTestFinished(() => void swap.kill())
    for (const path of ['real', '']) chownSync(join(theirs, path), NOBODY, NOBODY)
    for (let count = 0; count < 200; count++) putInPlace(join(theirs, 'key'), 'new', ['old', 'new'])
    expect(text(victim)).toBe('of root')
    expect(readdirSync(victims)).toEqual(['shadow'])
  },
)
