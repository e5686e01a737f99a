import { describe, expect, it } from 'vitest'
import { testDatabases } from '../../src/databases/test.ts'
import { upgradeDatabases } from '../../src/databases/upgrade/index.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { readAbilities } from '../../src/schema/inspect/abilities.ts'
import { ownerOfSchema, readFutureOwner } from '../../src/schema/inspect/owner.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { refuseInTheWay } from '../../src/schema/install/foresee.ts'
import { surveyRemoval } from '../../src/schema/removal/survey.ts'
import { bundledSource, releaseSource } from '../../src/schema/sources/index.ts'
import type { SchemaState } from '../../src/schema/types.ts'
import { ownedDatabaseIn } from '../schema/encodings.ts'
import { installedDatabase, withSession } from '../schema/support.ts'
import { freshPath, open } from '../store/support.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { recordVersion } from '../support/earlier-install.ts'
import { releaseFiles } from '../support/release-tree.ts'

const source = bundledSource()
const release = releaseSource(releaseFiles('0.11.0', { size: 'small' }))

/** Returns a database whose schemas the server refuses to read, for a reason of this SQLSTATE. */
async function unreadable(sqlstate: '42501' | '22P05' | '57014'): Promise<ConnectionSettings> {
  if (sqlstate === '22P05') {
    const settings = await ownedDatabaseIn('WIN1251')
    // This byte is no character of that encoding.
    const script = String.raw`CREATE SCHEMA mathesar_types; COMMENT ON SCHEMA mathesar_types IS E'a\x98b'`
    await sql(settings.database, script, [], settings)
    return settings
  }
  const settings = await installedDatabase()
  const { database } = settings
  await sql(
    database,
    sqlstate === '42501'
      ? 'REVOKE SELECT ON pg_catalog.pg_auth_members FROM PUBLIC'
      : `ALTER DATABASE ${database} SET statement_timeout = '1ms'`,
  )
  return settings
}

const EMPTY: SchemaState = {
  kind: 'absent',
  record: null,
  schemas: [],
  staleRecord: null,
  hstoreCasts: [],
  otherOwned: [],
}

const CODES = {
  denied: 'INSUFFICIENT_PRIVILEGE',
  undecodable: 'SCHEMA_CONFLICT',
  canceled: 'CONNECTION_FAILED',
} as const

describe('a database that the server refuses to read', () => {
  it('fails in its row of an upgrade and of a test, and the others are done', async () => {
    const earlier = await installedDatabase()
    await recordVersion(earlier.database, '0.0.0')
    const store = await open(freshPath())
    const databases = {
      denied: await unreadable('42501'),
      undecodable: await unreadable('22P05'),
      canceled: await unreadable('57014'),
      earlier,
    }
    for (const [name, settings] of Object.entries(databases))
      await store.register(name, settings, { schema: { source: 'bundled', version: '0.0.0' } })
    const upgrade = await upgradeDatabases(store, { names: 'all', source })
    const rows = upgrade.databases.map(({ name, action, error }) => [name, error?.code ?? action])
    expect(Object.fromEntries(rows)).toEqual({ ...CODES, earlier: 'upgrade' })
    expect(upgrade).toMatchObject({ upgraded: 1, failed: 3 })
    const tests = await testDatabases(store, 'all')
    const tested = tests.map(({ name, ok, error }) => [name, error?.code ?? ok])
    expect(Object.fromEntries(tested)).toEqual({ ...CODES, earlier: true })
  })

  it.each([
    ['the state of the schemas', readSchemaState],
    ['the abilities of the role', readAbilities],
    ['the owner of a schema', (session) => ownerOfSchema(session, 'msar')],
    ['the future owner', (session) => readFutureOwner(session, EMPTY, 'nobody')],
    ['what is in the way of a release', (session) => refuseInTheWay(session, release)],
    ['what a removal meets', surveyRemoval],
  ] satisfies [string, (session: Parameters<typeof readSchemaState>[0]) => Promise<unknown>][])(
    'is an error for the operator where a command reads %s',
    async (_what, read) => {
      const settings = await ownedDatabase()
      for (const relation of ['pg_namespace', 'pg_auth_members', 'pg_roles'])
        await sql(settings.database, `REVOKE SELECT ON pg_catalog.${relation} FROM PUBLIC`)
      await withSession(settings, async (session) => {
        await expect(read(session)).rejects.toMatchObject({ code: 'INSUFFICIENT_PRIVILEGE' })
      })
    },
  )
})
