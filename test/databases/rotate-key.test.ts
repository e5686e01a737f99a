import {
  chmodSync,
  chownSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type RotateKeyInput, rotateKey } from '../../src/databases/rotate-key/index.ts'
import { decrypt, deriveKey, encrypt } from '../../src/secrets/fernet.ts'
import { decryptAll } from '../../src/secrets/fernet-batch.ts'
import type { KeyPlace } from '../../src/secrets/secret-key.ts'
import { openStore } from '../../src/store/index.ts'
import type { Store } from '../../src/store/types.ts'
import { freshPath, settings } from '../store/support.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { superuserSettings } from '../support/database.ts'
import { collectingReports, liveStore, openLiveStore } from '../support/live-store.ts'
import { createInternalDatabase, type InternalDatabase } from '../support/mathesar-database.ts'
import { simulateApplication } from '../support/simulated-application.ts'

const OLD = 'the old key'
const NOW = new Date('2026-11-30T14:00:00.123Z')
const REQUEST = { host: 'db.example.com', port: 5432, database: 'library', role: 'ann', password: 'of ann' }

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
const text = (path: string) => readFileSync(path, 'utf8')

async function openFile(path: string, key: string): Promise<Store> {
  const store = await openStore(path, () => key, { create: true })
  onTestFinished(() => store.close())
  return store
}

async function addTo(store: Store, name: string, password = `of ${name}`): Promise<void> {
  const held = await store.begin({ kind: 'add', name, settings: settings({ database: name, password }) })
  await held.completeAdd(null)
}

/** An internal database of this program with a database in it, and the key file that opens it. */
async function ownStore() {
  const directory = temporaryDirectory()
  const keyFile = join(directory, 'secret_key')
  writeFileSync(keyFile, OLD, { mode: 0o600 })
  const path = freshPath()
  const store = await openFile(path, OLD)
  await addTo(store, 'a')
  const place: KeyPlace = { kind: 'file', path: keyFile, isMathesars: false }
  const newKeyFile = join(directory, 'secret_key.new')
  const input = (key = text(keyFile)): RotateKeyInput => ({ current: { key, place }, newKeyFile })
  return { directory, keyFile, path, store, newKeyFile, input }
}

/** Returns what a rotation of a live Mathesar works with. */
function liveRotation(secretKey: string) {
  const directory = temporaryDirectory()
  const newKeyFile = join(directory, 'secret_key.new')
  const input = (over: Partial<RotateKeyInput> = {}, key = secretKey): RotateKeyInput => ({
    current: { key, place: { kind: 'env-file', path: '/srv/mathesar/.env' } },
    newKeyFile,
    ...over,
  })
  return { directory, newKeyFile, input }
}

async function roleTokens(internal: InternalDatabase): Promise<Record<string, string | null>> {
  const rows = await internal.query<{ name: string; password: string | null }>(
    'SELECT name, password FROM mathesar_configuredrole',
  )
  return Object.fromEntries(rows.map(({ name, password }) => [name, password]))
}

/** What a Mathesar on PostgreSQL has a place for. */
const HOLDABLE = {
  sslmode: 'prefer',
  sslrootcert: null,
  sslcert: null,
  sslkey: null,
  options: null,
} as const

const opened = async (token: string | null | undefined, key: string) =>
  decrypt(token ?? '', await deriveKey(key))

