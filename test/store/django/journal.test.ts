import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createKeyring } from '../../../src/store/credentials.ts'
import { type DjangoOptions, openDjango } from '../../../src/store/django/open.ts'
import { LOCK_CLASS } from '../../../src/store/django/operation-locks.ts'
import { createStore } from '../../../src/store/store.ts'
import type { LiveOptions } from '../../../src/store/types.ts'
import { createRole, superuserSettings } from '../../support/database.ts'
import {
  createInternalDatabase,
  type InternalDatabase,
  MATHESAR_SECRET_KEY,
} from '../../support/mathesar-database.ts'
import { startProxy } from '../../support/proxy.ts'
import { settings } from '../support.ts'
import { liveOptions } from './support.ts'

function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mathesarctl-journals-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return join(directory, 'journals')
}

const keyring = () => createKeyring(() => MATHESAR_SECRET_KEY)

async function openParts(
  database: Pick<InternalDatabase, 'settings'>,
  live: Partial<LiveOptions>,
  options: DjangoOptions = {},
) {
  const parts = await openDjango(liveOptions(database, live), keyring(), options)
  onTestFinished(() => parts.close())
  return parts
}

const openLive = async (...values: Parameters<typeof openParts>) => createStore(await openParts(...values))

/** The journal is there as soon as the internal database is open, as after setup. */
const AT_ONCE = { journal: 'database', createsJournal: true } as const

const addition = {
  kind: 'add',
  name: 'a',
  settings: settings({ sslmode: 'require', sslrootcert: null, sslcert: null, sslkey: null, options: null }),
  access: { users: ['admin'], sqlVersion: '0.0.0' },
} as const

const schemaExists = async (database: InternalDatabase) =>
  (await database.query(`SELECT FROM pg_namespace WHERE nspname = 'mathesarctl'`)).length > 0

