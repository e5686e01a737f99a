/** Removals of the schemas of a release, with the remover of a release at hand and without one. */
import { describe, expect, it } from 'vitest'
import { schemaStatusOf } from '../../src/databases/schema.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { listDependents } from '../../src/schema/dependents/dependents.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { installSchema } from '../../src/schema/install/install.ts'
import { rehearseRemoval, removeSchema } from '../../src/schema/removal/remove.ts'
import { releaseSource } from '../../src/schema/sources/index.ts'
import { cutSql } from '../../src/schema/sources/pieces.ts'
import type { Removal, RemoveOptions, VersionedRemover } from '../../src/schema/types.ts'
import { createRole, ownedDatabase, sql, superuserSettings } from '../support/database.ts'
import {
  createReleaseState,
  installRelease,
  RELEASE_STATES,
  removeRelease,
} from '../support/release-states.ts'
import { releaseFiles } from '../support/release-tree.ts'
import { as, installedDatabase, installOptions, schemaOwners, withSession } from './support.ts'

const SMALL = { size: 'small' } as const
const release = (version: string) => releaseSource(releaseFiles(version, SMALL))

function removerOf(version: string): VersionedRemover {
  const source = release(version)
  if (source.remover === null) throw new Error('the release has no remover')
  return { ...source.remover, version: source.version }
}

function remove(settings: ConnectionSettings, options: Partial<RemoveOptions> = {}): Promise<Removal> {
  return withSession(settings, (session) => removeSchema(session, { lockTimeoutMs: 5_000, ...options }))
}

/** Returns a new database with a release that this program installed. */
async function released(version = '0.11.0'): Promise<ConnectionSettings> {
  const settings = await ownedDatabase()
  await withSession(settings, async (session) =>
    installSchema(session, release(version), await readSchemaState(session), installOptions()),
  )
  return settings
}

/** Returns every comment that this program could have written. */
async function records(settings: ConnectionSettings): Promise<string[]> {
  const rows = await as<{ place: string }>(
    settings,
    `SELECT o.identity AS place FROM pg_description d
     CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) o
     WHERE d.description ~ '^[{]|mathesarctl'`,
  )
  return rows.map(({ place }) => place)
}

const REMOVERS: [string, VersionedRemover | null][] = [
  ['with the remover of the release', removerOf('0.11.0')],
  ['without a remover', null],
]

/** Columns, a view and an index of a user on types and functions of a release. */
const BUILT_ON_IT = `
  CREATE TABLE public.person (
    id integer PRIMARY KEY,
    mail mathesar_types.email UNIQUE,
    site mathesar_types.uri DEFAULT 'https://example.org',
    worth mathesar_types.mathesar_money,
    label text DEFAULT msar.normalize_label('X')
  );
  INSERT INTO public.person (id, mail, worth) VALUES (1, 'ann@example.net', 7.50);
  CREATE VIEW public.sites AS SELECT id, site FROM public.person`

