import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { SAFE_SETTINGS } from '../../src/schema/inspect/catalog.ts'
import { readStateAgain, readStateOf, type StateReading } from '../../src/schema/inspect/state.ts'
import { createRole, ownedDatabase, sql } from '../support/database.ts'
import { type RunningCluster, startCluster } from '../support/postgres.ts'
import { installedDatabase, withSession } from './support.ts'

// In the server that all tests share, others create roles meanwhile.
let cluster: RunningCluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster.stop())

const as = (settings: ConnectionSettings, text: string) => sql(settings.database, text, [], settings, cluster)

const again = (settings: ConnectionSettings, earlier: StateReading) =>
  withSession(settings, (session) => readStateAgain(session, earlier, SAFE_SETTINGS))

describe('reading the state once more', () => {
  it.each([
    ['a function was created', `CREATE FUNCTION msar.late() RETURNS integer LANGUAGE sql AS 'SELECT 1'`],
    [
      'a function was replaced',
      `CREATE OR REPLACE FUNCTION mathesar_types.uri_scheme(text) RETURNS text
      LANGUAGE sql IMMUTABLE AS 'SELECT $1'`,
    ],
    ['a function was dropped', 'DROP FUNCTION mathesar_types.uri_query(text)'],
    ['a table was created', 'CREATE TABLE msar.late (id integer)'],
    ['a type was created', 'CREATE TYPE mathesar_types.late AS (id integer)'],
    ['a type was dropped', 'DROP DOMAIN mathesar_types.email CASCADE'],
    ['the record was removed', 'COMMENT ON SCHEMA msar IS NULL; COMMENT ON SCHEMA mathesar_types IS NULL'],
    ['the manifest was removed', 'COMMENT ON CONSTRAINT uri_check ON DOMAIN mathesar_types.uri IS NULL'],
    ['a schema was dropped', 'DROP SCHEMA msar CASCADE'],
  ])('sees that %s', async (_, change) => {
    const settings = await installedDatabase(cluster)
    const earlier = await withSession(settings, readStateOf)
    await as(settings, change)
    const now = await again(settings, earlier)
    expect(now).not.toBe(earlier)
    expect(now).toEqual(await withSession(settings, readStateOf))
  })

  it('sees that the schemas were installed', async () => {
    const settings = await ownedDatabase({}, cluster)
    const earlier = await withSession(settings, readStateOf)
    expect(earlier.state.kind).toBe('absent')
    await as(settings, 'CREATE SCHEMA msar; CREATE TABLE msar.late (id integer)')
    expect((await again(settings, earlier)).state.kind).not.toBe('absent')
  })

  it('sees another owner, another role of the session, and what that role may do', async () => {
    const settings = await installedDatabase(cluster)
    const other = await createRole({}, cluster)
    const earlier = await withSession(settings, readStateOf)
    const asOther = await again({ ...settings, ...other }, earlier)
    expect(asOther.facts.role).toBe(other.user)
    await sql('postgres', `GRANT "${settings.user}" TO "${other.user}"`, [], null, cluster)
    expect(await again(settings, earlier)).not.toBe(earlier)
    const granted = await withSession(settings, readStateOf)
    const change = `ALTER FUNCTION mathesar_types.uri_scheme(text) OWNER TO "${other.user}"`
    await sql(settings.database, change, [], null, cluster)
    expect((await again(settings, granted)).state.otherOwned).not.toEqual([])
  })

  it('returns the earlier reading where nothing has changed', async () => {
    const settings = await installedDatabase(cluster)
    const earlier = await withSession(settings, readStateOf)
    await as(settings, 'CREATE TABLE public.mine (id integer)')
    expect(await again(settings, earlier)).toBe(earlier)
  })
})