describe('the rotation of a key of this program', () => {
  it('re-encrypts everything, keeps a dated copy, and puts the new key in place', async () => {
    const { directory, keyFile, path, store, newKeyFile, input } = await ownStore()
    await addTo(store, 'b')
    const held = await store.begin({ kind: 'add', name: 'c', settings: settings({ password: 'of c' }) })
    await held.release()
    const before = (await store.sealedValues()).map(({ text: token }) => token)
    const result = await rotateKey(store, input(), { now: NOW })
    expect(result).toEqual({
      status: 'finished',
      state: 'new',
      reencrypts: { database: 2, operation: 1 },
      current: 0,
      unopened: [],
      plainText: [],
      newKeyFile,
      isKeyThere: false,
      keyFile,
      keyFiles: [keyFile],
      isHeld: false,
      oldPlaces: [],
      strangePlaces: [],
      sessions: null,
      backup: join(directory, 'secret_key.old-20261130T140000Z'),
      keyFileBackup: join(directory, 'secret_key.old-20261130T140000Z'),
      isKeyFileInUse: false,
      isOver: true,
      onlyFile: null,
      leftovers: [
        newKeyFile,
        `${newKeyFile}.for`,
        join(directory, 'secret_key.rotated-20261130T140000Z'),
        join(directory, 'secret_key.old-20261130T140000Z'),
      ],
    })
    const newKey = text(keyFile)
    expect(newKey).toMatch(/^[A-Za-z0-9]{50}$/)
    expect(text(newKeyFile)).toBe(newKey)
    expect(text(join(directory, 'secret_key.old-20261130T140000Z'))).toBe(OLD)
    expect(readdirSync(directory).map((name) => [name, mode(join(directory, name))])).toEqual([
      ['secret_key', '600'],
      ['secret_key.new', '600'],
      ['secret_key.new.for', '600'],
      ['secret_key.old-20261130T140000Z', '600'],
      ['secret_key.rotated-20261130T140000Z', '600'],
    ])
    const renewed = await openFile(path, newKey)
    expect(await renewed.settings('a')).toMatchObject({ password: 'of a' })
    expect((await renewed.takeOver(held.id))?.settings.password).toBe('of c')
    await expect((await openFile(path, OLD)).list()).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
    const file = readFileSync(path, 'latin1')
    for (const token of before) expect(file).not.toContain(token)
  })

  it('finishes in the same run, so that the next one begins another rotation', async () => {
    const { directory, keyFile, path, newKeyFile, store, input } = await ownStore()
    await rotateKey(store, input(), { now: NOW })
    const first = text(keyFile)
    await addTo(await openFile(path, first), 'b')
    const second = await rotateKey(await openFile(path, first), input())
    expect(second).toMatchObject({ status: 'finished', state: 'new', reencrypts: { database: 2 } })
    expect(text(keyFile)).not.toBe(first)
    expect(text(newKeyFile)).toBe(text(keyFile))
    expect(text(second.backup ?? '')).toBe(first)
    const names = readdirSync(directory).filter((name) => name.includes('.old-'))
    expect(names.map((name) => text(join(directory, name))).sort()).toEqual([first, OLD].sort())
    await (await openFile(path, text(keyFile))).verifyKey()
  })

  it('finishes what was killed before the key file got the new key', async () => {
    const { directory, keyFile, path, store, input } = await ownStore()
    await rotateKey(store, input(), { now: NOW })
    const newKey = text(keyFile)
    writeFileSync(keyFile, OLD)
    rmSync(join(directory, 'secret_key.rotated-20261130T140000Z'))
    const again = await rotateKey(await openFile(path, OLD), input(), { now: NOW })
    expect(again).toMatchObject({ status: 'finished', state: 'continued', reencrypts: {}, keyFile })
    expect(text(keyFile)).toBe(newKey)
    rmSync(join(directory, 'secret_key.rotated-20261130T140000Z'))
    const finished = await rotateKey(await openFile(path, newKey), input(), { now: NOW })
    expect(finished).toMatchObject({ status: 'finished', state: 'finishing' })
  })

  it('re-encrypts what a command with the old key wrote meanwhile', async () => {
    const { keyFile, path, store, input } = await ownStore()
    const slow = await openFile(path, OLD)
    await slow.verifyKey()
    await rotateKey(store, input())
    const late = encrypt('late', await deriveKey(OLD))
    const [value] = await store.sealedValues()
    await store.reseal((values) => values.map((_, at) => (at === 1 ? late : null)))
    expect(value).toBeDefined()
    const again = await rotateKey(await openFile(path, text(keyFile)), input())
    expect(again).toMatchObject({ status: 'finished', reencrypts: { database: 1 } })
    expect(await (await openFile(path, text(keyFile))).settings('a')).toMatchObject({ password: 'late' })
  })

  it('keeps the mode of the key file, and follows a symbolic link', async () => {
    const { keyFile, store, input } = await ownStore()
    const { chmodSync, lstatSync, renameSync, symlinkSync } = await import('node:fs')
    renameSync(keyFile, `${keyFile}.real`)
    symlinkSync(`${keyFile}.real`, keyFile)
    chmodSync(`${keyFile}.real`, 0o400)
    await rotateKey(store, input())
    expect(lstatSync(keyFile).isSymbolicLink()).toBe(true)
    expect(mode(`${keyFile}.real`)).toBe('400')
    expect(text(keyFile)).not.toBe(OLD)
  })

  it('takes the key of an existing file as the new one, and never writes over it', async () => {
    const { keyFile, newKeyFile, store, input } = await ownStore()
    writeFileSync(newKeyFile, 'mine', { mode: 0o600 })
    expect(await rotateKey(store, input())).toMatchObject({ state: 'continued', isKeyThere: true })
    expect([text(newKeyFile), text(keyFile)]).toEqual(['mine', 'mine'])
  })

  it('changes nothing with a key that is not that of the credentials', async () => {
    const { directory, path, newKeyFile } = await ownStore()
    const place: KeyPlace = { kind: 'environment' }
    const store = await openFile(path, 'wrong')
    const run = rotateKey(store, { current: { key: 'wrong', place }, newKeyFile })
    await expect(run).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
    expect(readdirSync(directory)).toEqual(['secret_key'])
    await (await openFile(path, OLD)).verifyKey()
  })

  it.each([{ dryRun: true }, { confirm: async () => false }])(
    'changes nothing in a dry run, or if the operator declines (%j)',
    async (over) => {
      const { directory, path, store, input } = await ownStore()
      const before = await store.sealedValues()
      const run = rotateKey(store, { ...input(), ...over })
      if ('dryRun' in over) {
        expect(await run).toMatchObject({ status: 'planned', reencrypts: { database: 1 }, backup: null })
      } else await expect(run).rejects.toMatchObject({ code: 'ABORTED' })
      expect(readdirSync(directory)).toEqual(['secret_key'])
      expect(await (await openFile(path, OLD)).sealedValues()).toEqual(before)
    },
  )

  it('refuses while another process adds a database, and while another one rotates', async () => {
    const { directory, path, store, input } = await ownStore()
    const other = await openFile(path, OLD)
    const held = await other.begin({ kind: 'add', name: 'b', settings: settings() })
    await expect(rotateKey(store, input())).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('"b"'),
    })
    await held.abandon()
    const lock = await other.lockRotation()
    await expect(rotateKey(store, input())).rejects.toMatchObject({ code: 'LOCKED' })
    await lock?.release()
    expect(readdirSync(directory)).toEqual(['secret_key'])
    await rotateKey(store, input())
    expect(readdirSync(join(path, '..')).filter((name) => name.endsWith('.lock'))).toEqual([])
  })

  it('re-encrypts under the key in its key file what the dated copy of an old key opens', async () => {
    const { keyFile, path, store, input } = await ownStore()
    const { backup } = await rotateKey(store, input(), { now: NOW })
    const first = text(keyFile)
    const value = encrypt('restored', await deriveKey(OLD))
    await (await openFile(path, first)).reseal((values) => values.map(() => value))
    const place: KeyPlace = { kind: 'file', path: backup ?? '', isMathesars: false }
    const held = input(first).current
    const copied = await openFile(path, OLD)
    const again = await rotateKey(copied, { ...input(), current: { key: OLD, place }, held })
    expect(again).toMatchObject({ status: 'finished', isHeld: true })
    expect([text(keyFile), text(backup ?? '')]).toEqual([first, OLD])
    // The same without the new key file, which may be deleted by then.
    for (const file of again.leftovers) if (file !== backup) rmSync(file)
    await (await openFile(path, first)).reseal((values) => values.map(() => value))
    const third = await rotateKey(copied, { ...input(), current: { key: OLD, place }, held })
    expect(third).toMatchObject({ status: 'finished', isHeld: true, reencrypts: { database: 1 } })
    expect([text(keyFile), text(backup ?? '')]).toEqual([first, OLD])
    await (await openFile(path, first)).verifyKey()
    expect(await rotateKey(await openFile(path, first), input())).toMatchObject({ state: 'new', keyFile })
  })

  it('works where nothing is stored', async () => {
    const { keyFile, path, store, input } = await ownStore()
    await store.forget('a')
    expect(await rotateKey(store, input())).toMatchObject({ status: 'rotated', reencrypts: {} })
    await addTo(await openFile(path, text(keyFile)), 'b')
  })

  it('reports why the key file cannot be replaced, and rotates all the same', async () => {
    const { directory, store, input } = await ownStore()
    const newKeyFile = join(temporaryDirectory(), 'new')
    const missing = join(directory, 'gone', 'secret_key')
    const place: KeyPlace = { kind: 'file', path: missing, isMathesars: false }
    const result = await rotateKey(store, { ...input(), newKeyFile, current: { key: OLD, place } })
    expect(result).toMatchObject({
      status: 'rotated',
      keyFile: null,
      keyFileProblem: { kind: 'not replaceable', path: missing, reason: 'it does not exist' },
    })
  })
})