describe('the journal in the internal database', () => {
  it('is created where the operator wants it there, by any number of processes at once', async () => {
    const database = await createInternalDatabase()
    const all = await Promise.all(
      Array.from({ length: 5 }, () => openParts(database, { ...AT_ONCE, lockTimeoutMs: 20_000 })),
    )
    for (const { journalPlace, journal } of all) {
      expect(journalPlace).toBe('database')
      expect(await journal.entries()).toEqual([])
    }
    expect(await database.query('SELECT version FROM mathesarctl.layout')).toEqual([{ version: 1 }])
  })

  it('is created with its first entry, and by nothing that fails or is declined before', async () => {
    const database = await createInternalDatabase()
    const store = await openLive(database, { journal: 'database' })
    expect(await store.interrupted()).toEqual([])
    await store.verifyKey()
    expect(await store.list()).toEqual([])
    await expect(store.forget('missing')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(store.begin({ kind: 'remove', name: 'missing' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(store.update('missing', {})).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await store.takeOver('missing')).toBe(null)
    await store.register(
      'b',
      { ...addition.settings, database: 'b' },
      { access: addition.access, schema: null },
    )
    expect(await schemaExists(database)).toBe(false)
    const operation = await store.begin(addition)
    expect(await schemaExists(database)).toBe(true)
    await operation.abandon()
    expect(await store.names()).toEqual(['b'])
  })

  it('is used by runs that were open before another one created it', async () => {
    const database = await createInternalDatabase()
    const options = { isFresh: true }
    const [one, two] = [
      await openLive(database, { journal: 'database' }, options),
      await openLive(database, { journal: 'database' }),
    ]
    const operation = await one.begin(addition)
    await expect(two.begin(addition)).rejects.toMatchObject({ code: 'LOCKED' })
    await operation.abandon()
  })

  it('is refused where somebody else creates its schema after a run was opened', async () => {
    const database = await createInternalDatabase()
    const store = await openLive(database, { journal: 'database' })
    const other = await createRole()
    await database.query(`CREATE SCHEMA mathesarctl AUTHORIZATION ${other.user}`)
    await expect(store.begin(addition)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      hint: expect.stringContaining('--journal directory'),
    })
  })

  it('is not created by a run that only reads', async () => {
    const database = await createInternalDatabase()
    const store = await openLive(database, { journal: 'database' }, { readOnly: true })
    expect(await store.list()).toEqual([])
    expect(await store.interrupted()).toEqual([])
    expect(await schemaExists(database)).toBe(false)
  })

  it('is not created where a migration is applied that this version does not know', async () => {
    const database = await createInternalDatabase()
    await database.query(
      `INSERT INTO django_migrations (app, name, applied) VALUES ('mathesar', '0013_next', now())`,
    )
    const store = await openLive(database, { journal: 'database' })
    expect(await store.list()).toEqual([])
    await expect(store.begin(addition)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('0013_next'),
    })
    expect(await schemaExists(database)).toBe(false)
    const accepted = await openLive(database, { journal: 'database', acceptUnknownLayout: true })
    const schema = { source: 'mathesar', version: '0.12.0' }
    await accepted.register('a', addition.settings, { access: addition.access, schema })
    expect(await schemaExists(database)).toBe(true)
  })

  it('is used by every later run, whatever directory it has', async () => {
    const database = await createInternalDatabase()
    await openParts(database, AT_ONCE)
    const directory = freshDirectory()
    const later = await openParts(database, { journal: null, journalDirectory: directory })
    expect(later.journalPlace).toBe('database')
  })

  it('is refused with the statement that allows it where the role may not create a schema', async () => {
    const database = await createInternalDatabase({ mayCreateSchema: false })
    await expect(openParts(database, { journal: 'database' })).rejects.toMatchObject({
      code: 'INSUFFICIENT_PRIVILEGE',
      hint: expect.stringMatching(/--journal directory[\s\S]*GRANT CREATE ON DATABASE/),
    })
  })

  it('is refused where its schema belongs to somebody else, and nothing there is run', async () => {
    const database = await createInternalDatabase()
    const other = await createRole()
    await database.query(`CREATE SCHEMA mathesarctl AUTHORIZATION ${other.user}`)
    for (const journal of [null, 'database'] as const) {
      await expect(openParts(database, { journal })).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('schema mathesarctl'),
        hint: expect.stringContaining('--journal directory'),
      })
    }
    const apart = await openParts(database, { journal: 'directory', journalDirectory: freshDirectory() })
    expect(apart.journalPlace).toBe('directory')
  })

  it('is refused where a table in it is another than this program creates', async () => {
    const database = await createInternalDatabase()
    const parts = await openParts(database, AT_ONCE)
    await parts.close()
    const other = await createRole()
    await database.query(`ALTER TABLE mathesarctl.operation OWNER TO ${other.user}`)
    await expect(openParts(database, { journal: null })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('is refused where a newer version has created it', async () => {
    const database = await createInternalDatabase()
    await (await openParts(database, AT_ONCE)).close()
    await database.query('UPDATE mathesarctl.layout SET version = 2')
    await expect(openParts(database, { journal: null })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('another version'),
    })
  })

  it('is refused where the role may not read it', async () => {
    const database = await createInternalDatabase()
    await (await openParts(database, AT_ONCE)).close()
    const role = await createRole()
    await database.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role.user}`)
    const reader = { settings: { ...database.settings, ...role } }
    await expect(openParts(reader, { journal: null }, { readOnly: true })).rejects.toMatchObject({
      code: 'INSUFFICIENT_PRIVILEGE',
      message: expect.stringContaining('schema mathesarctl'),
    })
  })

  it('costs no round trip of its own where no operation is recorded', async () => {
    const database = await createInternalDatabase()
    await (await openParts(database, AT_ONCE)).close()
    const proxy = await startProxy({ target: database.settings })
    const through = { settings: { ...database.settings, host: proxy.host, port: proxy.port } }
    const store = await openLive(through, { journal: null })
    const opened = proxy.roundTrips()
    await store.interrupted()
    await store.verifyKey()
    await store.register('a', addition.settings, { access: addition.access, schema: null })
    // The rows are read once, and written once.
    expect(proxy.roundTrips() - opened).toBe(2)
    await proxy.close()
  })

  it('leaves the tables of Mathesar as they were', async () => {
    const database = await createInternalDatabase()
    const before = await database.snapshot()
    const store = await openLive(database, { journal: 'database' })
    const held = await store.begin(addition)
    await held.abandon()
    await store.close()
    expect(await database.snapshot()).toEqual(before)
  })

  it('keeps nothing readable of a connection', async () => {
    const database = await createInternalDatabase()
    const store = await openLive(database, { journal: 'database' })
    await store.begin({ ...addition, settings: { ...addition.settings, password: 'hunter2' } })
    const [row] = await database.query<{ text: string }>(
      'SELECT o::text AS text FROM mathesarctl.operation AS o',
    )
    expect(row?.text).toContain('gAAAAA')
    expect(row?.text).not.toContain('hunter2')
    expect(row?.text).not.toContain('librarian')
  })
})

describe('the lock of an operation in the internal database', () => {
  it('is acquired again where the connection was lost, and the operation is completed', async () => {
    const database = await createInternalDatabase()
    const proxy = await startProxy({ target: database.settings })
    const through = { settings: { ...database.settings, host: proxy.host, port: proxy.port } }
    const store = await openLive(through, { journal: 'database' })
    const other = await openLive(database, { journal: 'database' }, { isFresh: true })
    const held = await store.begin(addition)
    proxy.cutAll()
    await held.committing({
      transactionId: '1',
      databaseOid: 1,
      startedAt: '2026-01-01T00:00:00Z',
      systemIdentifier: null,
    })
    expect(await other.interrupted()).toEqual([])
    proxy.cutAll()
    expect(await held.completeAdd(null)).toMatchObject({ name: 'a' })
    expect(await other.names()).toEqual(['a'])
    const locks = await database.query(
      `SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
        WHERE d.datname = current_database() AND l.locktype = 'advisory'`,
    )
    expect(locks).toEqual([])
    await proxy.close()
  })

  it('makes the operation fail where another process took it over meanwhile', async () => {
    const database = await createInternalDatabase()
    const proxy = await startProxy({ target: database.settings })
    const through = { settings: { ...database.settings, host: proxy.host, port: proxy.port } }
    const store = await openLive(through, { journal: 'database' })
    const held = await store.begin(addition)
    const other = await openLive(database, { journal: 'database' }, { isFresh: true })
    proxy.cutAll()
    const taken = await eventually(() => other.takeOver(held.id))
    const mark = { transactionId: '1', databaseOid: 1, startedAt: '', systemIdentifier: null }
    await expect(held.committing(mark)).rejects.toMatchObject({ code: 'LOCKED' })
    await taken.abandon()
    // The lock is free again, but the entry is gone.
    await expect(held.committing(mark)).rejects.toMatchObject({ code: 'LOCKED' })
    expect(await other.names()).toEqual([])
    await proxy.close()
  })
})

/** Repeats until the server has noticed that a connection is gone. */
async function eventually<T>(attempt: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const result = await attempt()
    if (result !== null) return result
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe('the journal in a directory', () => {
  it('is found however the host is spelled, and is one for each internal database', async () => {
    const [first, second] = [await createInternalDatabase(), await createInternalDatabase()]
    const journalDirectory = freshDirectory()
    const store = await openLive(first, { journalDirectory })
    const held = await store.begin(addition)
    await held.release()
    const other = { settings: { ...first.settings, host: 'localhost' } }
    expect(await (await openLive(other, { journalDirectory })).interrupted()).toMatchObject([{ id: held.id }])
    expect(await (await openLive(second, { journalDirectory })).interrupted()).toEqual([])
    expect(readdirSync(journalDirectory).filter((name) => name.endsWith('.sqlite3'))).toHaveLength(2)
    expect(await schemaExists(first)).toBe(false)
  })

  it('is not created by a run that only reads', async () => {
    const database = await createInternalDatabase()
    const journalDirectory = freshDirectory()
    const store = await openLive(database, { journalDirectory }, { readOnly: true })
    expect(await store.interrupted()).toEqual([])
    expect(() => readdirSync(journalDirectory)).toThrow('ENOENT')
  })

  it('needs a directory only where something is written', async () => {
    const database = await createInternalDatabase()
    const reader = await openLive(database, { journalDirectory: null }, { readOnly: true })
    expect(await reader.names()).toEqual([])
    await expect(openParts(database, { journalDirectory: null })).rejects.toMatchObject({
      code: 'USAGE',
      details: { field: 'journal' },
    })
  })
})

describe('the journal that is not used', () => {
  /** Leaves an interrupted addition in a journal. */
  async function interrupt(database: InternalDatabase, live: Partial<LiveOptions>) {
    const store = await openLive(database, live)
    await store.begin(addition)
    await store.close()
  }

  async function warningsOf(database: InternalDatabase, live: Partial<LiveOptions>, readOnly: boolean) {
    const warnings: string[] = []
    const onWarning = (...texts: string[]) => void warnings.push(...texts)
    await openParts(database, live, { readOnly, onWarning })
    return warnings.join(' ')
  }

  it('is named where it lies in the database and has an operation that is not finished', async () => {
    const database = await createInternalDatabase()
    const journalDirectory = freshDirectory()
    const other = { journal: 'directory', journalDirectory } as const
    await interrupt(database, { journal: 'database' })
    for (const readOnly of [true, false]) {
      const text = await warningsOf(database, other, readOnly)
      expect(text).toContain('adding "a"')
      expect(text).toContain('--journal database')
      expect(await warningsOf(database, { journal: 'database', journalDirectory }, readOnly)).toBe('')
    }
  })

  it('is named where it lies in the directory and has an operation that is not finished', async () => {
    const database = await createInternalDatabase()
    const journalDirectory = freshDirectory()
    await interrupt(database, { journal: 'directory', journalDirectory })
    await openLive(database, AT_ONCE)
    for (const readOnly of [true, false]) {
      const text = await warningsOf(database, { journalDirectory }, readOnly)
      expect(text).toContain('adding "a"')
      expect(text).toContain('--journal directory')
      expect(await warningsOf(database, { journal: 'directory', journalDirectory }, readOnly)).toBe('')
    }
  })
})

describe('somebody else who creates the schema of the journal first', () => {
  it('is refused before any code of theirs runs, even while the run waits for the lock', async () => {
    const database = await createInternalDatabase()
    const attacker = await createRole()
    const { database: name } = database.settings
    await database.query(`GRANT CREATE ON DATABASE ${name} TO ${attacker.user}`)
    const store = await openLive(database, { journal: 'database' })
    await database.query(`SELECT pg_advisory_lock(${LOCK_CLASS}, 0)`)
    const begun = store.begin(addition).then(
      () => null,
      (error: unknown) => error,
    )
    // Of this database alone: the sessions of other tests wait too.
    const waiting = `SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
      WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted`
    await expect.poll(async () => (await database.query(waiting)).length).toBe(1)
    await database.query(`
      SET ROLE ${attacker.user};
      CREATE SCHEMA mathesarctl;
      CREATE SEQUENCE mathesarctl.runs;
      CREATE TABLE mathesarctl.layout (version int4);
      CREATE FUNCTION mathesarctl.spy() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_catalog.nextval(''mathesarctl.runs''); RETURN NEW; END';
      CREATE TRIGGER spy BEFORE INSERT ON mathesarctl.layout
        FOR EACH ROW EXECUTE FUNCTION mathesarctl.spy();
      GRANT ALL ON SCHEMA mathesarctl TO PUBLIC;
      GRANT ALL ON ALL TABLES IN SCHEMA mathesarctl TO PUBLIC;
      GRANT ALL ON ALL SEQUENCES IN SCHEMA mathesarctl TO PUBLIC;
      RESET ROLE;
      SELECT pg_advisory_unlock(${LOCK_CLASS}, 0)`)
    expect(await begun).toMatchObject({ code: 'INSUFFICIENT_PRIVILEGE' })
    expect(await database.query('SELECT is_called FROM mathesarctl.runs')).toEqual([{ is_called: false }])
  })

  it('has no policy that runs, for tables of Mathesar either', async () => {
    const database = await createInternalDatabase()
    await database.query(`
      CREATE SEQUENCE runs;
      GRANT ALL ON SEQUENCE runs TO PUBLIC;
      CREATE POLICY spy ON django_migrations USING (nextval('public.runs') > 0);
      ALTER TABLE django_migrations ENABLE ROW LEVEL SECURITY;
      ALTER TABLE django_migrations FORCE ROW LEVEL SECURITY`)
    const opening = openLive(database, { journal: 'directory', journalDirectory: freshDirectory() })
    await expect(opening).rejects.toMatchObject({ code: 'INSUFFICIENT_PRIVILEGE' })
    expect(await database.query('SELECT is_called FROM runs')).toEqual([{ is_called: false }])
  })

  it('has no trigger that runs: a superuser only reads where another role owns the tables of Mathesar', async () => {
    const database = await createInternalDatabase()
    const superuser = { settings: superuserSettings(database.settings.database) }
    const store = await openLive(superuser, { journal: 'directory', journalDirectory: freshDirectory() })
    expect(await store.list()).toEqual([])
    await expect(store.begin(addition)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(`belong to role "${database.settings.user}"`),
    })
  })
})
