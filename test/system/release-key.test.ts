import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/cli.ts'
import { gnupg } from '../support/gnupg.ts'
import { repository } from '../support/program.ts'

const importKey = (directory: string, key: string) =>
  spawnSync(join(repository, 'scripts/release/import-key'), [directory], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', APT_SIGNING_KEY: key },
  })

test('import-key imports the key of a variable into a directory that only its owner can read', () => {
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
  // A public key cannot sign.
  expect(importKey(join(temporaryDirectory(), 'gnupg'), gpg('--armor', '--export')).status).not.toBe(0)
  for (const directory of [home, imported]) execFileSync('gpgconf', ['--homedir', directory, '--kill', 'all'])
})

test('import-key fails without a key, and with a text that is not a key', () => {
  const directory = join(temporaryDirectory(), 'gnupg')
  expect(importKey(directory, '')).toMatchObject({ status: 1, stdout: '' })
  expect(importKey(directory, 'no key')).toMatchObject({ stdout: '' })
  expect(importKey(directory, 'no key').status).not.toBe(0)
})

describe('check-key', () => {
  const keys = gnupg()
  afterAll(() => keys.remove())
  const check = (keyring: string | Buffer) =>
    spawnSync(join(repository, 'scripts/release/check-key'), ['365'], { input: keyring, encoding: 'utf8' })
  const keyring = (...fingerprints: string[]) => keys.gpg(['--armor', '--export', ...fingerprints])

  test('accepts a key that never expires, or expires later than required', () => {
    const forever = keys.key('Ever <ever@example.org>')
    expect(check(keyring(forever))).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('never expires'),
    })
    const long = keys.key('Long <long@example.org>', { expires: '500d' })
    const run = check(keyring(long))
    expect(run).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(`^The key ${long.slice(-16)} expires in (499|500) days.\n$`),
    })
    // One valid key of several is enough, so that keys can be rotated.
    const short = keys.key('Short <short@example.org>', { expires: '10d' })
    expect(check(keyring(short, long))).toMatchObject({ status: 0 })
    expect(check(keyring(short))).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/expires in (9|10) days/),
    })
  })

  test('reports a key that has expired, and the expiry of a subkey that signs', () => {
    const created = Math.floor(Date.now() / 1000) - 1000
    const over = keys.key('Over <over@example.org>', { expires: 'seconds=60', createdAt: created })
    expect(check(keyring(over))).toMatchObject({ status: 1, stderr: expect.stringContaining('has expired') })
    const sub = keys.key('Sub <sub@example.org>', { usage: 'cert' })
    const secret = ['--pinentry-mode', 'loopback', '--passphrase', '']
    keys.gpg([...secret, '--quick-add-key', sub, 'ed25519', 'sign', '20d'])
    expect(check(keyring(sub))).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/expires in (19|20) days/),
    })
    for (const nothing of ['', 'no keyring'])
      expect(check(nothing)).toMatchObject({ status: 1, stderr: 'The keyring contains no key.\n' })
  })
})
