import { describe, expect, it } from 'vitest'
import { type DatabaseUpgrade, upgradeDatabases } from '../../src/databases/upgrade/index.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { bundledSource, releaseSource } from '../../src/schema/sources/index.ts'
import type { SchemaSource } from '../../src/schema/sources/types.ts'
import { ownedDatabase, sharedCluster, sql } from '../support/database.ts'
import { type LiveStore, liveStore, openLiveStore } from '../support/live-store.ts'
import { createReleaseState, installRelease } from '../support/release-states.ts'
import { releaseFiles } from '../support/release-tree.ts'

const source = releaseSource(releaseFiles('0.11.0'))

/** Stores a database, whose Mathesar has recorded a version of its SQL. */
async function register(
  { store }: LiveStore,
  name: string,
  settings: ConnectionSettings,
  sqlVersion = '0.0.0',
): Promise<void> {
  const access = { users: ['admin'], sqlVersion }
  const stored = { ...settings, sslmode: 'prefer' as const }
  await store.register(
    name,
    stored,
    store.capabilities.hasUsers ? { access, schema: null } : { schema: null },
  )
}

async function upgradeOne(
  { store }: LiveStore,
  name: string,
  wanted: SchemaSource = source,
): Promise<DatabaseUpgrade> {
  const { databases } = await upgradeDatabases(store, { names: [name], source: wanted })
  const [row] = databases
  if (row === undefined) throw new Error('no row')
  return row
}

/** The lines of a hint that are to be copied. */
function linesToRun(hint: string): string[] {
  return hint.split('\n').flatMap((line) => (line.startsWith('  ') ? [line.trim()] : []))
}

describe('the hint of an upgrade', () => {
  it('moves what a user has put into the schemas, and loses nothing of it', async () => {
    const live = await liveStore()
    const settings = await ownedDatabase()
    await installRelease(settings, '0.9.0')
    await sql(
      settings.database,
      `CREATE TABLE msar.my_notes (id serial, note text);
       INSERT INTO msar.my_notes (note) VALUES ('kept');
       CREATE INDEX ON msar.my_notes (note);
       CREATE TABLE msar."Old Notes" (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
       CREATE VIEW msar.my_view AS SELECT note FROM msar.my_notes;
       CREATE MATERIALIZED VIEW msar.my_copy AS SELECT note FROM msar.my_notes;`,
      [],
      settings,
    )
    await register(live, 'my library', settings)
    const refused = await upgradeOne(live, 'my library')
    expect(refused.error).toMatchObject({ code: 'DEPENDENTS_EXIST' })
    const lines = linesToRun(refused.error?.hint ?? '')
    expect(lines).toContain('ALTER TABLE msar.my_notes SET SCHEMA public;')
    expect(lines).toContain('ALTER TABLE msar."Old Notes" SET SCHEMA public;')
    expect(lines.at(-1)).toBe("mathesarctl schema dependents 'my library'")
    expect(refused.error?.hint).not.toMatch(/\bdrop\b/i)
    await sql(settings.database, lines.slice(0, -1).join('\n'), [], settings)
    expect(await upgradeOne(live, 'my library')).toMatchObject({ ok: true, action: 'upgrade' })
    expect(await sql(settings.database, 'SELECT note FROM public.my_notes')).toEqual([{ note: 'kept' }])
  })

  it('drops and creates again a view that uses what the SQL replaces', async () => {
    const live = await liveStore()
    const settings = await ownedDatabase()
    await installRelease(settings, '0.9.0')
    const view = 'CREATE VIEW public.domains AS SELECT tld FROM msar.top_level_domains'
    await sql(settings.database, view, [], settings)
    await register(live, 'library', settings)
    const { error } = await upgradeOne(live, 'library')
    expect(error?.hint).toContain('Drop what is in the way, and create it again after the upgrade')
    expect(error?.hint).toContain('\n  mathesarctl schema dependents library')
  })

  it('keeps the values of a column of a type that the SQL replaces', async () => {
    const live = await liveStore()
    const settings = await ownedDatabase()
    await installRelease(settings, '0.8.0')
    await sql(settings.database, 'CREATE TABLE public.t (kind msar.pkey_kind)', [], settings)
    await register(live, 'library', settings)
    const { error } = await upgradeOne(live, 'library')
    expect(error).toMatchObject({ code: 'DEPENDENTS_EXIST' })
    expect(error?.hint).not.toMatch(/\bdrop\b/i)
  })

  it('passes on what the server lists where this program knows no dependent', async () => {
    const live = await liveStore()
    const settings = await ownedDatabase()
    await installRelease(settings, '0.9.0')
    await sql(settings.database, 'CREATE TYPE msar.left_behind AS (n integer)', [], settings)
    await register(live, 'library', settings)
    const { error } = await upgradeOne(live, 'library')
    expect(error).toMatchObject({ code: 'DEPENDENTS_EXIST' })
    expect(error?.hint).toContain('type msar.left_behind depends on schema msar')
    await sql(settings.database, 'DROP TYPE msar.left_behind', [], settings)
    expect(await upgradeOne(live, 'library')).toMatchObject({ ok: true })
  })
})

