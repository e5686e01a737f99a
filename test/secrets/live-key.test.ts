import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadComposeParser } from '../../src/secrets/compose/parser.ts'
import {
  LiveKeyMissing,
  type LiveKeyPlaces,
  resolveLiveKey,
  secretFilesOf,
} from '../../src/secrets/live-key.ts'
import { BECOME_NOBODY } from '../support/program.ts'

const root = mkdtempSync(join(tmpdir(), 'mathesarctl-live-key-'))
afterAll(() => rmSync(root, { recursive: true }))
beforeAll(loadComposeParser)

function write(path: string, text: string, mode = 0o600): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

/** Creates the directory of a Mathesar with files, and returns the path of its `.env`. */
function mathesar(files: Record<string, string> = {}): string {
  const directory = mkdtempSync(join(root, 'mathesar-'))
  for (const [name, text] of Object.entries(files)) write(join(directory, name), text, 0o644)
  return write(join(directory, '.env'), files['.env'] ?? 'A=1\n')
}

function resolveKey(places: Partial<LiveKeyPlaces>) {
  return resolveLiveKey({ flags: {}, env: {}, configKeyFile: null, ...places })
}

it('takes SECRET_KEY of the .env file, then the secret file beside it, then the configuration', () => {
  const configKeyFile = write(join(root, 'config-key'), 'configured')
  const all = { '.env': 'SECRET_KEY=given\n', '.secrets/secret_key.txt': 'own \r\n' }
  expect(resolveKey({ flags: { envFile: mathesar(all) }, configKeyFile }).key).toBe('given')
  const empty = mathesar({ ...all, '.env': 'SECRET_KEY=\n' })
  expect(resolveKey({ flags: { envFile: empty }, configKeyFile })).toEqual({
    key: 'own \n',
    source: join(dirname(empty), '.secrets/secret_key.txt'),
    place: expect.objectContaining({ kind: 'file', isMathesars: true }),
    hasFinalNewline: true,
  })
  const none = mathesar()
  expect(resolveKey({ flags: { envFile: none }, configKeyFile }).key).toBe('configured')
  expect(() => resolveKey({ flags: { envFile: none } })).toThrow(LiveKeyMissing)
  expect(() => resolveKey({})).toThrow(LiveKeyMissing)
})

it('takes the secret file that the Compose project mounts, which everybody may read, with a warning', () => {
  const service = 'services:\n  app:\n    image: mathesar/mathesar\n    volumes:\n'
  const mounted = mathesar({
    'compose.yaml': `${service}      - ./data/keys:/code/.secrets\n`,
    'data/keys/secret_key.txt': 'mounted',
  })
  const warnings: string[] = []
  const onWarning = (message: string) => warnings.push(message)
  expect(resolveKey({ flags: { envFile: mounted }, onWarning }).key).toBe('mounted')
  expect(warnings).toEqual([expect.stringContaining('data/keys/secret_key.txt')])
  const shipped = mathesar({ 'msar/secrets/secret_key.txt': 'shipped' })
  expect(resolveKey({ flags: { envFile: shipped } }).key).toBe('shipped')
})

it('names each place where it looked once, however the .env file is named', () => {
  const service = 'services:\n  app:\n    image: mathesar/mathesar\n    volumes:\n'
  const named = mathesar({
    'docker-compose.yml': `${service}      - ./msar/secrets:/code/.secrets\n`,
  })
  const envFile = relative(process.cwd(), named)
  expect(secretFilesOf(envFile).map((path) => resolve(path))).toEqual([
    join(dirname(named), 'msar/secrets/secret_key.txt'),
    join(dirname(named), '.secrets/secret_key.txt'),
  ])
})

it('keeps what other programs read in the .env file', () => {
  const envFile = mathesar({ '.env': 'SECRET_KEY="a\\$b"\n' })
  const { key, others } = resolveKey({ flags: { envFile } })
  expect([key, others]).toEqual(['a\\$b', ['a$b']])
})

it('refuses a secret file that is empty', () => {
  const envFile = mathesar({ '.secrets/secret_key.txt': '' })
  expect(() => resolveKey({ flags: { envFile } })).toThrow(
    expect.objectContaining({ code: 'SECRET_KEY_MISSING', message: expect.stringContaining('is empty') }),
  )
})

it('advises for no file to create a key: only that Mathesar has it', () => {
  const none = join(root, 'none')
  for (const places of [
    { flags: { secretKeyFile: none }, configKeyFile: null },
    { flags: {}, configKeyFile: none },
  ]) {
    const error = expect.objectContaining({
      code: 'SECRET_KEY_MISSING',
      hint: expect.not.stringContaining('setup'),
      details: expect.objectContaining({ field: 'secret-key-file' }),
    })
    expect(() => resolveLiveKey({ ...places, env: {} })).toThrow(error)
  }
})

it.skipIf(process.getuid?.() !== 0)('names a secret file in a directory that this user may not enter', () => {
  const envFile = mathesar({ '.secrets/secret_key.txt': 'own' })
  const directory = dirname(envFile)
  for (const path of [root, directory]) chmodSync(path, 0o755)
  chmodSync(envFile, 0o644)
  chmodSync(join(directory, '.secrets'), 0o700)
  const modules = ['live-key.ts', 'compose/parser.ts'].map((name) =>
    JSON.stringify(new URL(`../../src/secrets/${name}`, import.meta.url)),
  )
  const places = JSON.stringify({ flags: { envFile }, env: {}, configKeyFile: null })
  const script = `const { resolveLiveKey } = await import(${modules[0]})
    await (await import(${modules[1]})).loadComposeParser()
    ${BECOME_NOBODY}
    try { resolveLiveKey(${places}) } catch (e) { console.log(e.code, e.message) }`
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: '/',
  })
  const path = join(directory, '.secrets/secret_key.txt')
  expect(printed.trim()).toBe(
    `SECRET_KEY_MISSING The secret key file ${path} can't be read: permission denied.`,
  )
})
