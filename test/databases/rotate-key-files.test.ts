import { chownSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type RotateKeyInput, rotateKey } from '../../src/databases/rotate-key/index.ts'
import type { KeyPlace } from '../../src/secrets/secret-key.ts'
import { openStore } from '../../src/store/index.ts'
import type { Store } from '../../src/store/types.ts'
import { freshPath, settings } from '../store/support.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { liveStore, openLiveStore } from '../support/live-store.ts'
import { createInternalDatabase } from '../support/mathesar-database.ts'
import { simulateApplication } from '../support/simulated-application.ts'

const OLD = 'the old key'
const FOREIGN = 'the key of another Mathesar'

const text = (path: string) => readFileSync(path, 'utf8')

function writeKey(path: string, key: string): { key: string; place: KeyPlace } {
  writeFileSync(path, key, { mode: 0o600 })
  return { key, place: { kind: 'file', path, isMathesars: false } }
}

async function openFile(path: string, key = OLD): Promise<Store> {
  const store = await openStore(path, () => key, { create: true })
  onTestFinished(() => store.close())
  return store
}

/** An internal database of this program, with a database in it unless it is empty. */
async function ownStore({ isEmpty = false } = {}) {
  const directory = temporaryDirectory()
  const path = freshPath()
  const store = await openFile(path)
  if (!isEmpty) {
    const held = await store.begin({ kind: 'add', name: 'a', settings: settings({ password: 'of a' }) })
    await held.completeAdd(null)
  }
  const current = writeKey(join(directory, 'secret_key'), OLD)
  const input = (over: Partial<RotateKeyInput> = {}): RotateKeyInput => ({
    current,
    newKeyFile: join(directory, 'secret_key.new'),
    ...over,
  })
  return { directory, path, store, keyFile: join(directory, 'secret_key'), input }
}

it('replaces no key file whose key opens nothing here', async () => {
  const { path, store, input } = await ownStore()
  const foreign = writeKey(join(temporaryDirectory(), 'secret_key'), FOREIGN)
  const mismatch = { code: 'SECRET_KEY_MISMATCH' }
  await expect(rotateKey(store, input({ current: foreign }))).rejects.toMatchObject(mismatch)
  const rotated = await rotateKey(store, input())
  expect(rotated).toMatchObject({ isOver: true })
  const renewed = await openFile(path, text(rotated.newKeyFile))
  await expect(rotateKey(renewed, input({ current: foreign }))).rejects.toMatchObject(mismatch)
  expect(text(foreign.place.kind === 'file' ? foreign.place.path : '')).toBe(FOREIGN)
})

it('replaces no key file of the settings whose key opens nothing, where a copy of the old key is named', async () => {
  const { directory, store, input } = await ownStore()
  const copy = writeKey(join(directory, 'secret_key.old-20261130T140000Z'), OLD)
  const path = join(temporaryDirectory(), 'secret_key')
  const held = writeKey(path, FOREIGN)
  // Its key is the one that the settings give, so that it becomes that of the credentials.
  const result = await rotateKey(store, input({ current: copy, held }))
  expect(result).toMatchObject({ status: 'finished', keyFile: null, isHeld: true })
  expect([text(path), text(copy.place.kind === 'file' ? copy.place.path : '')]).toEqual([FOREIGN, OLD])
})

it('replaces the usual key file alone where nothing is stored', async () => {
  const one = await ownStore({ isEmpty: true })
  expect(await rotateKey(one.store, one.input())).toMatchObject({
    keyFile: null,
    keyFileProblem: { kind: 'unproven', path: one.keyFile },
  })
  expect(text(one.keyFile)).toBe(OLD)
  const two = await ownStore({ isEmpty: true })
  const { keyFile } = two
  expect(await rotateKey(two.store, two.input({ usualKeyFile: keyFile }))).toMatchObject({ keyFile })
  expect(text(keyFile)).not.toBe(OLD)
})

it.runIf(process.geteuid?.() === 0)(
  'does not replace a key file in a directory of another user',
  async () => {
    const { store, input } = await ownStore()
    const theirs = join(temporaryDirectory(), 'theirs')
    mkdirSync(theirs)
    const path = join(theirs, 'key')
    const current = writeKey(path, OLD)
    for (const name of [theirs, path]) chownSync(name, 65_534, 65_534)
    expect(await rotateKey(store, input({ current }))).toMatchObject({
      status: 'rotated',
      keyFile: null,
      keyFileProblem: { kind: 'not replaceable', path, reason: expect.stringContaining('another user') },
    })
    expect(text(path)).toBe(OLD)
  },
)

it('keeps a copy of each reading of SECRET_KEY that opens something', async () => {
  const { internal, store } = await liveStore()
  await simulateApplication(internal).connect({
    host: 'db.example.com',
    port: 5432,
    database: 'library',
    role: 'ann',
    password: 'of ann',
  })
  const directory = temporaryDirectory()
  const place: KeyPlace = { kind: 'env-file', path: '/srv/mathesar/.env' }
  const current = { key: 'one reading', others: ['another one', internal.secretKey], place }
  await rotateKey(store, { current, newKeyFile: join(directory, 'secret_key.new') })
  const copies = readdirSync(directory).filter((name) => name.startsWith('secret_key.old-'))
  expect(copies.map((name) => text(join(directory, name))).sort()).toEqual(
    ['one reading', internal.secretKey].sort(),
  )
  const newKey = text(join(directory, 'secret_key.new'))
  await (await openLiveStore({ ...internal, secretKey: newKey })).verifyKey()
})