describe('what a rotation refuses', () => {
  it('a new key that readers read differently, and one that another user knows', async () => {
    const { newKeyFile, store, input } = await ownStore()
    const before = await store.sealedValues()
    for (const key of ['QWERTY0123\n', 'a b', 'x$y', 'k\0k', '\n', '']) {
      writeFileSync(newKeyFile, key, { mode: 0o600 })
      await expect(rotateKey(store, input()), JSON.stringify(key)).rejects.toMatchObject({
        code: 'USAGE',
        details: { field: 'new-secret-key-file' },
      })
    }
    writeFileSync(newKeyFile, 'planted')
    chownSync(newKeyFile, 65_534, 65_534)
    const planted = rotateKey(store, input())
    await expect(planted).rejects.toMatchObject({ code: 'USAGE', hint: expect.not.stringContaining('--') })
    expect(await store.sealedValues()).toEqual(before)
  })

  it('a file with the key in use, before any rotation', async () => {
    const { keyFile, store, input } = await ownStore()
    const run = rotateKey(store, { ...input(), newKeyFile: keyFile })
    await expect(run).rejects.toMatchObject({ code: 'USAGE', details: { field: 'new-secret-key-file' } })
    expect(text(keyFile)).toBe(OLD)
  })

  it('the new key file of another internal database, until that rotation is finished', async () => {
    const one = await createInternalDatabase()
    await simulateApplication(one).connect(REQUEST)
    const { newKeyFile, input } = liveRotation(one.secretKey)
    await rotateKey(await openLiveStore(one), input())
    const two = await ownStore()
    const before = await two.store.sealedValues()
    await expect(rotateKey(two.store, { ...two.input(), newKeyFile })).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining('--new-secret-key-file'),
    })
    expect(await two.store.sealedValues()).toEqual(before)
    expect(text(two.keyFile)).toBe(OLD)
    const first = text(newKeyFile)
    await rotateKey(await openLiveStore({ ...one, secretKey: first }), input({}, first))
    await rotateKey(two.store, { ...two.input(), newKeyFile })
    expect(text(two.keyFile)).toBe(text(newKeyFile))
    expect(text(newKeyFile)).not.toBe(first)
  })

  it('what began at the prompt: an operation, and a session of Mathesar', async () => {
    const { path, store, input } = await ownStore()
    const other = await openFile(path, OLD)
    let refused: unknown
    await rotateKey(store, {
      ...input(),
      confirm: async () => {
        refused = await other.begin({ kind: 'add', name: 'b', settings: settings() }).catch((error) => error)
        return true
      },
    })
    expect(refused).toMatchObject({ code: 'LOCKED' })
    const live = await liveStore()
    const rotation = liveRotation(live.internal.secretKey)
    const confirm = async () => {
      const client = await live.internal.connect()
      await client.query("SET application_name = 'Mathesar Django'")
      return true
    }
    await expect(rotateKey(live.store, rotation.input({ confirm }))).rejects.toMatchObject({ code: 'LOCKED' })
    expect(readdirSync(rotation.directory)).toEqual([])
  })

  it('writes of processes that proved the old key before', async () => {
    const file = await ownStore()
    const stale = await openFile(file.path, OLD)
    await stale.verifyKey()
    await rotateKey(file.store, file.input())
    const { internal, store } = await liveStore()
    await simulateApplication(internal).connect(REQUEST)
    const staleLive = await openLiveStore(internal)
    await staleLive.settings('library')
    await rotateKey(store, liveRotation(internal.secretKey).input())
    const mismatch = { code: 'SECRET_KEY_MISMATCH' }
    await expect(stale.update('a', { password: 'x' })).rejects.toMatchObject(mismatch)
    await expect(stale.register('x', settings(), { schema: null })).rejects.toMatchObject(mismatch)
    await expect(staleLive.update('library', { password: 'x' })).rejects.toMatchObject(mismatch)
  })

  it.each(['legacy-identity', '0012'] as const)(
    'registrations of processes that read the rows before, in the layout %s',
    async (step) => {
      const { internal, store } = await liveStore({ step })
      await store.register('library', settings(HOLDABLE), { schema: null })
      const late = await openLiveStore(internal)
      await late.settings('library')
      const meanwhile = await openLiveStore(internal)
      await meanwhile.settings('library')
      const client = await internal.connect()
      const table = step === '0012' ? 'mathesar_configuredrole' : 'mathesar_database'
      await client.query(`BEGIN; LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE`)
      const register = (one: Store) =>
        one.register('x', settings({ ...HOLDABLE, database: 'x', user: 'x' }), { schema: null })
      const registering = register(meanwhile).catch((error) => error)
      // Of this database alone: the sessions of other tests wait too.
      const waiting = `SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
        WHERE d.datname = current_database() AND NOT l.granted`
      await expect.poll(() => internal.query(waiting)).toHaveLength(1)
      const newKey = await deriveKey('another key')
      for (const column of step === '0012' ? ['password'] : ['username', 'password']) {
        await client.query(`UPDATE ${table} SET ${column} = '${encrypt('anything', newKey)}'`)
      }
      await client.query('COMMIT')
      expect(await registering).toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
      await expect(register(late)).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
      expect(await late.names()).toEqual(['library'])
    },
  )

  it('a second user with a journal in a directory, at the same time and afterwards', async () => {
    const internal = await createInternalDatabase()
    await simulateApplication(internal).connect(REQUEST)
    const open = () => {
      const journalDirectory = temporaryDirectory()
      chmodSync(journalDirectory, 0o700)
      return openLiveStore(internal, {
        live: {
          settings: internal.settings,
          connect: { timeoutMs: 10_000 },
          lockTimeoutMs: 5_000,
          journal: 'directory',
          journalDirectory,
          acceptUnknownLayout: false,
        },
      })
    }
    const [one, two] = [await open(), await open()]
    let meanwhile: unknown
    const input = liveRotation(internal.secretKey).input({
      confirm: async () => {
        const other = liveRotation(internal.secretKey).input()
        meanwhile = await rotateKey(two, other).catch((error) => error)
        return true
      },
    })
    await rotateKey(one, input)
    expect(meanwhile).toMatchObject({ code: 'LOCKED' })
    const late = rotateKey(two, liveRotation(internal.secretKey).input())
    await expect(late).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
  })
})

