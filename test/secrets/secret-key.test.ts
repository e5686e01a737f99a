import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { warnOfReadable } from '../../src/cli/flags/password.ts'
import { readEnvFile } from '../../src/secrets/env-file.ts'
import { readKeyFile } from '../../src/secrets/key-file.ts'
import {
  KeyNotInEnvFile,
  type KeyPlace,
  resolveSecretKey,
  type SecretKeyPlaces,
} from '../../src/secrets/secret-key.ts'
import { BECOME_NOBODY } from '../support/program.ts'

const directory = mkdtempSync(join(tmpdir(), 'mathesarctl-key-'))
afterAll(() => rmSync(directory, { recursive: true }))
const isRoot = process.getuid?.() === 0

let files = 0
function keyFile(content: string | Buffer, mode = 0o600): string {
  const path = join(directory, `key${files++}`)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

const missing = join(directory, 'missing')

function resolveKey(places: Partial<SecretKeyPlaces>) {
  return resolveSecretKey({ flags: {}, env: {}, configKeyFile: null, defaultKeyFile: missing, ...places })
}

/** Returns the place of a key whose source is stated so. */
function placeOf(source: string): KeyPlace {
  const inFile = 'SECRET_KEY in '
  if (source.startsWith(inFile)) return { kind: 'env-file', path: source.slice(inFile.length) }
  return source.startsWith('/') ? { kind: 'file', path: source, isMathesars: false } : { kind: 'environment' }
}

describe('the key', () => {
  const all = {
    flags: { secretKeyFile: keyFile('flag'), envFile: keyFile('SECRET_KEY=from .env\n') },
    env: { MATHESAR_SECRET_KEY_FILE: keyFile('file of environment'), SECRET_KEY: 'environment' },
    configKeyFile: keyFile('configuration'),
    defaultKeyFile: keyFile('default'),
  }
  const { envFile } = all.flags
  it.each<[string, Partial<SecretKeyPlaces>, string, string]>([
    ['--secret-key-file', all, 'flag', all.flags.secretKeyFile],
    [
      'MATHESAR_SECRET_KEY_FILE',
      { ...all, flags: { envFile } },
      'file of environment',
      all.env.MATHESAR_SECRET_KEY_FILE,
    ],
    [
      'SECRET_KEY',
      { ...all, flags: { envFile }, env: { SECRET_KEY: 'environment', MATHESAR_SECRET_KEY_FILE: '' } },
      'environment',
      'the environment variable SECRET_KEY',
    ],
    [
      'SECRET_KEY in --env-file',
      { ...all, flags: { envFile }, env: { SECRET_KEY: '' } },
      'from .env',
      `SECRET_KEY in ${envFile}`,
    ],
    ['the file of the configuration', { ...all, flags: {}, env: {} }, 'configuration', all.configKeyFile],
    [
      'the file of the configuration, where --env-file has no key',
      { ...all, flags: { envFile: keyFile('A=1\nSECRET_KEY=') }, env: {} },
      'configuration',
      all.configKeyFile,
    ],
    ['the default file', { ...all, flags: {}, env: {}, configKeyFile: null }, 'default', all.defaultKeyFile],
  ])('comes from %s, where no stronger place has one', (_place, places, key, source) => {
    expect(resolveKey(places)).toEqual({ key, source, place: placeOf(source), hasFinalNewline: false })
  })
})

describe('a key file', () => {
  it('keeps a newline at its end as a part of the key, and reports it', () => {
    expect(resolveKey({ defaultKeyFile: keyFile('key\n') })).toMatchObject({
      key: 'key\n',
      hasFinalNewline: true,
    })
  })
  it('a key file is read with CR LF as LF and with its spaces', () => {
    expect(resolveKey({ defaultKeyFile: keyFile(' key \r\n') }).key).toBe(' key \n')
  })
  it('keeps a byte order mark', () => {
    expect(resolveKey({ defaultKeyFile: keyFile('\ufeffkey') }).key).toBe('\ufeffkey')
  })
})

describe('an environment file without a key', () => {
  const empty = keyFile('DJANGO_SECRET_KEY=x\nSECRET_KEY=\n')
  it('an environment file without a key is an error where no other place has one', () => {
    for (const defaultKeyFile of [missing, null]) {
      expect(() => resolveKey({ flags: { envFile: empty }, defaultKeyFile })).toThrow(KeyNotInEnvFile)
    }
  })
  it('an environment file without a key draws a warning that names the file with the key that is used instead', () => {
    const warnings: string[] = []
    const defaultKeyFile = keyFile('default')
    const { key } = resolveKey({
      flags: { envFile: empty },
      defaultKeyFile,
      onWarning: (message) => warnings.push(message),
    })
    expect(key).toBe('default')
    expect(warnings.join()).toMatch(`${empty} sets no SECRET_KEY`)
    expect(warnings.join()).toMatch(`${defaultKeyFile} is used`)
  })
})

describe('a missing key is reported', () => {
  it('refuses a key in the environment that was not UTF-8 before Node decoded it', () => {
    expect(() => resolveKey({ env: { SECRET_KEY: 'caf\uFFFD' } })).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('UTF-8') }),
    )
  })
  it('reports a missing key with what to do where no place has one', () => {
    expect(() => resolveKey({})).toThrow(
      expect.objectContaining({
        code: 'SECRET_KEY_MISSING',
        message: `The secret key file ${missing} can't be read: it does not exist.`,
        hint: expect.stringContaining('mathesarctl setup'),
      }),
    )
  })
  it('reports a missing key where there is no home directory for the default one', () => {
    expect(() => resolveKey({ defaultKeyFile: null })).toThrow(
      expect.objectContaining({
        code: 'SECRET_KEY_MISSING',
        hint: expect.stringContaining('--secret-key-file'),
      }),
    )
  })
  it.each<[string, Partial<SecretKeyPlaces>, string]>([
    [
      'a named file that is missing',
      { flags: { secretKeyFile: missing }, env: { SECRET_KEY: 'x' } },
      'it does not exist',
    ],
    ['a directory', { flags: { secretKeyFile: directory } }, 'it is a directory'],
    ['an empty file', { defaultKeyFile: keyFile('') }, 'is empty'],
    ['a missing --env-file', { flags: { envFile: missing } }, 'it does not exist'],
    ['bytes that are no text', { defaultKeyFile: keyFile(Buffer.from([0xff, 0xfe, 0x41])) }, 'UTF-8'],
  ])('reports a missing key with the reason for %s', (_name, places, reason) => {
    expect(() => resolveKey(places)).toThrow(
      expect.objectContaining({ code: 'SECRET_KEY_MISSING', message: expect.stringContaining(reason) }),
    )
  })
  it.skipIf(!isRoot)('reports a missing key with the reason for a file of another user', () => {
    const path = keyFile('secret')
    const places = JSON.stringify({
      flags: { secretKeyFile: path },
      env: {},
      configKeyFile: null,
      defaultKeyFile: '',
    })
    chmodSync(directory, 0o711)
    const module = new URL('../../src/secrets/secret-key.ts', import.meta.url)
    const script = `const { resolveSecretKey } = await import(${JSON.stringify(module)})
      ${BECOME_NOBODY}
      try { resolveSecretKey(${places}) } catch (e) { console.log(e.code, e.message) }`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      cwd: '/',
    })
    expect(said.trim()).toBe(
      `SECRET_KEY_MISSING The secret key file ${path} can't be read: permission denied.`,
    )
  })
})

