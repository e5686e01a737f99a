/** A user's own objects inside the schemas that a Mathesar installed, of which no manifest tells. */
import { describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { listDependents } from '../../src/schema/dependents/dependents.ts'
import { removeSchema } from '../../src/schema/removal/remove.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { createReleaseState, installRelease, RELEASE_STATES } from '../support/release-states.ts'
import { as, withSession } from './support.ts'

async function ownObjects(settings: ConnectionSettings): Promise<string[]> {
  const dependents = await withSession(settings, (session) => listDependents(session))
  return dependents
    .filter(({ kind }) => kind === 'own object')
    .map(({ schema, relation, type }) => `${type} ${schema}.${relation}`)
}

async function foreignInstall(version = '0.9.0'): Promise<ConnectionSettings> {
  const settings = await ownedDatabase()
  await installRelease(settings, version)
  return settings
}

describe("a user's own objects inside the schemas that a Mathesar installed", () => {
  it('are listed, of every kind that PostgreSQL has', async () => {
    const settings = await foreignInstall()
    await as(
      settings,
      `CREATE TABLE public.base (a integer, b integer);
       CREATE FUNCTION msar.net_price(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1';
       CREATE FUNCTION __msar.inner_price(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1';
       CREATE FUNCTION mathesar_types.text_of(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
       CREATE PROCEDURE msar.nightly() LANGUAGE sql AS 'SELECT 1';
       CREATE TEXT SEARCH CONFIGURATION msar.my_ts (COPY = pg_catalog.simple);
       CREATE STATISTICS msar.my_st ON a, b FROM public.base;
       CREATE COLLATION msar.plain FROM "C";
       CREATE DOMAIN msar.posint AS integer CHECK (VALUE > 0);
       CREATE DOMAIN mathesar_types.percent AS numeric CHECK (VALUE BETWEEN 0 AND 100);
       CREATE TYPE mathesar_types.mood AS ENUM ('good');
       CREATE OPERATOR msar.<+> (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = pg_catalog.numeric_add);
       CREATE SEQUENCE msar.numbers;
       CREATE TYPE msar.period AS RANGE (SUBTYPE = date);
       CREATE CAST (text AS mathesar_types.multicurrency_money) WITH INOUT`,
    )
    expect(await ownObjects(settings)).toEqual([
      'function __msar.inner_price(numeric)',
      'cast mathesar_types.(pg_catalog.text AS mathesar_types.multicurrency_money)',
      'domain mathesar_types.percent',
      'function mathesar_types.text_of(text)',
      'type mathesar_types.mood',
      'collation msar.plain',
      'domain msar.posint',
      'function msar.net_price(numeric)',
      'operator msar.<+>(numeric,numeric)',
      'procedure msar.nightly()',
      'sequence msar.numbers',
      'statistics object msar.my_st',
      'text search configuration msar.my_ts',
      'type msar.period',
    ])
  })

  it('stop a removal, and the statements that go with them move them out', async () => {
    const settings = await foreignInstall()
    await as(
      settings,
      `CREATE TABLE public.base (a integer, b integer);
       CREATE DOMAIN msar.posint AS integer CHECK (VALUE > 0);
       CREATE TABLE public.x (p msar.posint);
       CREATE FUNCTION msar.net_price(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1';
       CREATE PROCEDURE msar.nightly() LANGUAGE sql AS 'SELECT 1';
       CREATE TEXT SEARCH CONFIGURATION msar.my_ts (COPY = pg_catalog.simple);
       CREATE STATISTICS msar.my_st ON a, b FROM public.base`,
    )
    const remove = (strategy: 'refuse' | 'convert') =>
      withSession(settings, (session) => removeSchema(session, { lockTimeoutMs: 5_000, strategy }))
    await expect(remove('refuse')).rejects.toMatchObject({ code: 'DEPENDENTS_EXIST' })
    await expect(remove('convert')).rejects.toMatchObject({ code: 'DEPENDENTS_EXIST' })
    const dependents = await withSession(settings, (session) => listDependents(session))
    const remedies = dependents.flatMap(({ remedy }) => remedy ?? [])
    expect(remedies).toHaveLength(5)
    for (const remedy of remedies) await as(settings, remedy)
    expect(await remove('refuse')).toMatchObject({ converted: [] })
    await expect(as(settings, 'INSERT INTO public.x VALUES (-1)')).rejects.toThrow('posint_check')
    expect(await as(settings, 'SELECT public.net_price(1)::text AS price')).toEqual([{ price: '1' }])
  })

  it('are moved into a schema of their own where the name is taken in the schema public', async () => {
    const settings = await foreignInstall()
    await as(
      settings,
      `CREATE TABLE public.mine (n integer); CREATE TABLE msar.mine (n integer);
       CREATE TABLE public.notes_pkey (n integer); CREATE TABLE msar.notes (n integer PRIMARY KEY);
       CREATE FUNCTION public.net(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1';
       CREATE FUNCTION msar.net(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1';
       CREATE FUNCTION msar.net(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
       CREATE DOMAIN public.posint AS integer; CREATE DOMAIN msar.posint AS integer`,
    )
    const dependents = await withSession(settings, (session) => listDependents(session))
    const remedies = dependents.map(({ remedy }) => remedy ?? '')
    expect(remedies).toEqual([
      expect.stringMatching(/ALTER DOMAIN msar.posint SET SCHEMA (?!public)/),
      expect.stringMatching(/ALTER FUNCTION msar.net\(numeric\) SET SCHEMA (?!public)/),
      'ALTER FUNCTION msar.net(text) SET SCHEMA public;',
      expect.stringMatching(/^CREATE SCHEMA IF NOT EXISTS \w+; ALTER TABLE msar.mine SET SCHEMA \w+;$/),
      expect.stringMatching(/ALTER TABLE msar.notes SET SCHEMA (?!public)/),
    ])
    for (const remedy of remedies) await as(settings, remedy)
    expect(await ownObjects(settings)).toEqual([])
  })

  it('move to different schemas where two of them have the same name, and where these have it already', async () => {
    const settings = await foreignInstall()
    await as(
      settings,
      `CREATE TABLE msar.log (n integer); CREATE TABLE __msar.log (n integer);
       CREATE SCHEMA moved_from_mathesar; CREATE TABLE moved_from_mathesar.notes (n integer);
       CREATE TABLE public.notes (n integer); CREATE TABLE msar.notes (n integer);
       CREATE TABLE msar.p (n integer) PARTITION BY RANGE (n);
       CREATE TABLE public.p_1 PARTITION OF msar.p FOR VALUES FROM (0) TO (10)`,
    )
    const dependents = await withSession(settings, (session) => listDependents(session))
    const remedies = dependents.map(({ remedy }) => remedy ?? '')
    expect(remedies).toContain('ALTER TABLE msar.p SET SCHEMA public;')
    for (const remedy of remedies) await as(settings, remedy)
    expect(await ownObjects(settings)).toEqual([])
  })

  it('move to a schema that the owner of the schemas may create, where it may not create in public', async () => {
    const settings = await foreignInstall()
    await sql(
      settings.database,
      'REVOKE CREATE ON SCHEMA public FROM PUBLIC; ALTER SCHEMA public OWNER TO CURRENT_USER',
    )
    await as(settings, 'CREATE TABLE msar.notes (n integer)')
    const [own] = await withSession(settings, (session) => listDependents(session))
    await as(settings, own?.remedy ?? '')
    expect(await ownObjects(settings)).toEqual([])
  })

  it('are casts and range types, which the statements drop and move', async () => {
    const settings = await foreignInstall()
    await as(
      settings,
      `CREATE CAST (text AS mathesar_types.multicurrency_money) WITH INOUT;
       CREATE TYPE msar.period AS RANGE (SUBTYPE = date);
       CREATE TABLE public.t (p msar.period); INSERT INTO public.t VALUES ('[2026-01-01,2026-02-01)')`,
    )
    const dependents = await withSession(settings, (session) => listDependents(session))
    const remedies = dependents.flatMap(({ remedy }) => remedy ?? [])
    expect(remedies).toContain('DROP CAST (pg_catalog.text AS mathesar_types.multicurrency_money);')
    // The constructors of a range belong to the superuser that initdb created, whoever created the type.
    for (const remedy of remedies) await sql(settings.database, remedy)
    await withSession(settings, (session) =>
      removeSchema(session, { lockTimeoutMs: 5_000, strategy: 'refuse' }),
    )
    expect(await as(settings, 'SELECT p::text FROM public.t')).toEqual([{ p: '[2026-01-01,2026-02-01)' }])
  })

  it('are not seen in the functions of a restored database, where nothing shows whose they are', async () => {
    const settings = await foreignInstall()
    await as(settings, "CREATE FUNCTION msar.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'")
    // A dump states no privileges that are PostgreSQL's own defaults.
    await sql(settings.database, 'UPDATE pg_proc SET proacl = NULL; UPDATE pg_type SET typacl = NULL')
    await as(settings, 'CREATE PROCEDURE msar.nightly() LANGUAGE sql AS $$ SELECT 1 $$')
    expect(await ownObjects(settings)).toEqual(['procedure msar.nightly()'])
  })

  it.each(RELEASE_STATES)('are not seen where there are none: %s', async (state) => {
    const settings = await ownedDatabase()
    if (state === 'hstore casts') await sql(settings.database, 'CREATE EXTENSION hstore')
    await createReleaseState(settings, state)
    expect(await ownObjects(settings)).toEqual([])
  })

  it('are not seen in a function that somebody corrected in place, nor in one with other privileges', async () => {
    const settings = await foreignInstall('0.11.0')
    const [row] = await as<{ name: string; definition: string }>(
      settings,
      `SELECT oid::regprocedure::text AS name, pg_get_functiondef(oid) AS definition FROM pg_proc
       WHERE pronamespace = 'msar'::regnamespace AND prokind = 'f' ORDER BY oid LIMIT 1`,
    )
    await as(settings, row?.definition ?? '')
    await as(settings, `REVOKE EXECUTE ON FUNCTION ${row?.name} FROM PUBLIC`)
    expect(await ownObjects(settings)).toEqual([])
  })

  it('are not seen in a type that a later release granted to everybody', async () => {
    const settings = await foreignInstall('0.11.0')
    await as(
      settings,
      'CREATE DOMAIN mathesar_types.percent AS numeric; GRANT USAGE ON TYPE mathesar_types.percent TO PUBLIC',
    )
    expect(await ownObjects(settings)).toEqual([])
  })
})