it('is not finished by the copies of another internal database in the same directory', async () => {
  const { directory, store, input } = await ownStore()
  const { keyFile } = { keyFile: join(directory, 'secret_key') }
  // A run was killed that had only recorded what its key would be for.
  const record = { internalDatabase: store.identity.key, key: null, from: null }
  writeFileSync(join(directory, 'secret_key.new.for'), JSON.stringify(record), { mode: 0o600 })
  writeKey(join(directory, 'secret_key.old-20991130T140000Z'), 'of another internal database')
  expect(await rotateKey(store, input())).toMatchObject({ state: 'new', status: 'finished' })
  expect(text(keyFile)).not.toBe(OLD)
})

/** An internal database of a Mathesar with a role, and what rotates its key in a directory. */
async function mathesar(directory: string, secretKey?: string) {
  const internal = await createInternalDatabase(secretKey === undefined ? {} : { secretKey })
  const application = simulateApplication(internal)
  const connect = (role: string) =>
    application.connect({ host: 'db.example.com', port: 5432, database: role, role, password: `of ${role}` })
  await connect('ann')
  const place: KeyPlace = { kind: 'env-file', path: '/srv/mathesar/.env' }
  const rotate = async (key: string, over: Partial<RotateKeyInput> = {}) =>
    rotateKey(await openLiveStore({ ...internal, secretKey: key }), {
      current: { key, place },
      newKeyFile: join(directory, 'secret_key.new'),
      ...over,
    })
  return { internal, connect, rotate }
}

it('keeps the record of a new key file that stays in use, so that no other internal database gets its key', async () => {
  const { directory, path, store, input } = await ownStore()
  const envFile = { key: OLD, place: { kind: 'env-file', path: '/srv/mathesar/.env' } as const }
  const { newKeyFile } = await rotateKey(store, input({ current: envFile }))
  const key = text(newKeyFile)
  const current = { key, place: { kind: 'file', path: newKeyFile, isMathesars: false } as const }
  const finished = await rotateKey(await openFile(path, key), input({ current }))
  expect(finished).toMatchObject({ status: 'finished', isKeyFileInUse: true })
  for (const file of finished.leftovers) rmSync(file)
  const { internal, rotate } = await mathesar(directory)
  for (const over of [{}, { isKeyFileNamed: false }]) {
    await expect(rotate(internal.secretKey, over)).rejects.toMatchObject({
      code: 'USAGE',
      details: { field: 'new-secret-key-file' },
    })
  }
  // Under another name it is the key of that internal database as well.
  const copy = join(directory, 'copy')
  copyFileSync(newKeyFile, copy)
  await expect(rotate(internal.secretKey, { newKeyFile: copy })).rejects.toMatchObject({ code: 'USAGE' })
  await (await openLiveStore(internal)).verifyKey()
})

it('uses a key that nothing records as a new one only if somebody named its file', async () => {
  const { directory, store, input } = await ownStore()
  writeKey(join(directory, 'secret_key.new'), 'of-whatever')
  await expect(rotateKey(store, input({ isKeyFileNamed: false }))).rejects.toMatchObject({
    code: 'USAGE',
    hint: expect.stringContaining(`--new-secret-key-file ${join(directory, 'secret_key.new')}`),
  })
  await store.verifyKey()
  await rotateKey(store, input({ isKeyFileNamed: true }))
  expect(text(join(directory, 'secret_key'))).toBe('of-whatever')
})

it('never encrypts a Mathesar under the key of this program, or lists the file of that key', async () => {
  const directory = temporaryDirectory()
  const usualKeyFile = join(directory, 'secret_key')
  writeKey(usualKeyFile, 'ours')
  const { internal, rotate } = await mathesar(directory)
  const run = rotate(internal.secretKey, { newKeyFile: usualKeyFile, usualKeyFile })
  await expect(run).rejects.toMatchObject({ code: 'USAGE' })
  const own = await ownStore()
  const environment = { key: OLD, place: { kind: 'environment' } as const }
  const { newKeyFile } = own.input({ newKeyFile: own.keyFile })
  rmSync(own.keyFile)
  await rotateKey(own.store, own.input({ current: environment, newKeyFile, usualKeyFile: newKeyFile }))
  const key = text(newKeyFile)
  const finished = await rotateKey(
    await openFile(own.path, key),
    own.input({ current: { ...environment, key }, newKeyFile, usualKeyFile: newKeyFile }),
  )
  expect(finished).toMatchObject({ status: 'finished' })
  expect(finished.leftovers).not.toContain(newKeyFile)
})

it('keeps the copy of the old key that the pending rotation of another Mathesar began with', async () => {
  const directory = temporaryDirectory()
  const one = await mathesar(directory)
  const old = one.internal.secretKey
  const two = await mathesar(directory, old)
  await one.rotate(old)
  const modern = { newKeyFile: join(directory, 'modern.new') }
  const { backup } = await two.rotate(old, modern)
  const first = await one.rotate(text(join(directory, 'secret_key.new')))
  expect(first).toMatchObject({ status: 'finished' })
  for (const file of first.leftovers) rmSync(file)
  expect(text(backup ?? '')).toBe(old)
  await two.connect('bob')
  const second = await two.rotate(text(modern.newKeyFile), modern)
  expect(second).toMatchObject({ status: 'finished', reencrypts: { role: 1 }, unopened: [] })
  expect(second.leftovers).toContain(backup)
})