describe('a key file that others may read', () => {
  it.each(['644', '660', '604', '622'])('a key file that others may read is refused (mode %s)', (digits) => {
    const path = keyFile('secret', Number.parseInt(digits, 8))
    expect(() => resolveKey({ flags: { secretKeyFile: path } })).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining(`chmod 600 ${path}`) }),
    )
  })
  it.skipIf(!isRoot)(
    'a key file that others may read is accepted if it belongs to root and only its group reads it',
    () => {
      expect(resolveKey({ flags: { secretKeyFile: keyFile('secret', 0o640) } }).key).toBe('secret')
      const ofAnother = keyFile('secret', 0o640)
      chownSync(ofAnother, 65534, 65534)
      expect(() => resolveKey({ flags: { secretKeyFile: ofAnother } })).toThrow(
        expect.objectContaining({ code: 'USAGE' }),
      )
    },
  )
  it.skipIf(process.platform === 'win32')('names no command that changes a device of the machine', () => {
    const path = '/dev/null'
    const refusal = expect.objectContaining({
      message: `The secret key file ${path} is not a regular file.`,
      hint: expect.not.stringContaining('chmod'),
    })
    expect(() => resolveKey({ flags: { secretKeyFile: path } })).toThrow(refusal)
    expect(() => readKeyFile(path, { flag: 'new-secret-key-file' })).toThrow(refusal)
  })
  it.runIf(process.platform === 'linux')('names no command for a file that the process received open', () => {
    const file = openSync(keyFile('SECRET_KEY=x', 0o644), 'r')
    const path = `/dev/fd/${file}`
    const hint = 'Let only its owner read it.'
    expect(() => readKeyFile(path)).toThrow(
      expect.objectContaining({
        message: `The secret key file ${path} is open to other users (mode 0644).`,
        hint,
      }),
    )
    const hints: string[] = []
    warnOfReadable(path, { warn: (_, advice) => hints.push(advice ?? '') })
    readEnvFile(path, { onWarning: (_, advice) => hints.push(advice) })
    expect(new Set(hints)).toEqual(new Set([hint]))
    closeSync(file)
  })
  it('never shows the key of a file that others may read', () => {
    for (const mode of [0o644, 0o600]) {
      const path = keyFile(mode === 0o600 ? Buffer.from('sesame\xff', 'latin1') : 'sesame', mode)
      try {
        resolveKey({ flags: { secretKeyFile: path } })
        expect.unreachable()
      } catch (error) {
        expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('sesame')
      }
    }
  })
})
