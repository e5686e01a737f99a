/** Installing over what another program put into the schemas, with the same signatures or with its own. */
import { describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { schemaStatus } from '../../src/schema/inspect/status.ts'
import { installScript } from '../../src/schema/install/print.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import typesList from './signatures/mathesar-types.json' with { type: 'json' }
import { as, install, installedDatabase, waiting, withSession } from './support.ts'

/**
 * Objects of another program under the names and signatures of Mathesar 0.1.4: types that check, functions
 * that do nothing.
 */
const STAND_IN = [
  'CREATE SCHEMA mathesar_types',
  'CREATE SCHEMA __msar',
  'CREATE SCHEMA msar',
  ...['uri_scheme', 'uri_path'].map(
    (name) =>
      `CREATE FUNCTION mathesar_types.${name}(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1'`,
  ),
  `CREATE DOMAIN mathesar_types.email AS text CHECK (VALUE ~ '@')`,
  `CREATE DOMAIN mathesar_types.uri AS text
     CHECK (mathesar_types.uri_scheme(VALUE) IS NOT NULL AND mathesar_types.uri_path(VALUE) IS NOT NULL)`,
  'CREATE DOMAIN mathesar_types.mathesar_money AS numeric',
  'CREATE TYPE mathesar_types.multicurrency_money AS (value numeric, currency character(3))',
  `CREATE DOMAIN mathesar_types.mathesar_json_array AS jsonb CHECK (jsonb_typeof(VALUE) = 'array')`,
  `CREATE DOMAIN mathesar_types.mathesar_json_object AS jsonb CHECK (jsonb_typeof(VALUE) = 'object')`,
  'CREATE TABLE mathesar_types.top_level_domains (tld character varying PRIMARY KEY)',
  `INSERT INTO mathesar_types.top_level_domains VALUES ('example')`,
  ...typesList.flatMap((entry) => {
    if (entry.kind !== 'function' || !('args' in entry) || /^uri_(scheme|path)$/.test(entry.name)) return []
    return `CREATE FUNCTION ${entry.schema}.${entry.name}(${entry.args?.join(', ')}) RETURNS ${entry.returns}
      LANGUAGE sql ${entry.volatility} ${entry.strict ? 'STRICT' : ''} AS 'SELECT NULL::${entry.returns}'`
  }),
  `CREATE FUNCTION msar.of_a_release(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1'`,
  `CREATE TYPE __msar.of_a_release AS (a integer)`,
].join(';\n')

async function standIn(): Promise<ConnectionSettings> {
  const settings = await ownedDatabase()
  await as(settings, STAND_IN)
  return settings
}

describe('replacing what another program installed', () => {
  it('keeps the types, and with them the columns; functions that are used are replaced in place', async () => {
    const settings = await standIn()
    await as(
      settings,
      `CREATE TABLE public.person (
         mail mathesar_types.email, site mathesar_types.uri DEFAULT mathesar_types.cast_to_uri('a:b'::text),
         worth mathesar_types.mathesar_money, price mathesar_types.multicurrency_money);
       INSERT INTO public.person VALUES ('ann@example.net', 'https://example.org', 7.5, (7.5, 'EUR'));
       CREATE INDEX by_domain ON public.person (mathesar_types.email_domain_name(mail));
       CREATE VIEW public.hosts AS SELECT mathesar_types.uri_authority(site) AS host FROM public.person`,
    )
    const facts = `SELECT (SELECT json_agg(to_json(p)) FROM public.person p) AS rows,
      (SELECT json_agg(t.oid ORDER BY t.oid) FROM pg_type t WHERE t.typnamespace = 'mathesar_types'::regnamespace) AS types,
      'mathesar_types.uri_authority(text)'::regprocedure::oid AS function,
      pg_get_viewdef('public.hosts') AS view, pg_get_indexdef('public.by_domain'::regclass) AS index`
    const before = await as(settings, facts)
    await expect(install(settings)).rejects.toMatchObject({ code: 'SCHEMA_CONFLICT' })
    await install(settings, { replace: true })
    expect(await as(settings, facts)).toEqual(before)
    expect(await as(settings, 'SELECT host FROM public.hosts')).toEqual([{ host: 'example.org' }])
    // Its own table, and what is in it, is kept too: rows may be a user's.
    expect(await as(settings, 'SELECT tld FROM mathesar_types.top_level_domains')).toEqual([
      { tld: 'example' },
    ])
    expect(
      await as(
        settings,
        `SELECT to_regprocedure('msar.of_a_release(integer)') AS f, to_regtype('__msar.of_a_release') AS t`,
      ),
    ).toEqual([{ f: null, t: null }])
    expect((await withSession(settings, schemaStatus)).drift).toEqual([])
  })

  it.each([
    ['a function it has nothing for', 'CREATE VIEW public.uses AS SELECT msar.of_a_release(1) AS n'],
    [
      'a function whose result is another',
      `DROP FUNCTION mathesar_types.uri_query(text);
       CREATE FUNCTION mathesar_types.uri_query(text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT 1';
       CREATE VIEW public.uses AS SELECT mathesar_types.uri_query('a') AS n`,
    ],
    ['a type it has nothing for', 'CREATE TABLE public.uses (n __msar.of_a_release)'],
  ])('replacing what another program installed is refused where something depends on %s', async (_, text) => {
    const settings = await standIn()
    await as(settings, `${text}; CREATE TABLE public.person (mail mathesar_types.email)`)
    await expect(install(settings, { replace: true })).rejects.toMatchObject({
      code: 'DEPENDENTS_EXIST',
      details: { data: { dependents: [expect.objectContaining({ schema: 'public', relation: 'uses' })] } },
    })
    expect(await as(settings, 'SELECT msar.of_a_release(1) AS n')).toEqual([{ n: 1 }])
  })

  it('names the function if a type that is kept prevents the replacement', async () => {
    const settings = await ownedDatabase()
    await as(
      settings,
      `CREATE SCHEMA msar; CREATE SCHEMA mathesar_types;
       CREATE FUNCTION mathesar_types.uri_scheme(uri text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
       CREATE DOMAIN mathesar_types.uri AS text CHECK (mathesar_types.uri_scheme(VALUE) IS NOT NULL)`,
    )
    await expect(install(settings, { replace: true })).rejects.toMatchObject({
      code: 'SCHEMA_CONFLICT',
      message: expect.stringMatching(
        /can't be replaced in place: cannot change name of input parameter "uri"/,
      ),
      hint: expect.stringContaining('mathesar_types.uri_scheme(text)'),
    })
  })

  it('replacing what another program installed is refused where an extension lies inside', async () => {
    const settings = await standIn()
    await sql(settings.database, 'CREATE EXTENSION citext SCHEMA mathesar_types')
    await expect(install(settings, { replace: true })).rejects.toMatchObject({
      code: 'DEPENDENTS_EXIST',
      message: expect.stringContaining('extension mathesar_types.citext inside them'),
    })
    await expect(as(settings, installScript(bundledSource(), { replace: true }))).rejects.toMatchObject({
      code: '2BP01',
      message: expect.stringContaining('extension citext'),
    })
  })

  it('replacing what another program installed is refused if another session uses a dropped function before the end of the install', async () => {
    const settings = await standIn()
    const script = installScript(bundledSource(), { replace: true })
    const end = script.indexOf('$drop$;') + '$drop$;'.length
    await withSession(settings, async (session) => {
      await session.run(script.slice(0, end))
      const view = 'CREATE VIEW public.late AS SELECT msar.of_a_release(1) AS n'
      let result: 'created' | 'refused' | null = null
      const late = as(settings, view).then(
        () => (result = 'created'),
        () => (result = 'refused'),
      )
      while (result === null && !(await waiting(settings.database)));
      if (result === 'created') {
        // Before the minor releases of November 2026 nothing makes it wait, and the view would be without its
        // function.
        await expect(session.run(script.slice(end))).rejects.toMatchObject({ code: '2BP01' })
        expect(await as(settings, 'SELECT n FROM public.late')).toEqual([{ n: 1 }])
      } else {
        // The two would wait for each other: the install gives up and leaves everything as it was.
        await expect(session.run(script.slice(end))).rejects.toMatchObject({ code: '40P01' })
        await session.run('ROLLBACK')
        expect(await late).toBe('created')
        expect(await as(settings, 'SELECT n FROM public.late')).toEqual([{ n: 1 }])
      }
    })
  })

  it("replacing what another program installed is refused where a user's own table lies inside", async () => {
    const settings = await standIn()
    await as(settings, 'CREATE TABLE msar.notes (n integer)')
    await expect(install(settings, { replace: true })).rejects.toMatchObject({
      code: 'DEPENDENTS_EXIST',
      details: { data: { dependents: [expect.objectContaining({ kind: 'own object', relation: 'notes' })] } },
    })
  })
})

describe('the printed script', () => {
  const refusing = installScript(bundledSource())
  const replacing = installScript(bundledSource(), { replace: true })

  it('refuses what another program installed, unless it was printed to replace it', async () => {
    const settings = await standIn()
    await as(settings, 'CREATE TABLE public.person (mail mathesar_types.email)')
    await expect(as(settings, refusing)).rejects.toMatchObject({
      code: '42P06',
      hint: expect.stringContaining('schema print --existing-schema replace'),
    })
    await as(settings, replacing)
    await as(settings, replacing)
    await as(settings, refusing)
    const fresh = await withSession(await installedDatabase(), schemaStatus)
    expect(await withSession(settings, schemaStatus)).toEqual({ ...fresh, objects: expect.any(Number) })
    expect(
      await as(
        settings,
        `SELECT to_regprocedure('msar.of_a_release(integer)') AS f, to_regtype('__msar.of_a_release') AS t`,
      ),
    ).toEqual([{ f: null, t: null }])
    expect((await as(settings, 'SELECT FROM mathesar_types.top_level_domains')).length).toBe(1)
  })

  it('installs in an empty database, and over an earlier install without touching what users put inside', async () => {
    const settings = await ownedDatabase()
    await as(settings, replacing)
    await as(
      settings,
      `CREATE TABLE msar.notes (n integer); CREATE FUNCTION msar.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
    )
    await as(settings, replacing)
    expect((await withSession(settings, schemaStatus)).drift).toEqual([
      { object: 'function msar.mine()', change: 'added' },
      { object: 'table msar.notes', change: 'added' },
    ])
  })

  it.each([
    ["a user's own table lies inside", 'CREATE TABLE msar.notes (n integer)', 'table msar.notes'],
    [
      'something depends on what it has nothing for',
      'CREATE VIEW public.uses AS SELECT msar.of_a_release(1) AS n',
      'function msar.of_a_release(integer)',
    ],
  ])('changes nothing where %s', async (_, text, name) => {
    const settings = await standIn()
    await as(settings, text)
    await expect(as(settings, replacing)).rejects.toMatchObject({
      code: '2BP01',
      message: expect.stringContaining(name),
    })
    expect(await as(settings, 'SELECT msar.of_a_release(1) AS n')).toEqual([{ n: 1 }])
  })
})
