import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkServer, isSameDatabase } from '../../src/postgres/checks.ts'
import { withSession } from '../../src/postgres/connect.ts'
import { readServerFacts } from '../../src/postgres/facts.ts'
import type { ConnectionSettings, ServerFacts } from '../../src/postgres/types.ts'
import {
  createDatabase,
  createRole,
  ownedDatabase,
  sharedCluster,
  sql,
  superuserSettings,
} from '../support/database.ts'
import { type RunningCluster, startCluster } from '../support/postgres.ts'
import { failure } from './support.ts'

let owned: ConnectionSettings

beforeAll(async () => {
  owned = await ownedDatabase()
})

async function factsOf(settings: ConnectionSettings): Promise<ServerFacts> {
  return withSession(settings, { timeoutMs: 10_000, home: null }, readServerFacts)
}

describe('the facts of a server', () => {
  it('the facts of a server describe the server, the database and the role', async () => {
    const facts = await factsOf(owned)
    expect(facts).toMatchObject({
      isInRecovery: false,
      isReadOnly: false,
      role: owned.user,
      database: owned.database,
      databaseOwner: owned.user,
      privileges: { superuser: false, owner: true, create: true },
      eventTriggers: [],
      hasMathesarTables: false,
    })
    expect(Math.floor(facts.versionNumber / 10_000)).toBe(sharedCluster().major)
    expect(facts.version).toMatch(/^\d+(\.\d+)?$/)
    expect(facts.identity.systemIdentifier).toMatch(/^\d+$/)
    const [row] = await sql<{ at: string }>(
      'postgres',
      `SELECT (extract(epoch FROM date_trunc('second', pg_postmaster_start_time()))::bigint * 1000000
         + to_char(pg_postmaster_start_time(), 'US')::bigint)::text AS at`,
    )
    expect(facts.identity.startedAt).toBe(row?.at)
  })

  it('the facts of a server cost one round trip', async () => {
    await withSession(owned, { timeoutMs: 10_000, home: null }, async (session) => {
      let trips = 0
      await readServerFacts({
        ...session,
        query: (text, values) => {
          trips++
          return session.query(text, values)
        },
      })
      expect(trips).toBe(1)
    })
  })

  it('the facts of a server distinguish the privileges of a role', async () => {
    const stranger = await createRole()
    const granted = await createRole()
    const member = await createRole()
    await sql('postgres', `GRANT CREATE ON DATABASE ${owned.database} TO ${granted.user}`)
    await sql('postgres', `GRANT ${pg.escapeIdentifier(owned.user)} TO ${member.user}`)
    const of = async (login: { user: string; password: string }) =>
      (await factsOf({ ...owned, ...login })).privileges
    expect(await of(stranger)).toEqual({ superuser: false, owner: false, create: false })
    expect(await of(granted)).toEqual({ superuser: false, owner: false, create: true })
    expect(await of(member)).toEqual({ superuser: false, owner: true, create: true })
    expect((await factsOf(superuserSettings(owned.database))).privileges.superuser).toBe(true)
  })

  it('the facts of a server are correct under a hostile search_path', async () => {
    const settings = await ownedDatabase()
    await sql(
      settings.database,
      `CREATE SCHEMA evil;
       CREATE TABLE evil.pg_database (oid oid, datname name, datdba oid);
       CREATE TABLE evil.pg_class (oid oid, relname name, relnamespace oid);
       CREATE TABLE evil.pg_roles (rolname name, rolsuper bool);
       CREATE VIEW evil.pg_event_trigger AS SELECT 1 AS x;
       CREATE FUNCTION evil.current_database() RETURNS name LANGUAGE sql AS $$SELECT 'fooled'::name$$;
       CREATE FUNCTION evil.pg_backend_pid() RETURNS int LANGUAGE sql AS 'SELECT 1';
       CREATE FUNCTION evil.pg_is_in_recovery() RETURNS bool LANGUAGE sql AS 'SELECT true';
       CREATE FUNCTION evil.liar(name, name) RETURNS bool LANGUAGE sql AS 'SELECT true';
       CREATE FUNCTION evil.liar(text, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
       CREATE FUNCTION evil.liar(oid, oid) RETURNS bool LANGUAGE sql AS 'SELECT false';
       CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = name, FUNCTION = evil.liar);
       CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.liar);
       CREATE OPERATOR evil.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = evil.liar);
       CREATE DOMAIN evil.text AS int; CREATE DOMAIN evil.int4 AS varchar; CREATE DOMAIN evil.int8 AS varchar;
       GRANT USAGE ON SCHEMA evil TO PUBLIC;
       ALTER ROLE ${settings.user} SET search_path = evil, pg_catalog`,
    )
    const facts = await factsOf(settings)
    expect(facts).toMatchObject({
      database: settings.database,
      role: settings.user,
      isInRecovery: false,
      hasMathesarTables: false,
      privileges: { superuser: false, owner: true, create: true },
    })
    expect(facts.backendPid).not.toBe(1)
  })

  it('the facts of a server name the event triggers that would fire', async () => {
    const settings = await ownedDatabase()
    await sql(
      settings.database,
      `CREATE SCHEMA "Odd";
       CREATE FUNCTION "Odd"."au dit"() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
       CREATE EVENT TRIGGER "a b" ON ddl_command_end EXECUTE FUNCTION "Odd"."au dit"();
       CREATE EVENT TRIGGER off ON ddl_command_start EXECUTE FUNCTION "Odd"."au dit"();
       ALTER EVENT TRIGGER off DISABLE`,
    )
    expect((await factsOf(settings)).eventTriggers).toEqual([
      { name: 'a b', event: 'ddl_command_end', function: '"Odd"."au dit"', owner: 'postgres' },
    ])
  })

  it("the facts of a server recognize Mathesar's internal database by its tables in one schema", async () => {
    const settings = await ownedDatabase()
    await sql(
      settings.database,
      'CREATE TABLE django_migrations (id int); CREATE SCHEMA s; CREATE TABLE s.mathesar_user (id int)',
    )
    expect((await factsOf(settings)).hasMathesarTables).toBe(false)
    await sql(settings.database, 'CREATE TABLE s.django_migrations (id int)')
    expect((await factsOf(settings)).hasMathesarTables).toBe(true)
  })

  it('the facts of a server omit the system identifier when the role may not read it', async () => {
    const settings = await ownedDatabase()
    await sql(settings.database, 'REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC')
    const facts = await factsOf(settings)
    expect(facts.identity.systemIdentifier).toBeNull()
    expect(facts.database).toBe(settings.database)
  })
})

