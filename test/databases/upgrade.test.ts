import { describe, expect, it, onTestFinished } from 'vitest'
import type { ProgressEvent } from '../../src/databases/events.ts'
import {
  type DatabaseUpgrade,
  type UpgradeInput,
  upgradeDatabases,
} from '../../src/databases/upgrade/index.ts'
import { isInShard } from '../../src/databases/upgrade/shard.ts'
import { interruptedError } from '../../src/errors.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import type { Store } from '../../src/store/types.ts'
import { installedDatabase, withSession } from '../schema/support.ts'
import { freshPath, open } from '../store/support.ts'
import { createRole, ownedDatabase, sql } from '../support/database.ts'
import { recordVersion } from '../support/earlier-install.ts'
import { mathesarSchemas } from '../support/installed.ts'
import { collectingReports } from '../support/live-store.ts'
import { startProxy } from '../support/proxy.ts'

const source = bundledSource()
const INSTALLED = { source: 'bundled', version: source.version }
const OLD = { source: 'bundled', version: '0.0.0' }

async function storeOf(databases: Record<string, ConnectionSettings>): Promise<Store> {
  const store = await open(freshPath())
  for (const [name, settings] of Object.entries(databases))
    await store.register(name, settings, { schema: OLD })
  return store
}

async function earlierDatabase(): Promise<ConnectionSettings> {
  const settings = await installedDatabase()
  await recordVersion(settings.database, '0.0.0')
  return settings
}

function all(over: Partial<UpgradeInput> = {}): UpgradeInput {
  return { names: 'all', source, ...over }
}

/** Returns `action` of each row, with the code of its error. */
function actions({ databases }: { databases: readonly DatabaseUpgrade[] }): Record<string, string> {
  return Object.fromEntries(
    databases.map(({ name, action, error }) => [name, error ? `${action} ${error.code}` : action]),
  )
}

async function recordedVersion(settings: ConnectionSettings): Promise<string | undefined> {
  return (await withSession(settings, readSchemaState)).record?.version
}

