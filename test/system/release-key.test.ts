import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/cli.ts'
import { repository } from '../support/program.ts'

const importKey = (directory: string, key: string) =>
  spawnSync(join(repository, 'scripts/release/import-key'), [directory], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', APT_SIGNING_KEY: key },
  })

test('the key of a release comes from a variable, and into a directory that nobody else reads', () => {
  const home = join(temporaryDirectory(), 'made')
  mkdirSync(home, { mode: 0o700 })
  const gpg = (...args: string[]) =>
    execFileSync('gpg', ['--batch', '--homedir', home, ...args], { encoding: 'utf8', stdio: 'pipe' })
  gpg('--passphrase', '', '--quick-generate-key', 'Test <test@example.org>', 'ed25519', 'sign', '1y')
  const [, fingerprint] = /^fpr:+([0-9A-F]{40}):/m.exec(gpg('--with-colons', '--list-keys')) ?? []
  const imported = join(temporaryDirectory(), 'gnupg')
  const run = importKey(imported, gpg('--armor', '--export-secret-keys'))
  expect(run, run.stderr).toMatchObject({ status: 0, stdout: `${fingerprint}\n` })
  expect(statSync(imported).mode & 0o777).toBe(0o700)
  const signed = execFileSync(
    'gpg',
    ['--batch', '--homedir', imported, '--local-user', fingerprint ?? '', '--clear-sign'],
    {
      input: 'text',
      encoding: 'utf8',
    },
  )
  expect(signed).toContain('BEGIN PGP SIGNATURE')
  // A public key signs nothing.
  expect(importKey(join(temporaryDirectory(), 'gnupg'), gpg('--armor', '--export')).status).not.toBe(0)
  for (const directory of [home, imported]) execFileSync('gpgconf', ['--homedir', directory, '--kill', 'all'])
})

test('a release without a key, or with something else, ends there', () => {
  const directory = join(temporaryDirectory(), 'gnupg')
  expect(importKey(directory, '')).toMatchObject({ status: 1, stdout: '' })
  expect(importKey(directory, 'no key')).toMatchObject({ stdout: '' })
  expect(importKey(directory, 'no key').status).not.toBe(0)
})
