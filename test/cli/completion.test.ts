import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cli } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { add, preparedHome } from '../support/installed.ts'
import { shellCommand } from '../support/program.ts'

async function complete(home: string, ...words: string[]): Promise<string[]> {
  const run = await cli(['__complete', '--', ...words], { home })
  expect(run.status).toBe(0)
  return run.stdout.split('\n').filter((line) => line !== '')
}

test('subcommands, flags, choices and stored names are completed', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  await add('my library', settings, { home })
  await add('music', settings, { home })
  expect(await complete(home, '')).toEqual(['setup', 'db', 'schema', 'build', 'completion', 'help'])
  expect(await complete(home, 'db', 're')).toEqual(['remove'])
  expect(await complete(home, 'db', 'add', '--ssl')).toEqual(['--sslmode', '--sslrootcert'])
  expect(await complete(home, 'db', 'add', '--sslmode', 'verify')).toEqual(['verify-ca', 'verify-full'])
  expect(await complete(home, 'db', 'add', '--sslmode=req')).toEqual(['--sslmode=require'])
  expect(await complete(home, 'db', 'remove', '--js')).toEqual(['--json'])
  expect(await complete(home, 'db', 'show', '')).toEqual(['music', 'my library'])
  expect(await complete(home, 'db', 'remove', '--yes', 'my')).toEqual(['my library'])
  expect(await complete(home, 'db', 'add', '')).toEqual([])
  expect(await complete(home, 'completion', 'z')).toEqual(['zsh'])
})

test('bash completes a name with a space in it', async () => {
  const home = await preparedHome()
  await add('my library', await ownedDatabase(), { home })
  mkdirSync(join(home, 'bin'))
  writeFileSync(join(home, 'bin/mathesarctl'), `#!/bin/sh\nexec ${shellCommand} "$@"\n`)
  chmodSync(join(home, 'bin/mathesarctl'), 0o755)
  const script = `
    source <(mathesarctl completion bash)
    COMP_WORDS=(mathesarctl db show my) COMP_CWORD=3
    _mathesarctl
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const output = execFileSync('bash', ['-c', script], {
    env: { HOME: home, PATH: `${join(home, 'bin')}:${process.env.PATH}` },
    encoding: 'utf8',
  })
  expect(output).toBe('my\\ library\n')
})

test.each(['bash', 'zsh', 'fish'])('the script for %s is one that the shell can read', async (shell) => {
  const home = await preparedHome()
  const { stdout } = await cli(['completion', shell], { home })
  expect(stdout).toContain('mathesarctl')
  writeFileSync(join(home, 'script'), stdout)
  const parsed = spawnSync(shell, ['-n', join(home, 'script')], { encoding: 'utf8' })
  // A shell that is not on this machine can't be asked; the build machine has all three.
  if (parsed.error) expect(process.env.CI).toBeUndefined()
  else expect(parsed).toMatchObject({ status: 0, stderr: '' })
})
