import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { createSecretKeyFile, generateSecretKey } from '../../src/secrets/generate-key.ts'

const directory = mkdtempSync(join(tmpdir(), 'mathesarctl-generate-'))
afterAll(() => rmSync(directory, { recursive: true }))
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

it('generates different keys of letters and digits, and uses all of them', () => {
  const keys = Array.from({ length: 200 }, generateSecretKey)
  for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9]{50}$/)
  expect(new Set(keys).size).toBe(200)
  expect(new Set(keys.join('')).size).toBe(62)
})

it.each([0o000, 0o022, 0o277])(
  'creates a key file for its owner alone, whatever the umask (%i)',
  async (umask) => {
    const path = join(directory, `umask${umask}`, 'secret_key')
    // A worker may not set its umask: another process does.
    const module = new URL('../../src/secrets/generate-key.ts', import.meta.url)
    const script = `process.umask(${umask})
      import(${JSON.stringify(module)}).then((m) => m.createSecretKeyFile(${JSON.stringify(path)}))`
    await promisify(execFile)(process.execPath, ['-e', script])
    expect(mode(path)).toBe('600')
    expect(mode(join(path, '..'))).toBe('700')
    expect(readFileSync(path, 'utf8')).toHaveLength(50)
    expect(readdirSync(join(path, '..'))).toEqual(['secret_key'])
  },
)

it('leaves an existing key file as it is, and returns its key', () => {
  const path = join(directory, 'kept')
  writeFileSync(path, 'mine\n', { mode: 0o600 })
  expect(createSecretKeyFile(path)).toEqual({ created: false, key: 'mine\n' })
  expect(readFileSync(path, 'utf8')).toBe('mine\n')
})

// Node itself tries to make such a directory for ever.
it.runIf(process.platform === 'linux')('fails if no directory can be created', () => {
  expect(() => createSecretKeyFile('/proc/nothing/here/secret_key')).toThrow("can't be created")
})

/** Runs the creation in a process that is killed at a call of the system. */
async function killedAt(call: 'linkSync' | 'rmSync', path: string): Promise<void> {
  const module = new URL('../../src/secrets/generate-key.ts', import.meta.url)
  const script = `const fs = require('node:fs')
    fs.${call} = () => process.kill(process.pid, 'SIGKILL')
    require('node:module').syncBuiltinESMExports()
    import(${JSON.stringify(module)}).then((m) => m.createSecretKeyFile(${JSON.stringify(path)}))`
  const run = promisify(execFile)(process.execPath, ['-e', script])
  await expect(run).rejects.toMatchObject({ signal: 'SIGKILL' })
}

it.each(['linkSync', 'rmSync'] as const)(
  'deletes the temporary file of a run that was killed at %s',
  async (call) => {
    const place = join(directory, `killed-${call}`)
    const path = join(place, 'secret_key')
    await killedAt(call, path)
    expect(readdirSync(place).filter((name) => name.endsWith('.tmp'))).toHaveLength(1)
    writeFileSync(join(place, '.secret_key.mine.tmp'), '')
    createSecretKeyFile(path)
    expect(readdirSync(place).sort()).toEqual(['.secret_key.mine.tmp', 'secret_key'])
    expect(statSync(path).nlink).toBe(1)
  },
)

it('keeps the mode of an existing directory', () => {
  const parent = join(directory, 'parent')
  mkdirSync(parent, { mode: 0o755 })
  createSecretKeyFile(join(parent, 'key'))
  expect(mode(parent)).toBe('755')
})

it('returns one key to many processes that create the file at once', async () => {
  const path = join(directory, 'race', 'secret_key')
  const module = new URL('../../src/secrets/generate-key.ts', import.meta.url)
  const script = `import(${JSON.stringify(module)}).then((m) =>
    console.log(JSON.stringify(m.createSecretKeyFile(${JSON.stringify(path)}))))`
  const runs = await Promise.all(
    Array.from({ length: 6 }, () => promisify(execFile)(process.execPath, ['-e', script])),
  )
  const results: { created: boolean; key: string }[] = runs.map(({ stdout }) => JSON.parse(stdout))
  expect(new Set(results.map(({ key }) => key))).toEqual(new Set([readFileSync(path, 'utf8')]))
  expect(results.filter(({ created }) => created)).toHaveLength(1)
  expect(readdirSync(join(directory, 'race'))).toEqual(['secret_key'])
})

it('reports the reason why a file cannot be created', () => {
  const file = join(directory, 'a file')
  writeFileSync(file, '')
  expect(() => createSecretKeyFile(join(file, 'key'))).toThrow(
    expect.objectContaining({
      code: 'SECRET_KEY_MISSING',
      message: expect.stringContaining('a part of its path is not a directory'),
    }),
  )
})
