import { describe, expect, it } from 'vitest'
import { schemaStatus } from '../../src/schema/inspect/status.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import { totalObjects } from '../../src/schema/sources/pieces.ts'
import { createRole, ownedDatabase, sql } from '../support/database.ts'
import { RELEASE_0_11, standInSql } from '../support/stand-ins.ts'
import { as, install, installedDatabase, withSession } from './support.ts'

const source = bundledSource()
const objects = totalObjects(source.parts)

async function driftAfter(text: string) {
  const settings = await installedDatabase()
  await as(settings, text)
  return (await withSession(settings, schemaStatus)).drift
}

describe('the status of the schemas', () => {
  it('reports a database without the schemas as not installed', async () => {
    expect(await withSession(await ownedDatabase(), schemaStatus)).toEqual({
      installed: false,
      state: 'absent',
      remains: null,
      release: null,
      staleRecord: null,
      hstoreCasts: [],
      source: null,
      version: null,
      checksum: null,
      objects: 0,
      typesOnly: false,
      dropped: 0,
      drift: [],
    })
  })

  it('reports an install to any role as it was installed, without drift', async () => {
    const settings = await installedDatabase()
    const other = await createRole()
    const { version, checksum } = source
    expect(await withSession({ ...settings, ...other }, schemaStatus)).toEqual({
      installed: true,
      state: 'ours',
      remains: null,
      release: null,
      staleRecord: null,
      hstoreCasts: [],
      source: 'bundled',
      version,
      checksum,
      objects,
      typesOnly: false,
      dropped: 0,
      drift: [],
    })
  })

  it("names the release of Mathesar and the number of objects of somebody else's install", async () => {
    const settings = await ownedDatabase()
    await as(settings, standInSql(RELEASE_0_11))
    expect(await withSession(settings, schemaStatus)).toEqual({
      installed: true,
      state: 'foreign',
      remains: null,
      release: { oldest: '0.9.0', newest: '0.11.0' },
      staleRecord: null,
      hstoreCasts: [],
      source: null,
      version: null,
      checksum: null,
      objects: 479 + 17 + 6 + 2,
      typesOnly: false,
      dropped: 0,
      drift: [],
    })
  })

  it('reports no drift if only the types were kept, but changes to the types', async () => {
    const settings = await installedDatabase()
    await as(settings, 'DROP SCHEMA msar, __msar CASCADE')
    // No Mathesar can work with the types alone.
    expect(await withSession(settings, schemaStatus)).toMatchObject({
      installed: false,
      state: 'ours',
      source: 'bundled',
      typesOnly: true,
      dropped: 0,
      drift: [],
    })
    await as(settings, 'DROP FUNCTION mathesar_types.email_local_part(mathesar_types.email)')
    expect(await withSession(settings, schemaStatus)).toMatchObject({
      drift: [{ change: 'dropped', object: expect.stringContaining('email_local_part') }],
    })
    await install(settings)
    expect(await withSession(settings, schemaStatus)).toMatchObject({ typesOnly: false, drift: [], objects })
  })

  it('names functions that were changed, dropped or added', async () => {
    expect(
      await driftAfter(`
        CREATE OR REPLACE FUNCTION mathesar_types.uri_parts(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT AS 'SELECT ARRAY[$1]';
        DROP FUNCTION mathesar_types.uri_query(text);
        ALTER FUNCTION mathesar_types.uri_fragment(text) SECURITY DEFINER;
        CREATE OR REPLACE AGGREGATE msar.peak_month(date)
          (SFUNC = msar.add_month_to_vector, STYPE = point, FINALFUNC = msar.point_to_month, INITCOND = '(1,0)');
        DROP FUNCTION msar.drop_table(oid, boolean, boolean);
        CREATE FUNCTION msar.more(integer, VARIADIC text[]) RETURNS integer LANGUAGE sql AS 'SELECT 1'`),
    ).toEqual([
      { object: 'aggregate msar.peak_month(date)', change: 'changed' },
      { object: 'function mathesar_types.uri_fragment(text)', change: 'changed' },
      { object: 'function mathesar_types.uri_parts(text)', change: 'changed' },
      { object: 'function mathesar_types.uri_query(text)', change: 'dropped' },
      { object: 'function msar.drop_table(oid,boolean,boolean)', change: 'dropped' },
      { object: 'function msar.more(integer,text[])', change: 'added' },
    ])
  })

  it('names types that were changed, and everything else that was added', async () => {
    expect(
      await driftAfter(`
        ALTER DOMAIN mathesar_types.email DROP CONSTRAINT email_check;
        ALTER TYPE mathesar_types.multicurrency_money ADD ATTRIBUTE note text;
        DROP TYPE __msar.not_null_def CASCADE;
        ALTER TABLE mathesar_types.top_level_domains ADD COLUMN note text;
        CREATE TABLE msar."Notes" (id serial PRIMARY KEY);
        CREATE VIEW __msar.v AS SELECT 1 AS one`),
    ).toEqual([
      { object: 'domain mathesar_types.email', change: 'changed' },
      { object: 'function __msar.set_not_nulls(text,__msar.not_null_def[])', change: 'dropped' },
      { object: 'table mathesar_types.top_level_domains', change: 'changed' },
      { object: 'table msar."Notes"', change: 'added' },
      { object: 'type __msar.not_null_def', change: 'dropped' },
      { object: 'type mathesar_types.multicurrency_money', change: 'changed' },
      { object: 'view __msar.v', change: 'added' },
    ])
  })

  it('reports a change to the domain whose comment contains the manifest', async () => {
    const replaced = `ALTER DOMAIN mathesar_types.uri DROP CONSTRAINT uri_check;
      ALTER DOMAIN mathesar_types.uri ADD CONSTRAINT uri_check CHECK (VALUE LIKE '%:%')`
    expect(await driftAfter(replaced)).toEqual([{ object: 'domain mathesar_types.uri', change: 'changed' }])
    expect(await driftAfter('DROP DOMAIN mathesar_types.uri CASCADE')).toContainEqual({
      object: 'domain mathesar_types.uri',
      change: 'dropped',
    })
  })

  it('counts no owner, privilege, comment or row of a table as drift', async () => {
    const settings = await installedDatabase()
    const other = await createRole()
    await sql(
      settings.database,
      `ALTER FUNCTION mathesar_types.uri_parts(text) OWNER TO ${other.user};
       REVOKE ALL ON FUNCTION mathesar_types.uri_path(text) FROM PUBLIC;
       DELETE FROM mathesar_types.top_level_domains WHERE tld = 'org';
       COMMENT ON TYPE mathesar_types.email IS 'addresses'`,
    )
    expect((await withSession(settings, schemaStatus)).drift).toEqual([])
  })

  it('the status of the schemas is clean again after an install over the drift, but for what users added', async () => {
    const settings = await installedDatabase()
    await as(
      settings,
      'DROP TYPE __msar.not_null_def CASCADE; DROP FUNCTION mathesar_types.uri_query(text); CREATE TABLE msar.mine ()',
    )
    await install(settings)
    expect((await withSession(settings, schemaStatus)).drift).toEqual([
      { object: 'table msar.mine', change: 'added' },
    ])
  })
})