describe('a server that is checked', () => {
  it('passes when its version is supported and it accepts writes', async () => {
    checkServer(await factsOf(owned))
  })

  it.each([
    [120_022, '12.22'],
    [190_000, '19.0'],
  ])('a server that is checked must have a supported version: %s', async (versionNumber, version) => {
    const facts = { ...(await factsOf(owned)), versionNumber, version }
    const error = await failure(() => checkServer(facts), 'UNSUPPORTED_SERVER')
    expect(error.message).toContain(version)
    expect(error.message).toContain('13 to 18')
  })

  it.each([130_000, 180_004])('passes with any version of the range: %s', async (versionNumber) => {
    checkServer({ ...(await factsOf(owned)), versionNumber })
  })

  it('a server that is checked must not be read-only for the role', async () => {
    const settings = await ownedDatabase({ user: 'read "only"', database: 'read_only_db' })
    await sql('postgres', `ALTER ROLE "read ""only""" SET default_transaction_read_only = on`)
    const facts = await factsOf(settings)
    expect(facts.isReadOnly).toBe(true)
    const error = await failure(() => checkServer(facts), 'READ_ONLY_SERVER')
    expect(error.hint).toContain('ALTER ROLE "read ""only""" RESET default_transaction_read_only')
  })

  it('a server that is checked must not be a standby', async () => {
    const facts = { ...(await factsOf(owned)), isInRecovery: true, isReadOnly: true }
    expect((await failure(() => checkServer(facts), 'READ_ONLY_SERVER')).hint).toContain('primary')
  })
})

describe('the same database', () => {
  let other: RunningCluster

  it('the same database is recognized under every spelling of its host', async () => {
    const hosts = ['127.0.0.1', 'localhost', '::1', sharedCluster().socketDirectory]
    const identities = await Promise.all(
      hosts.map(async (host) => (await factsOf({ ...owned, host })).identity),
    )
    const [first, ...rest] = identities
    if (!first) throw new Error('no identity')
    for (const identity of rest) expect(isSameDatabase(first, identity)).toBe(true)
    expect(isSameDatabase(first, { ...first, systemIdentifier: null })).toBe(true)
  })

  it('the same database is distinguished from another database of the server and from another server', async () => {
    const { identity } = await factsOf(owned)
    const database = await createDatabase()
    expect(isSameDatabase(identity, (await factsOf(superuserSettings(database))).identity)).toBe(false)
    other = await startCluster()
    try {
      const there = (await factsOf(superuserSettings('postgres', other))).identity
      const here = (await factsOf(superuserSettings())).identity
      expect(there.databaseOid).toBe(here.databaseOid)
      expect(isSameDatabase(here, there)).toBe(false)
      expect(isSameDatabase(here, { ...there, systemIdentifier: here.systemIdentifier })).toBe(false)
    } finally {
      await other.stop()
    }
  })
})
