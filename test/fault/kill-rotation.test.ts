import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decrypt, deriveKey } from '../../src/secrets/fernet.ts'
import { cli, startCli, temporaryDirectory } from '../support/cli.ts'
import { preparedHome } from '../support/installed.ts'
import { isSlowLane } from '../support/lanes.ts'
import { createInternalDatabase } from '../support/mathesar-database.ts'
import { startProxy } from '../support/proxy.ts'

const PRELOAD = new URL('kill-on-file.mjs', import.meta.url).href
const ROTATE = ['secret-key', 'rotate', '--yes', '--json']

const keyDirectory = (home: string) => join(home, '.config/mathesarctl')

/** Returns the key files by name. */
function keyFiles(home: string): Record<string, string> {
  const directory = keyDirectory(home)
  if (!existsSync(directory)) return {}
  const names = readdirSync(directory).filter((name) => name.includes('secret_key'))
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'utf8')]))
}

/** An internal database of a Mathesar with a role and a download link, whose connections a proxy sees. */
async function mathesar() {
  const home = temporaryDirectory()
  const internal = await createInternalDatabase()
  const token = await internal.encrypt('p')
  await internal.query(`
    INSERT INTO mathesar_server (created_at, updated_at, host, port, sslmode)
      VALUES (now(), now(), 'db.example.com', 5432, 'prefer');
    INSERT INTO mathesar_configuredrole (created_at, updated_at, name, password, server_id)
      VALUES (now(), now(), 'ann', '${token}', 1);
    INSERT INTO mathesar_downloadlink (created_at, updated_at, mash, uri, fsspec_kwargs)
      VALUES (now(), now(), 'm', 'u', '{"key": "${token}"}')`)
  const tokens = async () => {
    const [row] = await internal.query<{ tokens: string[] }>(
      `SELECT ARRAY[r.password, l.fsspec_kwargs ->> 'key'] AS tokens
       FROM mathesar_configuredrole AS r, mathesar_downloadlink AS l`,
    )
    return row?.tokens ?? []
  }
  return { home, internal, tokens }
}

test('a rotation that is killed at any change of a key file goes on where it was', async () => {
  let killed = 0
  let newKey: string | null = null
  for (let at = 1; ; at += isSlowLane ? 1 : 2) {
    const home = await preparedHome()
    const old = readFileSync(join(keyDirectory(home), 'secret_key'), 'utf8')
    const env = { NODE_OPTIONS: `--import=${PRELOAD}`, KILL_AT: String(at) }
    const { signal } = await cli(ROTATE, { home, env })
    const isKilled = signal === 'SIGKILL'
    if (isKilled) killed++
    const left = keyFiles(home)
    const isFinished = Object.keys(left).some((name) => name.startsWith('secret_key.rotated-'))
    // A finished rotation is not continued: the next run begins another one.
    newKey = isFinished ? null : (left['secret_key.new'] ?? null)
    const again = await cli(ROTATE, { home })
    expect(again, `${at}: ${again.stderr}`).toMatchObject({ status: 0 })
    const files = keyFiles(home)
    // The key of the killed run is the new one, and the old key is kept.
    if (newKey !== null) expect(files['secret_key.new']).toBe(newKey)
    expect(files.secret_key).toBe(files['secret_key.new'])
    expect(files.secret_key).not.toBe(old)
    expect(Object.values(files)).toContain(old)
    const remains = Object.keys(files).filter((name) => name.endsWith('.tmp'))
    expect(remains, String(at)).toEqual([])
    expect(await cli(['db', 'list'], { home })).toMatchObject({ status: 0 })
    if (!isKilled) break
  }
  expect(killed).toBeGreaterThan(3)
}, 900_000)

const EARLIER = {
  'was finished': async (home: string) => {
    await cli(ROTATE, { home })
  },
  'was overtaken by another one': async (home: string) => {
    for (let at = 1; !('secret_key.new' in keyFiles(home)); at++) await killedRotation(home, at)
    const other = [...ROTATE, '--new-secret-key-file', join(home, 'keys', 'other')]
    expect(await cli(other, { home })).toMatchObject({ status: 0 })
  },
}

function killedRotation(home: string, at: number) {
  return cli(ROTATE, { home, env: { NODE_OPTIONS: `--import=${PRELOAD}`, KILL_AT: String(at) } })
}

test.each(Object.entries(EARLIER))(
  'a rotation after one that %s loses no key where it is killed at any change of a key file',
  async (_, prepare) => {
    let killed = 0
    for (let at = 1; ; at += isSlowLane ? 1 : 3) {
      const home = await preparedHome()
      await prepare(home)
      const before = Object.entries(keyFiles(home)).flatMap(([name, key]) =>
        /\.(for|at-\w+)$/.test(name) ? [] : key,
      )
      const { signal } = await killedRotation(home, at)
      const kept = keyFiles(home)
      expect(Object.values(kept), String(at)).toEqual(expect.arrayContaining(before))
      const again = await cli(ROTATE, { home })
      expect(again, `${at}: ${again.stderr}`).toMatchObject({ status: 0 })
      const files = keyFiles(home)
      expect(Object.values(files)).toEqual(expect.arrayContaining(before))
      expect(before).not.toContain(files.secret_key)
      expect(Object.keys(files).filter((name) => name.endsWith('.tmp'))).toEqual([])
      expect(await cli(['db', 'list'], { home })).toMatchObject({ status: 0 })
      if (signal !== 'SIGKILL') break
      killed++
    }
    expect(killed).toBeGreaterThan(2)
  },
  900_000,
)

test('a rotation that is killed at any message leaves every value under a key that a file has', async () => {
  const states = new Set<string>()
  for (let at = 1, isKilled = true; isKilled; at += isSlowLane ? 1 : 3) {
    const { home, internal, tokens } = await mathesar()
    isKilled = false
    let number = 0
    const proxy = await startProxy({
      target: internal.settings,
      onPassage: ({ direction }) => {
        if (++number < at) return 'pass'
        if (!isKilled) isKilled = child.kill('SIGKILL')
        return direction === 'to server' && at % 2 === 1 ? 'pass' : 'hold'
      },
    })
    const envFile = join(home, '.env')
    const text = internal.envFile.replace(/^POSTGRES_PORT=.*$/m, `POSTGRES_PORT=${proxy.port}`)
    writeFileSync(envFile, text, { mode: 0o600 })
    const { child, done } = startCli([...ROTATE, '--env-file', envFile], { home })
    await done
    await proxy.close()
    writeFileSync(envFile, internal.envFile, { mode: 0o600 })
    const before = keyFiles(home)
    const again = await cli([...ROTATE, '--env-file', envFile], { home })
    expect(again, `${at}: ${again.stderr}`).toMatchObject({ status: 0 })
    const files = keyFiles(home)
    const newKey = files['secret_key.new'] ?? ''
    if (before['secret_key.new'] !== undefined) expect(newKey).toBe(before['secret_key.new'])
    expect(Object.values(files)).toContain(internal.secretKey)
    const key = await deriveKey(newKey)
    for (const token of await tokens()) {
      expect(decrypt(token, key), String(at)).toEqual({ kind: 'decrypted', plaintext: 'p' })
    }
    const { reencrypted } = JSON.parse(again.stdout)
    if (isKilled) states.add(`${'secret_key.new' in before} ${Object.keys(reencrypted).length}`)
  }
  // Before the new key, and after it before and after COMMIT.
  expect([...states]).toEqual(expect.arrayContaining(['false 2', 'true 2']))
}, 900_000)