describe('an upgrade of stored databases', () => {
  it('does for each what it needs, and records it', async () => {
    const earlier = await earlierDatabase()
    const empty = await ownedDatabase()
    const current = await installedDatabase()
    const store = await storeOf({ earlier, empty, told: current })
    const recorded = await installedDatabase()
    await store.register('recorded', recorded, { schema: INSTALLED })
    const result = await upgradeDatabases(store, all())
    expect(actions(result)).toEqual({
      earlier: 'upgrade',
      empty: 'install',
      recorded: 'none',
      told: 'confirm',
    })
    expect(result).toMatchObject({ status: 'done', upgraded: 3, failed: 0 })
    expect(result.databases.find(({ name }) => name === 'earlier')).toMatchObject({
      from: OLD,
      to: INSTALLED,
      ok: true,
      error: null,
    })
    expect(result.databases.find(({ name }) => name === 'empty')).toMatchObject({ from: null, to: INSTALLED })
    for (const settings of [earlier, empty, current, recorded]) {
      expect(await recordedVersion(settings)).toBe(source.version)
    }
    expect((await store.list()).map(({ schema }) => schema)).toEqual(Array(4).fill(INSTALLED))
    const again = await upgradeDatabases(store, all())
    expect(again).toMatchObject({ upgraded: 0, failed: 0 })
    expect(new Set(Object.values(actions(again)))).toEqual(new Set(['none']))
  })

  it('goes on past failures, and returns them with their hints', async () => {
    const earlier = await earlierDatabase()
    const { user, password } = await createRole()
    const shared = await earlierDatabase()
    const later = await installedDatabase()
    await recordVersion(later.database, '99.1.0')
    const foreign = await ownedDatabase()
    await sql(foreign.database, 'CREATE SCHEMA __msar; CREATE FUNCTION __msar.f() RETURNS int RETURN 1')
    const store = await storeOf({
      earlier,
      gone: { ...earlier, database: 'no_such_database' },
      refused: { ...earlier, database: shared.database, password: 'wrong' },
      stranger: { ...shared, user, password },
      later,
      parts: foreign,
    })
    const finished: string[] = []
    const result = await upgradeDatabases(store, all(), { onResult: ({ name }) => finished.push(name) })
    expect(actions(result)).toEqual({
      earlier: 'upgrade',
      gone: 'blocked DATABASE_DOES_NOT_EXIST',
      later: 'blocked SCHEMA_CONFLICT',
      parts: 'blocked SCHEMA_CONFLICT',
      refused: 'blocked AUTHENTICATION_FAILED',
      stranger: 'blocked INSUFFICIENT_PRIVILEGE',
    })
    expect(result).toMatchObject({ upgraded: 1, failed: 5 })
    for (const { ok, error } of result.databases.filter((row) => !row.ok)) {
      expect(error?.hint.length, String(ok)).toBeGreaterThan(10)
    }
    expect(finished).toEqual(['earlier'])
    expect(await recordedVersion(later)).toBe('99.1.0')
    expect(await recordedVersion(shared)).toBe('0.0.0')
  })

  it('changes nothing as a dry run, and plans what the run does', async () => {
    const earlier = await earlierDatabase()
    const empty = await ownedDatabase()
    const store = await storeOf({ earlier, empty })
    const before = await store.list()
    const plan = await upgradeDatabases(
      store,
      all({ dryRun: true, confirm: () => Promise.reject(new Error()) }),
    )
    expect(plan).toMatchObject({ status: 'planned', upgraded: 0, failed: 0 })
    expect(await recordedVersion(earlier)).toBe('0.0.0')
    expect(await mathesarSchemas(empty.database)).toEqual([])
    expect(await store.list()).toEqual(before)
    const done = await upgradeDatabases(store, all())
    expect(actions(done)).toEqual(actions(plan))
  })

  it('changes nothing where the operator declines, and asks only where there is something to do', async () => {
    const earlier = await earlierDatabase()
    const store = await storeOf({ earlier })
    const plans: string[] = []
    const confirm = async (plan: readonly DatabaseUpgrade[]) => {
      plans.push(...plan.map(({ name, action }) => `${name} ${action}`))
      return plans.length > 1
    }
    await expect(upgradeDatabases(store, all({ confirm }))).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await recordedVersion(earlier)).toBe('0.0.0')
    await upgradeDatabases(store, all({ confirm }))
    await upgradeDatabases(store, all({ confirm }))
    expect(plans).toEqual(['earlier upgrade', 'earlier upgrade'])
  })

  it('works on one database once that is stored under several names, and records it for all of them', async () => {
    const settings = await earlierDatabase()
    const { user, password } = await createRole()
    const proxy = await startProxy({ target: settings })
    onTestFinished(() => proxy.close())
    const other = { ...settings, host: proxy.host, port: proxy.port }
    const store = await storeOf({ one: { ...settings, user, password }, three: other, two: settings })
    const events: ProgressEvent[] = []
    const result = await upgradeDatabases(store, all(), { onProgress: (event) => events.push(event) })
    expect(actions(result)).toEqual({ one: 'upgrade', three: 'upgrade', two: 'upgrade' })
    expect(result).toMatchObject({ upgraded: 3, failed: 0 })
    expect(new Set(events.flatMap((event) => (event.type === 'step' ? [event.database] : [])))).toEqual(
      new Set(['three']),
    )
    expect((await store.list()).map(({ schema }) => schema)).toEqual(Array(3).fill(INSTALLED))
  })

  it('does each database once where several runs work at the same time', async () => {
    const databases: Record<string, ConnectionSettings> = {}
    for (const name of ['a', 'b', 'c']) databases[name] = await earlierDatabase()
    const path = freshPath()
    const first = await open(path)
    for (const [name, settings] of Object.entries(databases))
      await first.register(name, settings, { schema: OLD })
    const stores = [first, await open(path), await open(path)]
    const options = { lockTimeoutMs: 30_000 }
    const results = await Promise.all(stores.map((store) => upgradeDatabases(store, all(), options)))
    for (const result of results) expect(result).toMatchObject({ failed: 0 })
    for (const settings of Object.values(databases)) {
      const { record } = await withSession(settings, readSchemaState)
      expect(record?.checksum).toBe(source.checksum)
    }
  })

  it('keeps what another run installed after the look', async () => {
    const settings = await earlierDatabase()
    const store = await storeOf({ one: settings })
    let installId: string | undefined
    const confirm = async () => {
      await upgradeDatabases(store, all())
      installId = (await withSession(settings, readSchemaState)).record?.installId
      return true
    }
    expect(await upgradeDatabases(store, all({ confirm }))).toMatchObject({ failed: 0 })
    expect((await withSession(settings, readSchemaState)).record?.installId).toBe(installId)
  })

  it('installs nothing where somebody removed the schemas after the look', async () => {
    const settings = await earlierDatabase()
    const store = await storeOf({ one: settings })
    const confirm = async () => {
      await sql(settings.database, 'DROP SCHEMA msar, __msar, mathesar_types CASCADE')
      return true
    }
    const result = await upgradeDatabases(store, all({ confirm }))
    expect(actions(result)).toEqual({ one: 'upgrade LOCKED' })
    expect(await mathesarSchemas(settings.database)).toEqual([])
  })

  it('leaves a record alone that leads elsewhere after the look', async () => {
    const settings = await earlierDatabase()
    const other = await earlierDatabase()
    const store = await storeOf({ one: settings })
    const confirm = async () => {
      await store.update('one', other)
      return true
    }
    expect(actions(await upgradeDatabases(store, all({ confirm })))).toEqual({ one: 'upgrade LOCKED' })
    expect(await recordedVersion(settings)).toBe('0.0.0')
    expect(await recordedVersion(other)).toBe('0.0.0')
  })

  it('is satisfied where the record is removed meanwhile', async () => {
    const settings = await earlierDatabase()
    const store = await storeOf({ one: settings })
    const forgetting: Store = {
      ...store,
      async setSchema(name, schema) {
        await store.forget(name)
        return store.setSchema(name, schema)
      },
    }
    expect(await upgradeDatabases(forgetting, all())).toMatchObject({ failed: 0 })
    expect(await recordedVersion(settings)).toBe(source.version)
  })

  it('takes names, each once, and refuses those that are not stored', async () => {
    const one = await earlierDatabase()
    const two = await earlierDatabase()
    const store = await storeOf({ one, two })
    await expect(upgradeDatabases(store, all({ names: ['one', 'three'] }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    const result = await upgradeDatabases(store, all({ names: ['two', 'two'] }))
    expect(actions(result)).toEqual({ two: 'upgrade' })
    expect(await recordedVersion(one)).toBe('0.0.0')
  })

  it('rolls back what runs and begins nothing more when it is interrupted', async () => {
    const databases: Record<string, ConnectionSettings> = {}
    for (const name of ['a', 'b', 'c', 'd']) databases[name] = await earlierDatabase()
    const store = await storeOf(databases)
    const controller = new AbortController()
    const finished: string[] = []
    const running = upgradeDatabases(store, all({ concurrency: 1 }), {
      signal: controller.signal,
      onResult: ({ name }) => finished.push(name),
      onProgress: (event) => {
        if (event.database === 'b' && event.type === 'progress') {
          controller.abort(interruptedError('Interrupted.', 'SIGINT'))
        }
      },
    })
    await expect(running).rejects.toMatchObject({ code: 'ABORTED', exitCode: 130 })
    expect(finished).toEqual(['a'])
    const versions = await Promise.all(Object.values(databases).map(recordedVersion))
    expect(versions).toEqual([source.version, '0.0.0', '0.0.0', '0.0.0'])
    expect(await upgradeDatabases(store, all())).toMatchObject({ upgraded: 3, failed: 0 })
  })

  it('reports a lock that is held, names the database in each event, and repeats no hint', async () => {
    const settings = await earlierDatabase()
    const store = await storeOf({ one: settings })
    const { onProgress, warnings } = collectingReports()
    const names = new Set<string | undefined>()
    await upgradeDatabases(store, all(), {
      onProgress: (event) => {
        names.add(event.database)
        onProgress?.(event)
      },
    })
    expect(names).toEqual(new Set(['one']))
    expect(warnings).toEqual([])
  })

  it('has nothing to do where nothing is stored', async () => {
    const store = await open(freshPath())
    expect(await upgradeDatabases(store, all())).toEqual({
      status: 'done',
      databases: [],
      upgraded: 0,
      failed: 0,
    })
  })
})

describe('shards', () => {
  const databases = Array.from({ length: 1000 }, (_, index) => ({
    host: `db${index % 17}.example.com`,
    port: 5432 + (index % 3),
    database: `tenant_${index}`,
  }))

  it.each([1, 2, 3, 7, 64])('of %i parts together are all databases, and none is in two', (count) => {
    const sizes = Array.from({ length: count }, (_, index) => {
      return databases.filter((database) => isInShard(database, { index, count })).length
    })
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1000)
    expect(Math.max(...sizes)).toBeLessThan((1000 / count) * 1.25 + 20)
    for (const database of databases) {
      const parts = sizes.filter((_, index) => isInShard(database, { index, count }))
      expect(parts).toHaveLength(1)
    }
  })

  it('depend on host, port and database alone, in the documented way', () => {
    // printf 'db.example.com\0005432\000library' | sha256sum: bf34b1cffd35ae13...
    const library = { host: 'db.example.com', port: 5432, database: 'library' }
    const shards = [2, 10, 1000].map((count) =>
      Array.from({ length: count }, (_, index) => index).find((index) =>
        isInShard(library, { index, count }),
      ),
    )
    const hash = 0xbf34b1cffd35ae13n
    expect(shards).toEqual([2, 10, 1000].map((count) => Number(hash % BigInt(count))))
  })

  it('choose among all stored databases', async () => {
    const one = await earlierDatabase()
    const two = await earlierDatabase()
    const store = await storeOf({ one, two })
    const chosen = []
    for (const index of [0, 1, 2]) {
      const result = await upgradeDatabases(store, all({ shard: { index, count: 3 } }))
      chosen.push(...result.databases.map(({ name }) => name))
    }
    expect(chosen.sort()).toEqual(['one', 'two'])
  })
})
