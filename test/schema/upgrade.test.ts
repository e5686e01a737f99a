/** Installs of the present SQL over those of earlier versions, as `schema print` of each printed them. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { schemaStatus } from '../../src/schema/inspect/status.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import { ownedDatabase } from '../support/database.ts'
import { as, install, installedDatabase, waiting, withSession } from './support.ts'

const directory = join(dirname(fileURLToPath(import.meta.url)), 'earlier')
const earlier = readdirSync(directory).sort()

/** What a user may have built on the types and helpers, which every version has. */
const BUILT_ON_IT = `
CREATE TABLE public.person (
  id integer PRIMARY KEY,
  mail mathesar_types.email UNIQUE,
  site mathesar_types.uri DEFAULT 'https://example.org',
  worth mathesar_types.mathesar_money,
  price mathesar_types.multicurrency_money,
  tags mathesar_types.mathesar_json_array,
  facts mathesar_types.mathesar_json_object,
  mails mathesar_types.email[],
  host text GENERATED ALWAYS AS (mathesar_types.uri_authority(site)) STORED,
  CHECK (mathesar_types.email_domain_name(mail) <> 'example.com'));
INSERT INTO public.person VALUES (1, 'Ann@example.net', DEFAULT, 7.50, (7.5, 'EUR'), '[1]', '{"a": 1}', '{a@b,c@d}');
CREATE INDEX by_domain ON public.person (mathesar_types.email_domain_name(mail)) WHERE mathesar_types.uri_scheme(site) = 'https';
CREATE VIEW public.hosts AS SELECT mathesar_types.uri_authority(site) AS host FROM public.person;
CREATE DOMAIN public.work_mail AS mathesar_types.email CHECK (VALUE <> 'a@b');
CREATE TYPE public.contact AS (mail mathesar_types.email, n integer);
CREATE FUNCTION public.host_of(mathesar_types.uri) RETURNS text LANGUAGE sql AS 'SELECT mathesar_types.uri_authority($1)'`

/**
 * Values and definitions, with the OIDs of types, table and functions that something is built on, and where
 * rows lie.
 */
const FACTS = `SELECT (SELECT json_agg(to_json(p)) FROM public.person p) AS rows,
  (SELECT json_agg(p.ctid) FROM public.person p) AS places,
  pg_relation_filenode('public.person') AS file,
  (SELECT json_agg(json_build_array(t.oid, t.typname) ORDER BY t.oid) FROM pg_type t
   WHERE t.typname IN ('email', 'uri', 'mathesar_money', 'multicurrency_money', 'mathesar_json_array',
     'mathesar_json_object', 'col_def', 'con_def', 'not_null_def')) AS types,
  (SELECT json_agg(json_build_array(p.oid, p.proname) ORDER BY p.oid) FROM pg_proc p
   WHERE p.proname IN ('uri_authority', 'uri_scheme', 'email_domain_name', 'uri_parts')) AS functions,
  pg_get_viewdef('public.hosts') AS view, pg_get_indexdef('public.by_domain'::regclass) AS index,
  (SELECT json_agg(pg_get_constraintdef(c.oid) ORDER BY c.conname) FROM pg_constraint c
   WHERE c.conrelid = 'public.person'::regclass) AS constraints`

describe('an install over an earlier one, with tables of a user built upon it', () => {
  it.each(earlier)('upgrades %s and touches nothing of the user', async (name) => {
    const settings = await ownedDatabase()
    await as(settings, readFileSync(join(directory, name), 'utf8'))
    const state = await withSession(settings, readSchemaState)
    expect(state).toMatchObject({ kind: 'ours', record: { source: 'bundled' } })
    await as(settings, BUILT_ON_IT)
    const before = await as(settings, FACTS)
    const record = await install(settings)
    expect(record.checksum).toBe(bundledSource().checksum)
    expect(await as(settings, FACTS)).toEqual(before)
    const status = await withSession(settings, schemaStatus)
    expect(status).toMatchObject({ drift: [], objects: record.objects })
    // The same objects as in a fresh database, with the same definitions.
    const fresh = await withSession(await installedDatabase(), schemaStatus)
    expect(status.objects).toBe(fresh.objects)
    await expect(as(settings, `INSERT INTO public.person (id, mail) VALUES (2, 'no')`)).rejects.toThrow(
      /email_check/,
    )
  })

  it('can be repeated over tables of a user that are built upon the schemas', async () => {
    const settings = await installedDatabase()
    await as(settings, BUILT_ON_IT)
    const before = await as(settings, FACTS)
    await install(settings)
    await install(settings)
    expect(await as(settings, FACTS)).toEqual(before)
    expect((await withSession(settings, schemaStatus)).drift).toEqual([])
  })

  it.each([
    ['result', 'FUNCTION mathesar_types.uri_query(text) RETURNS integer LANGUAGE sql', 'uri_query'],
    ['kind', 'PROCEDURE mathesar_types.uri_query(text) LANGUAGE sql', '"uri_query" is a procedure'],
  ])('says which function it cannot replace, one that was given another %s', async (_, definition, name) => {
    const settings = await installedDatabase()
    await as(settings, `DROP FUNCTION mathesar_types.uri_query(text); CREATE ${definition} AS 'SELECT 1'`)
    const drift = (await withSession(settings, schemaStatus)).drift
    expect(drift).not.toEqual([])
    await expect(install(settings)).rejects.toMatchObject({
      code: 'SCHEMA_CONFLICT',
      hint: expect.stringContaining(name),
    })
    expect((await withSession(settings, schemaStatus)).drift).toEqual(drift)
  })

  /** As if an earlier version had made the function, which this one no longer has. */
  const MADE_EARLIER = `CREATE FUNCTION msar.gone() RETURNS integer LANGUAGE sql AS 'SELECT 1';
    DO $$ BEGIN
      EXECUTE format('COMMENT ON CONSTRAINT uri_check ON DOMAIN mathesar_types.uri IS %L',
        (SELECT obj_description(c.oid, 'pg_constraint')::jsonb || '{"function msar.gone()": "0"}'
         FROM pg_constraint c WHERE c.conname = 'uri_check'));
    END $$`

  it('drops no function that another session builds upon at the same time', async () => {
    const settings = await installedDatabase()
    await as(settings, MADE_EARLIER)
    await withSession(settings, async (other) => {
      await other.run('BEGIN; CREATE VIEW public.late AS SELECT msar.gone() AS n')
      const upgrade = install(settings)
      upgrade.catch(() => {})
      await expect.poll(() => waiting(settings.database)).toBe(true)
      await other.run('COMMIT')
      // Servers since the minor releases of November 2026 lock the function: the upgrade waits, and leaves
      // it.
      const refused = await upgrade.then(
        () => null,
        (error: unknown) => error,
      )
      if (refused !== null) expect(refused).toMatchObject({ code: 'DEPENDENTS_EXIST' })
    })
    await install(settings)
    expect(await as(settings, 'SELECT n FROM public.late')).toEqual([{ n: 1 }])
    await as(settings, 'DROP VIEW public.late')
    await install(settings)
    expect(await as(settings, `SELECT to_regprocedure('msar.gone()') AS gone`)).toEqual([{ gone: null }])
  })

  it.each(['x', '1', '[1]'])('writes a new manifest if the old one is %s', async (text) => {
    const settings = await installedDatabase()
    const { objects } = await withSession(settings, schemaStatus)
    await as(settings, `COMMENT ON CONSTRAINT uri_check ON DOMAIN mathesar_types.uri IS '${text}'`)
    await install(settings)
    expect(await withSession(settings, schemaStatus)).toMatchObject({ objects, drift: [] })
  })
})
