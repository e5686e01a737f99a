import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type RotateKeyInput, rotateKey } from '../../src/databases/rotate-key/index.ts'
import { deriveKey, encrypt } from '../../src/secrets/fernet.ts'
import type { JournalPlace, Store } from '../../src/store/types.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { openLiveStore } from '../support/live-store.ts'
import { createInternalDatabase, type InternalDatabase } from '../support/mathesar-database.ts'
import { simulateApplication } from '../support/simulated-application.ts'

const REQUEST = { host: 'db.example.com', port: 5432, database: 'library', role: 'ann', password: 'of ann' }

interface JournalChoice {
  journal: JournalPlace
  journalDirectory: string
}

function newJournalDirectory(): string {
  const journalDirectory = temporaryDirectory()
  chmodSync(journalDirectory, 0o700)
  return journalDirectory
}

/** Opens an internal database with the journal in a directory, or with that in the database beside it. */
async function openWithDirectory(
  internal: InternalDatabase,
  { journal = 'directory', journalDirectory = newJournalDirectory() }: Partial<JournalChoice> = {},
): Promise<Store> {
  return openLiveStore(internal, {
    live: {
      settings: internal.settings,
      connect: { timeoutMs: 10_000 },
      lockTimeoutMs: 5_000,
      journal,
      journalDirectory,
      acceptUnknownLayout: false,
    },
  })
}

function inputOf({ secretKey }: InternalDatabase): RotateKeyInput {
  return {
    current: { key: secretKey, place: { kind: 'env-file', path: '/srv/mathesar/.env' } },
    newKeyFile: join(temporaryDirectory(), 'secret_key.new'),
  }
}

it.each(['legacy-serial', 'legacy-identity'] as const)(
  'judges the rows and the journal together, in a dry run and in the transaction (%s)',
  async (step) => {
    const internal = await createInternalDatabase({ step })
    const store = await openWithDirectory(internal)
    const settings = { ...internal.settings, sslmode: 'prefer', password: 'p' } as const
    const held = await store.begin({ kind: 'add', name: 'a', settings })
    await held.completeAdd(null)
    const pending = await store.begin({ kind: 'add', name: 'b', settings })
    await pending.release()
    const foreign = encrypt('p', await deriveKey('the key of another Mathesar'))
    await internal.query('UPDATE mathesar_database SET username = $1, password = $1', [foreign])
    const input = inputOf(internal)
    const planned = await rotateKey(store, { ...input, dryRun: true })
    expect(planned).toMatchObject({ reencrypts: { operation: 1 }, unopened: [{ name: 'a' }] })
    expect(await rotateKey(store, input)).toMatchObject({
      status: 'rotated',
      reencrypts: { operation: 1 },
      unopened: [{ name: 'a' }],
    })
  },
)

it('goes on at another spelling of the host where the role may not read what identifies the server', async () => {
  const internal = await createInternalDatabase()
  await internal.query('REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC')
  await simulateApplication(internal).connect(REQUEST)
  await internal.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not now''; END';
    CREATE TRIGGER refuse BEFORE UPDATE ON mathesar_configuredrole FOR EACH ROW EXECUTE FUNCTION refuse()`)
  const input = inputOf(internal)
  await expect(rotateKey(await openLiveStore(internal), input)).rejects.toThrow()
  await internal.query('DROP TRIGGER refuse ON mathesar_configuredrole')
  const newKey = readFileSync(input.newKeyFile, 'utf8')
  const host = internal.settings.host === 'localhost' ? '127.0.0.1' : 'localhost'
  const settings = { ...internal.settings, host }
  const url = new URL(internal.url)
  url.hostname = host
  const store = await openLiveStore({ ...internal, url: url.href, settings })
  expect(await rotateKey(store, input)).toMatchObject({ state: 'continued', reencrypts: { role: 1 } })
  expect(readFileSync(input.newKeyFile, 'utf8')).toBe(newKey)
  const other = await createInternalDatabase()
  await other.query('REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC')
  await simulateApplication(other).connect(REQUEST)
  const foreign = rotateKey(await openLiveStore(other), { ...inputOf(other), newKeyFile: input.newKeyFile })
  await expect(foreign).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('another') })
})

it.each([
  ['directory', 'database'],
  ['database', 'directory'],
] as const)(
  'names the journal in the %s where an operation there has not ended, and this run uses the other',
  async (other, journal) => {
    const internal = await createInternalDatabase()
    await simulateApplication(internal).connect(REQUEST)
    const journalDirectory = newJournalDirectory()
    const settings = { ...internal.settings, sslmode: 'prefer', password: 'p' } as const
    const interrupt = async (store: Store, name: string) => {
      const held = await store.begin({ kind: 'add', name, settings })
      await held.release()
    }
    const theirs = await openWithDirectory(internal, { journal: other, journalDirectory })
    await interrupt(theirs, 'a')
    const store = await openWithDirectory(internal, { journal, journalDirectory })
    for (const dryRun of [true, false]) {
      await expect(rotateKey(store, { ...inputOf(internal), dryRun })).rejects.toMatchObject({
        code: 'LOCKED',
        message: expect.not.stringContaining('Another process is'),
        hint: expect.stringContaining(`--journal ${other}`),
      })
    }
    const rotated = await rotateKey(theirs, inputOf(internal))
    expect(rotated).toMatchObject({ status: 'rotated', reencrypts: { role: 1, operation: 1 } })
  },
)