describe('the rotation of the key of a Mathesar', () => {
  it('is finished without its new key file, and begins no other one in the same run', async () => {
    const internal = await createInternalDatabase()
    await simulateApplication(internal).connect(REQUEST)
    const { directory, newKeyFile, input } = liveRotation(internal.secretKey)
    await rotateKey(await openLiveStore(internal), input())
    const newKey = text(newKeyFile)
    renameSync(newKeyFile, join(directory, 'moved'))
    const renewed = await openLiveStore({ ...internal, secretKey: newKey })
    expect(await rotateKey(renewed, input({}, newKey))).toMatchObject({ status: 'finished', reencrypts: {} })
    expect(readdirSync(directory)).not.toContain('secret_key.new')
    expect(await rotateKey(renewed, input({}, newKey))).toMatchObject({ state: 'new', status: 'rotated' })
  })

  it('is not finished while Mathesar has sessions since before it', async () => {
    const internal = await createInternalDatabase()
    await simulateApplication(internal).connect(REQUEST)
    const client = await internal.connect()
    await client.query("SET application_name = 'Mathesar Django'")
    await setTimeout(1_100)
    const { newKeyFile, input } = liveRotation(internal.secretKey)
    await rotateKey(await openLiveStore(internal), input({ whileRunning: true }))
    const newKey = text(newKeyFile)
    const renewed = await openLiveStore({ ...internal, secretKey: newKey })
    const reports = collectingReports()
    expect(await rotateKey(renewed, input({}, newKey), reports)).toMatchObject({ status: 'rotated' })
    expect(reports.warnings).toEqual([expect.stringContaining('old key')])
    // The clocks of this machine and of the server may differ.
    for (const year of ['2001', '2101']) {
      const time = new Date(`${year}-01-01T00:00:00Z`)
      utimesSync(`${newKeyFile}.for`, time, time)
      expect(await rotateKey(renewed, input({}, newKey)), year).toMatchObject({ status: 'rotated' })
    }
    await client.end()
    const restarted = await internal.connect()
    await restarted.query("SET application_name = 'Mathesar Django'")
    expect(await rotateKey(renewed, input({}, newKey))).toMatchObject({ status: 'finished' })
  })

  it('is not finished while a session is connected whose start the server hides, until Mathesar restarts', async () => {
    const internal = await createInternalDatabase()
    await simulateApplication(internal).connect(REQUEST)
    const { database } = internal.settings
    const { host, port, user, password } = superuserSettings(database)
    const connect = async () => {
      const client = new pg.Client({ host, port, user, password: password ?? '', database, ssl: false })
      await client.connect()
      await client.query("SET application_name = 'Mathesar Django'")
      return client
    }
    const session = await connect()
    const { newKeyFile, input } = liveRotation(internal.secretKey)
    const first = await rotateKey(await openLiveStore(internal), input({ whileRunning: true }))
    expect(first.sessions).toMatchObject([{ since: null }])
    const newKey = text(newKeyFile)
    const renewed = await openLiveStore({ ...internal, secretKey: newKey })
    const reports = collectingReports()
    const again = await rotateKey(renewed, input({}, newKey), reports)
    expect(again).toMatchObject({ status: 'rotated', leftovers: [] })
    expect(reports.warnings).toEqual([expect.stringContaining('old key')])
    expect(reports.warnings.join('')).not.toContain('null')
    await session.end()
    const restarted = await connect()
    onTestFinished(() => restarted.end())
    expect(await rotateKey(renewed, input({}, newKey))).toMatchObject({ status: 'finished' })
  })

  it('copies a value byte for byte that is not UTF-8', async () => {
    const internal = await createInternalDatabase()
    await simulateApplication(internal).connect(REQUEST)
    const bytes = Buffer.from([0x70, 0xff, 0xfe, 0x80, 0x00])
    const token = encrypt(bytes, await deriveKey(internal.secretKey))
    await internal.query('UPDATE mathesar_configuredrole SET password = $1', [token])
    const { newKeyFile, input } = liveRotation(internal.secretKey)
    await rotateKey(await openLiveStore(internal), input())
    const after = (await roleTokens(internal)).ann ?? ''
    const [opened] = decryptAll([after], await deriveKey(text(newKeyFile)), 'latin1')
    expect(opened).toEqual({ kind: 'decrypted', plaintext: bytes.toString('latin1') })
  })

  it('re-encrypts passwords and download links, and changes nothing else', async () => {
    const { internal, store } = await liveStore()
    const application = simulateApplication(internal)
    await application.connect(REQUEST)
    await application.connect({ ...REQUEST, database: 'music', role: 'bob', password: null })
    await application.connect({ ...REQUEST, database: 'maps', role: 'cy', password: 'x' })
    await application.connect({ ...REQUEST, database: 'maps2', role: 'dee', password: 'x' })
    const foreign = encrypt('of another Mathesar', await deriveKey('another key'))
    await internal.query(`UPDATE mathesar_configuredrole SET password = 'by hand' WHERE name = 'cy'`)
    await internal.query('UPDATE mathesar_configuredrole SET password = $1 WHERE name = $2', [foreign, 'dee'])
    const link = await internal.encrypt('the secret of the bucket')
    await internal.query(
      `INSERT INTO mathesar_downloadlink (created_at, updated_at, mash, uri, fsspec_kwargs)
       VALUES (now(), now(), 'm', 'u', $1::jsonb)`,
      [JSON.stringify({ secret: link, deep: [{ x: link }], n: 1 })],
    )
    const before = await internal.snapshot()
    const { newKeyFile, input } = liveRotation(internal.secretKey)
    const result = await rotateKey(store, input(), { now: NOW })
    const newKey = text(newKeyFile)
    expect(result).toMatchObject({
      status: 'rotated',
      reencrypts: { role: 1, downloadLink: 1 },
      unopened: [{ kind: 'role', name: 'dee@db.example.com:5432', databases: ['maps2'] }],
      plainText: [{ kind: 'role', name: 'cy@db.example.com:5432', databases: ['maps'] }],
      keyFile: null,
      sessions: [],
    })
    const after = await internal.snapshot()
    const tokens: string[] = []
    const hidden = (rows: typeof before) =>
      JSON.parse(
        JSON.stringify(rows).replaceAll(/gAAAAA[\w=-]+/g, (token) => {
          tokens.push(token)
          return 'token'
        }),
      )
    expect(hidden(after)).toEqual(hidden(before))
    const roles = await roleTokens(internal)
    expect(roles).toMatchObject({ bob: null, cy: 'by hand', dee: foreign })
    expect(await opened(roles.ann, newKey)).toEqual({ kind: 'decrypted', plaintext: 'of ann' })
    const links = tokens.filter((token) => token !== foreign && token !== roles.ann)
    const readable = await Promise.all(links.map((token) => opened(token, newKey)))
    expect(readable.filter(({ kind }) => kind === 'decrypted')).toEqual([
      { kind: 'decrypted', plaintext: 'the secret of the bucket' },
      { kind: 'decrypted', plaintext: 'the secret of the bucket' },
    ])
  })

  it('refuses while Mathesar is connected, and names its sessions, of which a dry run warns', async () => {
    const { internal, store } = await liveStore()
    await simulateApplication(internal).connect(REQUEST)
    const client = await internal.connect()
    await client.query("SET application_name = 'Mathesar Django'")
    const { directory, input } = liveRotation(internal.secretKey)
    const before = await internal.snapshot()
    await expect(rotateKey(store, input())).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('Mathesar Django'),
    })
    const reports = collectingReports()
    const planned = await rotateKey(store, input({ dryRun: true }), reports)
    expect(planned).toMatchObject({ status: 'planned', reencrypts: { role: 1 } })
    expect(reports.warnings).toEqual([expect.stringContaining('Mathesar Django')])
    expect(readdirSync(directory)).toEqual([])
    expect(await internal.snapshot()).toEqual(before)
    expect(await rotateKey(store, input({ whileRunning: true }))).toMatchObject({
      status: 'rotated',
      sessions: [{ applicationName: 'Mathesar Django' }],
    })
  })

  it('re-encrypts after the restart what the old key wrote meanwhile, while Mathesar is running', async () => {
    const internal = await createInternalDatabase()
    const application = simulateApplication(internal)
    await application.connect(REQUEST)
    const { newKeyFile, input } = liveRotation(internal.secretKey)
    await rotateKey(await openLiveStore(internal), input())
    const newKey = text(newKeyFile)
    // The application goes on with the old key.
    await application.connect({ ...REQUEST, database: 'music', role: 'bob', password: 'late' })
    const client = await internal.connect()
    await client.query("SET application_name = 'Mathesar Django'")
    const renewed = await openLiveStore({ ...internal, secretKey: newKey })
    const again = await rotateKey(renewed, input({}, newKey))
    expect(again).toMatchObject({ status: 'finished', reencrypts: { role: 1 }, current: 1 })
    const { ann, bob } = await roleTokens(internal)
    expect(await opened(ann, newKey)).toEqual({ kind: 'decrypted', plaintext: 'of ann' })
    expect(await opened(bob, newKey)).toEqual({ kind: 'decrypted', plaintext: 'late' })
  })

  it('continues before the restart with the same key, and without any key in the settings', async () => {
    const internal = await createInternalDatabase()
    await simulateApplication(internal).connect(REQUEST)
    const { directory, newKeyFile, input } = liveRotation(internal.secretKey)
    await rotateKey(await openLiveStore(internal), input(), { now: NOW })
    const newKey = text(newKeyFile)
    const files = readdirSync(directory)
    expect(await rotateKey(await openLiveStore(internal), input())).toMatchObject({
      status: 'rotated',
      state: 'continued',
      reencrypts: {},
      current: 1,
    })
    expect(await rotateKey(await openLiveStore(internal), input({ current: null }))).toMatchObject({
      state: 'continued',
      current: 1,
    })
    expect(text(newKeyFile)).toBe(newKey)
    expect(readdirSync(directory)).toEqual(files)
  })

  it('does not begin another rotation in the file of the key that is in use', async () => {
    const internal = await createInternalDatabase()
    await simulateApplication(internal).connect(REQUEST)
    const { directory, newKeyFile, input } = liveRotation(internal.secretKey)
    await rotateKey(await openLiveStore(internal), input())
    const newKey = text(newKeyFile)
    const place: KeyPlace = { kind: 'file', path: newKeyFile, isMathesars: false }
    const current = { key: newKey, place }
    for (const _ of [1, 2, 3]) {
      const store = await openLiveStore({ ...internal, secretKey: newKey })
      expect(await rotateKey(store, input({ current }))).toMatchObject({
        status: 'finished',
        isKeyFileInUse: true,
      })
    }
    expect(text(newKeyFile)).toBe(newKey)
    const other = join(directory, 'another')
    const store = await openLiveStore({ ...internal, secretKey: newKey })
    expect(await rotateKey(store, input({ current, newKeyFile: other }))).toMatchObject({ state: 'new' })
    expect(text(other)).not.toBe(newKey)
  })

  it('never uses a key again that was in use before, whoever rotated meanwhile', async () => {
    const internal = await createInternalDatabase()
    await simulateApplication(internal).connect(REQUEST)
    const places = [liveRotation(internal.secretKey), liveRotation(internal.secretKey)]
    const used = [internal.secretKey]
    for (const [at, isFinishing] of [
      [0, true],
      [1, true],
      [0, false],
      [1, false],
      [0, true],
      [1, true],
      [0, true],
    ] as const) {
      const place = places[at]
      if (place === undefined) throw new Error('no place')
      const current = used.at(-1) ?? ''
      const open = (secretKey: string) => openLiveStore({ ...internal, secretKey })
      const rotated = await rotateKey(await open(current), place.input({}, current))
      expect(rotated, `${used.length}`).toMatchObject({
        status: 'rotated',
        state: 'new',
        reencrypts: { role: 1 },
      })
      const newKey = text(place.newKeyFile)
      expect(used).not.toContain(newKey)
      used.push(newKey)
      expect(await opened((await roleTokens(internal)).ann, newKey)).toMatchObject({ plaintext: 'of ann' })
      if (!isFinishing) continue
      const finished = await rotateKey(await open(newKey), place.input({}, newKey))
      expect(finished).toMatchObject({ status: 'finished', reencrypts: {} })
      expect(text(place.newKeyFile)).toBe(newKey)
    }
    const kept = places.flatMap(({ directory }) =>
      readdirSync(directory).map((name) => text(join(directory, name))),
    )
    expect(kept).toEqual(expect.arrayContaining(used))
  })

  it('re-encrypts what an overtaken rotation left under its key', async () => {
    const internal = await createInternalDatabase()
    await simulateApplication(internal).connect(REQUEST)
    const [one, two] = [liveRotation(internal.secretKey), liveRotation(internal.secretKey)]
    await rotateKey(await openLiveStore(internal), one.input())
    const first = text(one.newKeyFile)
    await rotateKey(await openLiveStore({ ...internal, secretKey: first }), two.input({}, first))
    const second = text(two.newKeyFile)
    const late = encrypt('late', await deriveKey(first))
    await internal.query(
      `INSERT INTO mathesar_configuredrole (created_at, updated_at, name, password, server_id)
       SELECT now(), now(), 'bob', $1, server_id FROM mathesar_configuredrole`,
      [late],
    )
    const again = await rotateKey(
      await openLiveStore({ ...internal, secretKey: second }),
      one.input({}, second),
    )
    expect(again).toMatchObject({ state: 'new', reencrypts: { role: 2 }, unopened: [] })
  })

  it('re-encrypts a restored dump under the key that the settings hold, given the copy of the old one', async () => {
    const internal = await createInternalDatabase()
    await simulateApplication(internal).connect(REQUEST)
    const { newKeyFile, input } = liveRotation(internal.secretKey)
    const { backup } = await rotateKey(await openLiveStore(internal), input())
    const newKey = text(newKeyFile)
    const renewed = () => openLiveStore({ ...internal, secretKey: newKey })
    expect(await rotateKey(await renewed(), input({}, newKey))).toMatchObject({ status: 'finished' })
    await internal.query('UPDATE mathesar_configuredrole SET password = $1', [
      await internal.encrypt('restored'),
    ])
    await expect(rotateKey(await renewed(), input({}, newKey))).rejects.toMatchObject({
      code: 'SECRET_KEY_MISMATCH',
      hint: expect.stringContaining(backup ?? ''),
    })
    const current = {
      key: internal.secretKey,
      place: { kind: 'file' as const, path: backup ?? '', isMathesars: false },
    }
    const held = { key: newKey, place: { kind: 'env-file' as const, path: '/srv/mathesar/.env' } }
    const again = await rotateKey(await openLiveStore(internal), input({ current, held }))
    expect(again).toMatchObject({ status: 'finished', isHeld: true, reencrypts: { role: 1 }, keyFile: null })
    expect(text(newKeyFile)).toBe(newKey)
    expect(text(backup ?? '')).toBe(internal.secretKey)
    await (await renewed()).verifyKey()
  })

  it('goes back to an earlier key whose copy is named as the new key file', async () => {
    const internal = await createInternalDatabase()
    await simulateApplication(internal).connect(REQUEST)
    const { newKeyFile, input } = liveRotation(internal.secretKey)
    const { backup } = await rotateKey(await openLiveStore(internal), input())
    const newKey = text(newKeyFile)
    const store = await openLiveStore({ ...internal, secretKey: newKey })
    await rotateKey(store, input({ newKeyFile: backup ?? '' }, newKey))
    await (await openLiveStore(internal)).verifyKey()
    for (const _ of [1, 2]) {
      const again = await rotateKey(await openLiveStore(internal), input({ newKeyFile: backup ?? '' }))
      expect(again).toMatchObject({ status: 'finished', isKeyFileInUse: true })
    }
    expect(text(backup ?? '')).toBe(internal.secretKey)
    expect(await opened((await roleTokens(internal)).ann, internal.secretKey)).toMatchObject({
      plaintext: 'of ann',
    })
  })

  it('re-encrypts user names and passwords of a Mathesar 0.1.x', async () => {
    const { internal, store } = await liveStore({ step: 'legacy-serial' })
    const held = await store.begin({
      kind: 'add',
      name: 'a',
      settings: { ...internal.settings, sslmode: 'prefer', password: 'of a' },
    })
    await held.completeAdd(null)
    const { newKeyFile, input } = liveRotation(internal.secretKey)
    expect(await rotateKey(store, input())).toMatchObject({ reencrypts: { database: 1 }, sessions: null })
    const renewed = await openLiveStore({ ...internal, secretKey: text(newKeyFile) })
    expect(await renewed.settings('a')).toMatchObject({ user: internal.settings.user, password: 'of a' })
  })

  it('keeps the new key where the rows cannot be written, so that the next run goes on with it', async () => {
    const { internal, store } = await liveStore()
    await simulateApplication(internal).connect(REQUEST)
    const { newKeyFile, input } = liveRotation(internal.secretKey)
    await internal.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN RAISE EXCEPTION ''not now''; END';
      CREATE TRIGGER refuse BEFORE UPDATE ON mathesar_configuredrole FOR EACH ROW EXECUTE FUNCTION refuse()`)
    await expect(rotateKey(store, input())).rejects.toThrow()
    await store.verifyKey()
    const newKey = text(newKeyFile)
    await internal.query('DROP TRIGGER refuse ON mathesar_configuredrole')
    expect(await rotateKey(store, input())).toMatchObject({ state: 'continued', reencrypts: { role: 1 } })
    expect(text(newKeyFile)).toBe(newKey)
  })

  it('re-encrypts ten thousand credentials within seconds', async () => {
    const { internal, store } = await liveStore()
    const token = await internal.encrypt('p')
    await internal.query(`
      INSERT INTO mathesar_server (created_at, updated_at, host, port, sslmode)
        VALUES (now(), now(), 'db.example.com', 5432, 'prefer');
      INSERT INTO mathesar_configuredrole (created_at, updated_at, name, password, server_id)
        SELECT now(), now(), 'role' || n, '${token}', 1 FROM generate_series(1, 10000) AS n`)
    const { input } = liveRotation(internal.secretKey)
    const begun = performance.now()
    expect(await rotateKey(store, input())).toMatchObject({ reencrypts: { role: 10_000 } })
    expect(performance.now() - begun).toBeLessThan(10_000)
  })
})
