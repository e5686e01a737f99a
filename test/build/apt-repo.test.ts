import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { buildArtifacts } from '../../src/build/build.ts'
import { FORMAT_NAMES } from '../../src/build/formats/descriptions.ts'
import { PAYLOAD } from '../support/apt-repository.ts'
import { cli, temporaryDirectory } from '../support/cli.ts'

/** What the command line says of apt repositories before it needs gpg or apt; test/system has the rest. */

test('leaves the repository out of "all" if no key is given, with a warning', async () => {
  const out = join(temporaryDirectory(), 'out')
  const warnings: string[] = []
  const artifacts = await buildArtifacts({
    payload: PAYLOAD,
    formats: FORMAT_NAMES,
    isEveryFormat: true,
    platforms: [],
    out,
    env: {},
    onProgress: (event) => event.type === 'warning' && warnings.push(`${event.message} ${event.hint}`),
  })
  expect(artifacts.map(({ format }) => format)).toEqual(['sbom', 'checksums'])
  expect(warnings).toEqual([
    'The build skips the apt repository: no signing key given. Name a key with --sign-key KEY, as for gpg ' +
      '--local-user.',
  ])
  expect(readdirSync(out).sort()).toEqual(['SHA256SUMS', 'mathesarctl-0.3.0.cdx.json'])
})

describe('before it builds anything, build apt-repo reports', () => {
  test.each<[string, string[], string]>([
    ['a missing key', ['apt-repo'], 'No signing key given for the apt repository.'],
    [
      'missing packages',
      ['apt-repo', '--sign-key', 'x'],
      'There is no Debian package to add to the apt repository.',
    ],
    [
      'a file that does not exist',
      ['apt-repo', '--push', 'gitlab', '--deb', 'x.deb'],
      "x.deb can't be read: it does not exist.",
    ],
    ['a key without the format', ['npm', '--sign-key', 'x'], '--sign-key belongs to the format apt-repo'],
    [
      'an address without the format',
      ['npm', '--base-url', 'x'],
      '--base-url belongs to the format apt-repo',
    ],
    [
      'days without the format',
      ['npm', '--valid-until', '3'],
      '--valid-until belongs to the format apt-repo',
    ],
    ['zero days', ['apt-repo', '--valid-until', '0'], 'Use a whole number of days, 1 to 9999.'],
    ['half a day', ['apt-repo', '--valid-until', '1.5'], 'Use a whole number of days, 1 to 9999.'],
    ['an unknown registry', ['apt-repo', '--push', 'nowhere'], 'gitlab'],
    [
      'an address with a password',
      ['apt-repo', '--sign-key', 'x', '--base-url', 'https://me:secret@example.org/'],
      'The address of a repository has no user name, password',
    ],
  ])('%s', async (_, args, message) => {
    const home = temporaryDirectory()
    const out = join(home, 'out')
    const env = { GITLAB_URL: 'https://x.example', GITLAB_PROJECT: '1', GITLAB_TOKEN: 'secret-token' }
    const run = await cli(['build', ...args, '--out', out, '--json'], { home, env, node: process.execPath })
    expect(run.status).toBe(2)
    expect(JSON.parse(run.stderr)).toMatchObject({ error: { code: 'USAGE' } })
    expect(run.stderr.replaceAll('\\"', '"')).toContain(message)
    expect(run.stderr).not.toContain('secret')
    expect(existsSync(out)).toBe(false)
  })
})
