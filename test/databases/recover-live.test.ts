import { describe, expect, it } from 'vitest'
import { editDatabase } from '../../src/databases/edit/index.ts'
import { recoverInterrupted } from '../../src/databases/recover/index.ts'
import { removeDatabase } from '../../src/databases/remove/index.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import type { NewOperation, Store } from '../../src/store/types.ts'
import { createRole, ownedDatabase, sql } from '../support/database.ts'
import { collectingReports, liveStore, openLiveStore } from '../support/live-store.ts'
import type { InternalDatabase } from '../support/mathesar-database.ts'
import { simulateApplication } from '../support/simulated-application.ts'

const ACCESS = { users: ['admin'], sqlVersion: '0.11.0' }

/** A mark of a transaction of another server: what became of it can't be found out. */
const UNKNOWN = { systemIdentifier: '1', startedAt: '1', databaseOid: 1, transactionId: '1' }

/** Leaves an operation that had sent COMMIT, as a killed process does. */
async function interrupt(store: Store, operation: NewOperation): Promise<void> {
  const held = await store.begin(operation)
  await held.committing(UNKNOWN)
  await held.release()
}

/** Another database of the same name and another server, which the application connects. */
async function connectNamesake(internal: InternalDatabase, settings: ConnectionSettings): Promise<void> {
  const { database, port, user, password } = settings
  await simulateApplication(internal).connect({
    host: 'localhost',
    port,
    database,
    role: user,
    password,
    nickname: 'library',
  })
}

describe('an interrupted operation of a live Mathesar', () => {
  it('is a removal that an edit of the database gives up, though its name has become longer', async () => {
    const { internal, store } = await liveStore()
    const settings = await ownedDatabase()
    await store.register('library', settings, { schema: null, access: ACCESS })
    await interrupt(store, { kind: 'remove', name: 'library', target: settings })
    await connectNamesake(internal, settings)
    const fresh = await openLiveStore(internal)
    const [name = '', other = ''] = [`library@${settings.host}`, 'library@localhost']
    expect(await fresh.names()).toEqual([name, other])
    const reports = collectingReports()
    await editDatabase(fresh, { name: other, changes: { sslmode: 'allow' } }, reports)
    expect([reports.warnings.join(), await fresh.interrupted()]).toEqual([
      expect.not.stringContaining('abandoned'),
      [expect.objectContaining({ name: 'library' })],
    ])
    await editDatabase(fresh, { name, changes: { sslmode: 'allow' } }, reports)
    expect(reports.warnings.join()).toContain('The interrupted removal of "library" is abandoned')
    expect(await fresh.interrupted()).toEqual([])
  })

  it('is ended by its own name, which no database has alone any more', async () => {
    const { internal, store } = await liveStore()
    const settings = await ownedDatabase()
    await store.register('library', settings, { schema: null, access: ACCESS })
    await interrupt(store, { kind: 'remove', name: 'library', target: settings })
    await connectNamesake(internal, settings)
    const fresh = await openLiveStore(internal)
    expect(await removeDatabase(fresh, { name: 'library' })).toMatchObject({ forgotten: true })
    expect(await fresh.interrupted()).toEqual([])
    expect(await fresh.names()).toHaveLength(2)
  })

  it('is an addition that goes on under another name where its own is taken, as any role that is stored', async () => {
    const { internal, store } = await liveStore()
    const settings = await ownedDatabase()
    const held = await store.begin({ kind: 'add', name: 'library', settings, access: ACCESS })
    await held.committing(UNKNOWN)
    await held.release()
    await sql(settings.database, 'CREATE SCHEMA msar', [], settings)
    await connectNamesake(internal, { ...settings, database: 'elsewhere' })
    const fresh = await openLiveStore(internal)
    expect(await recoverInterrupted(fresh)).toMatchObject([{ outcome: 'waiting' }])
    const other = { ...settings, ...(await createRole()) }
    expect(await recoverInterrupted(fresh, { name: 'archive', settings: other })).toEqual([])
    const recovered = await recoverInterrupted(fresh, { name: 'archive', settings })
    expect(recovered).toMatchObject([{ outcome: 'rolled back' }])
    expect(await fresh.interrupted()).toEqual([])
  })
})