describe.each(REMOVERS)('a removal of a release %s', (_, remover) => {
  it.each(RELEASE_STATES)(
    'leaves nothing of the state "%s" once no column and no view uses it',
    async (state) => {
      const settings = await ownedDatabase()
      await createReleaseState(settings, state, '0.11.0', SMALL)
      await as(settings, 'DROP TABLE IF EXISTS public.site, public.person, public.label CASCADE')
      await remove(settings, { remover })
      expect(await schemaOwners(settings.database)).toEqual({})
      expect(await records(settings)).toEqual([])
    },
  )

  it('leaves nothing of an install, whatever the remover leaves, and the session as it was', async () => {
    const settings = await released()
    const removed = await withSession(settings, async (session) => {
      const removal = await removeSchema(session, { lockTimeoutMs: 5_000, remover })
      expect(await session.run('SHOW client_min_messages')).toEqual([{ client_min_messages: 'notice' }])
      return removal
    })
    expect(removed.dropped).toEqual(['schema msar', 'schema __msar', 'schema mathesar_types'])
    expect(await schemaOwners(settings.database)).toEqual({})
    expect(await records(settings)).toEqual([])
  })

  it('keeps the types with their columns where the operator wants that, and no record of the install', async () => {
    const settings = await released()
    await as(
      settings,
      `CREATE TABLE public.t (mail mathesar_types.email); INSERT INTO public.t VALUES ('ann@example.net')`,
    )
    await remove(settings, { remover, keepTypes: true })
    expect(Object.keys(await schemaOwners(settings.database))).toEqual(['mathesar_types'])
    expect(await records(settings)).toEqual([])
    expect(await as(settings, 'SELECT mail FROM public.t')).toEqual([{ mail: 'ann@example.net' }])
    expect(await schemaStatusOf(settings)).toMatchObject({ remains: 'types', staleRecord: null })
  })

  it('clears a record of bundled schemas that Mathesar upgraded, where the types stay', async () => {
    const settings = await installedDatabase()
    await as(settings, `CREATE VIEW public.v AS SELECT mathesar_types.uri_scheme('https://a.b') AS scheme`)
    await installRelease(settings, '0.11.0', SMALL)
    expect(await records(settings)).toHaveLength(3)
    await as(settings, 'DROP VIEW public.v')
    await remove(settings, { remover, keepTypes: true })
    expect(await records(settings)).toEqual([])
  })

  it('is refused because of what a user built on it, lists that, and changes nothing', async () => {
    const settings = await released()
    await as(settings, `${BUILT_ON_IT}; CREATE TABLE msar.notes (n integer)`)
    const dependents = await withSession(settings, (session) => listDependents(session))
    expect(dependents.map(({ kind, relation, column }) => [kind, relation, column])).toEqual(
      expect.arrayContaining([
        ['own object', 'notes', null],
        ['column', 'person', 'mail'],
        ['column', 'person', 'site'],
        ['column', 'person', 'worth'],
        ['default', 'person', 'label'],
        ['view', 'sites', null],
      ]),
    )
    await expect(remove(settings, { remover })).rejects.toMatchObject({ code: 'DEPENDENTS_EXIST' })
    expect(await schemaStatusOf(settings)).toMatchObject({
      installed: true,
      drift: [{ object: 'table msar.notes', change: 'added' }],
    })
  })

  it('converts the columns of its types and keeps every value', async () => {
    const settings = await released()
    await as(settings, BUILT_ON_IT.replace(/,\s*label text DEFAULT msar[^\n]*/, ''))
    const before = await as(settings, 'SELECT id, mail::text, site::text, worth::numeric FROM public.person')
    const { converted } = await remove(settings, { remover, strategy: 'convert' })
    expect(converted.map(({ column }) => column).sort()).toEqual(['mail', 'site', 'worth'])
    expect(await as(settings, 'SELECT * FROM public.person')).toEqual(before)
    expect(await as(settings, 'SELECT site FROM public.sites')).toEqual([{ site: 'https://example.org' }])
    expect(await schemaOwners(settings.database)).toEqual({})
  })

  it('drops what is built on it, and a table of a user inside, where the operator chose to cascade', async () => {
    const settings = await released()
    await as(settings, `${BUILT_ON_IT}; CREATE TABLE msar.notes (n integer)`)
    await remove(settings, { remover, strategy: 'cascade' })
    expect(await schemaOwners(settings.database)).toEqual({})
    expect(await as(settings, 'SELECT * FROM public.person')).toEqual([{ id: 1, label: 'x' }])
  })

  it('can be rehearsed, and leaves everything then', async () => {
    const settings = await released()
    await as(settings, 'CREATE TABLE public.t (mail mathesar_types.email)')
    await withSession(settings, (session) =>
      rehearseRemoval(session, { lockTimeoutMs: 5_000, remover, strategy: 'convert' }),
    )
    expect(await schemaStatusOf(settings)).toMatchObject({ installed: true, drift: [] })
  })

  it('is possible for a superuser and for the owner without CREATE on the database', async () => {
    for (const login of ['superuser', 'owner'] as const) {
      const database = await ownedDatabase()
      const role = await createRole()
      const settings = { ...database, ...role }
      await sql(database.database, `GRANT CREATE ON DATABASE ${database.database} TO ${role.user}`)
      await installRelease(settings, '0.11.0', SMALL)
      if (login === 'owner')
        await sql(database.database, `REVOKE CREATE ON DATABASE ${database.database} FROM ${role.user}`)
      await remove(login === 'superuser' ? superuserSettings(database.database) : settings, { remover })
      expect(await schemaOwners(database.database)).toEqual({})
    }
  })
})