describe('an upgrade with a wrong secret key', () => {
  it.each([
    ['is refused too', 'wrong'],
    ['has no password', null],
  ])('states the key first where the lent login %s', async (_what, password) => {
    const live = await liveStore()
    await register(live, 'library', await ownedDatabase())
    const store = await openLiveStore({ ...live.internal, secretKey: 'another' })
    const admin = { user: sharedCluster().superuser, passwordFor: () => ({ password, source: null }) }
    const { databases } = await upgradeDatabases(store, { names: 'all', source, admin })
    expect(databases[0]?.error).toMatchObject({
      code: 'SECRET_KEY_MISMATCH',
      message: 'The secret key does not open the stored credentials: they were encrypted with another one.',
      hint: expect.stringMatching(
        /^Pass the SECRET_KEY .*--secret-key-file.*can't act in place of the stored role/s,
      ),
    })
  })
})

describe('an upgrade of the databases of a Mathesar 0.1.x', () => {
  it('refuses the schemas of a later release, and states what that means', async () => {
    const live = await liveStore({ step: 'legacy-identity' })
    const own = await ownedDatabase()
    await installRelease(own, '0.11.0')
    const ours = await ownedDatabase()
    await register(live, ours.database, ours)
    await register(live, own.database, own)
    const modern = await liveStore()
    await register(modern, 'library', ours)
    expect(await upgradeOne(modern, 'library')).toMatchObject({ ok: true })
    for (const { database } of [own, ours]) {
      const { error, action } = await upgradeOne(live, database, bundledSource())
      expect(action).toBe('blocked')
      expect(error).toMatchObject({
        code: 'SCHEMA_CONFLICT',
        message: expect.stringMatching(
          /later Mathesar uses .* Mathesar (?:0\.9\.0 to )?0\.11\.0\. This Mathesar 0\.1\.x can no longer/,
        ),
      })
      expect(error?.hint).not.toContain('--existing-schema')
      expect(error?.hint).toContain(`mathesarctl db remove ${database}`)
    }
  })

  it('names a command that has the flag where only a choice helps', async () => {
    const live = await liveStore({ step: 'legacy-identity' })
    const settings = await ownedDatabase()
    await createReleaseState(settings, 'msar gone')
    await register(live, settings.database, settings)
    const { error } = await upgradeOne(live, settings.database, bundledSource())
    expect(error).toMatchObject({ code: 'SCHEMA_CONFLICT' })
    expect(linesToRun(error?.hint ?? '')).toContain(
      `mathesarctl schema install ${settings.database} --existing-schema replace`,
    )
  })
})