describe('the remover of a release', () => {
  it('removes what earlier releases installed', async () => {
    for (const version of ['0.2.0', '0.7.1', '0.9.0']) {
      const settings = await released(version)
      await remove(settings, { remover: removerOf('0.11.0') })
      expect(await schemaOwners(settings.database)).toEqual({})
    }
  })

  const noticed = (version: string): VersionedRemover => ({
    ...removerOf(version),
    parts: [...removerOf(version).parts, { name: 'mark', ...cutSql('CREATE TABLE public.ran ()') }],
  })
  const hasRun = async (settings: ConnectionSettings) =>
    (await as<{ ran: boolean }>(settings, `SELECT to_regclass('public.ran') IS NOT NULL AS ran`))[0]?.ran

  it('runs for the same release and for earlier ones', async () => {
    for (const settings of [await released(), await released('0.8.0'), await installedDatabase()]) {
      await remove(settings, { remover: noticed('0.11.0') })
      expect(await hasRun(settings)).toBe(true)
    }
  })

  it('does not run where the schemas are those of a later release, which are dropped all the same', async () => {
    for (const settings of [await released(), await ownedDatabase()]) {
      if ((await schemaStatusOf(settings)).state === 'absent')
        await installRelease(settings, '0.11.0', { size: 'real' })
      await remove(settings, { remover: noticed('0.8.0') })
      expect(await hasRun(settings)).toBe(false)
      expect(await schemaOwners(settings.database)).toEqual({})
    }
  })

  it('takes the place of nothing that the removal can do without it', async () => {
    const obstacles = [
      // A default makes the call ambiguous.
      `CREATE FUNCTION msar.drop_all_msar_objects(text[], boolean, boolean, x integer DEFAULT 1)
       RETURNS void LANGUAGE sql AS ''`,
      'CREATE VIEW msar.all_mathesar_objects AS SELECT 1 AS n',
      `CREATE FUNCTION msar.drop_all_msar_objects(text[], boolean, boolean)
       RETURNS text LANGUAGE sql AS 'SELECT NULL::text'`,
    ]
    for (const obstacle of obstacles) {
      const settings = await released()
      await as(settings, obstacle)
      const notices: string[] = []
      await remove(settings, {
        remover: noticed('0.11.0'),
        strategy: 'cascade',
        onNotice: (message) => notices.push(message),
      })
      expect(await schemaOwners(settings.database), obstacle).toEqual({})
      expect(await hasRun(settings), obstacle).toBe(false)
      expect(notices).toContainEqual(expect.stringContaining('INFO: the remover of the release failed'))
    }
  })

  it('leaves it to the removal to drop a remover of another owner', async () => {
    const settings = await ownedDatabase()
    await createReleaseState(settings, 'user object on an msar function', '0.8.0', SMALL)
    await installRelease(superuserSettings(settings.database), '0.11.0', SMALL)
    await as(settings, 'DROP VIEW public.labels')
    const tables = await as<{ name: string }>(
      settings,
      `SELECT c.oid::regclass::text AS name FROM pg_class c
       WHERE c.relnamespace = 'msar'::regnamespace AND c.relkind = 'r'
         AND c.relowner::regrole <> current_user::regrole`,
    )
    for (const { name } of tables)
      await sql(settings.database, `ALTER TABLE ${name} OWNER TO ${settings.user}`)
    await remove(settings, { remover: removerOf('0.11.0') })
    expect(await schemaOwners(settings.database)).toEqual({})
  })

  it('ends the removal where a lock times out in it', async () => {
    const settings = await released()
    await withSession(settings, async (session) => {
      await session.run('BEGIN; LOCK TABLE msar.top_level_domains IN ACCESS SHARE MODE;')
      await expect(
        remove(settings, { remover: removerOf('0.11.0'), lockTimeoutMs: 300 }),
      ).rejects.toMatchObject({
        code: 'LOCKED',
      })
      await session.run('COMMIT;')
    })
    await remove(settings, { remover: removerOf('0.11.0') })
    expect(await schemaOwners(settings.database)).toEqual({})
  })

  it('leaves remains of a removal that was not strict to be dropped', async () => {
    const settings = await released()
    await as(settings, `CREATE VIEW public.v AS SELECT msar.normalize_label('A') AS label`)
    await removeRelease(settings, '0.11.0', { isStrict: false }, SMALL)
    await as(settings, 'DROP VIEW public.v')
    await remove(settings, { remover: removerOf('0.11.0') })
    expect(await schemaOwners(settings.database)).toEqual({})
  })
})
