/** Installs of a release's own SQL: over everything that a database may have, and who owns the result. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chooseAction } from '../../src/databases/choose-action.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { parseRecord } from '../../src/schema/inspect/record.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { schemaStatus } from '../../src/schema/inspect/status.ts'
import { installSchema } from '../../src/schema/install/install.ts'
import { removeSchema } from '../../src/schema/removal/remove.ts'
import { bundledSource, releaseSource } from '../../src/schema/sources/index.ts'
import type { SchemaSource } from '../../src/schema/sources/types.ts'
import type { InstallOptions, SchemaRecord } from '../../src/schema/types.ts'
import { createRole, ownedDatabase, sql, superuserSettings } from '../support/database.ts'
import {
  createReleaseState,
  installRelease,
  RELEASE_STATES,
  removeRelease,
} from '../support/release-states.ts'
import { releaseFiles } from '../support/release-tree.ts'
import { ownedDatabaseIn } from './encodings.ts'
import {
  as,
  install as installBundled,
  installedDatabase,
  installOptions,
  schemaOwners,
  withSession,
} from './support.ts'

const SMALL = { size: 'small' } as const
const release = (version: string) => releaseSource(releaseFiles(version, SMALL))
const current = release('0.11.0')

function install(
  settings: ConnectionSettings,
  source: SchemaSource = current,
  options: Partial<InstallOptions> = {},
): Promise<SchemaRecord> {
  return withSession(settings, async (session) =>
    installSchema(session, source, await readSchemaState(session), installOptions(options)),
  )
}

const stateOf = (settings: ConnectionSettings) => withSession(settings, readSchemaState)
const statusOf = (settings: ConnectionSettings) => withSession(settings, schemaStatus)

const SCHEMAS = `('msar', '__msar', 'mathesar_types', 'mathesar_inference_schema', 'msar_views')`
const INSIDE = `IN (SELECT oid FROM pg_namespace WHERE nspname IN ${SCHEMAS})`

/** Returns the release with more SQL at the end of the file of this number. */
function withAddition(number: string, script: string): SchemaSource {
  const { version, files } = releaseFiles('0.11.0', SMALL)
  return releaseSource({
    version,
    files: files.map((file) =>
      file.name.startsWith(number) ? { ...file, sql: `${file.sql}\n${script}` } : file,
    ),
  })
}

/** Returns a script that drops so many functions of `msar`, but for those that show which release it is. */
function dropFunctions(count: number): string {
  return `DO $$ BEGIN EXECUTE (SELECT 'DROP ROUTINE ' || string_agg(f.name, ', ') || ' CASCADE' FROM (
    SELECT p.oid::regprocedure::text AS name FROM pg_proc p
    WHERE p.pronamespace = 'msar'::regnamespace AND p.proname NOT IN ('add_column', 'normalize_label')
    ORDER BY 1 LIMIT ${count}) f); END $$`
}

/** Returns every object in the schemas with its definition, owner and privileges, and the schemas. */
async function contents(settings: ConnectionSettings): Promise<Record<string, string>> {
  const rows = await as<{ object: string; facts: string }>(
    settings,
    `SELECT p.oid::regprocedure::text AS object, concat_ws('|', r.rolname = current_user, p.proacl::text,
        p.prosrc, p.provolatile, p.proisstrict, p.prosecdef, p.proconfig::text,
        pg_get_function_result(p.oid)) AS facts
     FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
     WHERE p.pronamespace ${INSIDE}
     UNION ALL
     SELECT 'relation ' || c.oid::regclass,
       concat_ws('|', r.rolname = current_user, c.relacl::text, c.relkind)
     FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
     WHERE c.relnamespace ${INSIDE}
     UNION ALL
     SELECT 'type ' || t.oid::regtype, concat_ws('|', r.rolname = current_user, t.typacl::text, t.typtype,
       (SELECT string_agg(pg_get_constraintdef(k.oid), ' ') FROM pg_constraint k WHERE k.contypid = t.oid))
     FROM pg_type t JOIN pg_roles r ON r.oid = t.typowner
     WHERE t.typnamespace ${INSIDE}
     UNION ALL
     SELECT 'schema ' || n.nspname, concat_ws('|', r.rolname = current_user, n.nspacl::text)
     FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
     WHERE n.nspname IN ${SCHEMAS}`,
  )
  const owner = new RegExp(settings.user, 'g')
  // The checks of types that were there before stay, but for that of uri.
  const facts = rows.filter(({ object }) => object !== 'type mathesar_types.email')
  return Object.fromEntries(facts.map((row) => [row.object, row.facts.replace(owner, 'OWNER')]))
}

/** Returns the comments of all schemas, and of everything inside that bears one. */
async function comments(settings: ConnectionSettings): Promise<string[]> {
  const rows = await as<{ place: string }>(
    settings,
    `SELECT o.type || ' ' || o.identity AS place FROM pg_description d
     CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) o
     WHERE d.objoid >= 16384 AND o.identity ~ 'msar|mathesar_types' ORDER BY 1`,
  )
  return rows.map(({ place }) => place)
}

let fresh: Promise<Record<string, string>> | undefined
/** Returns what the SQL of the release leaves in an empty database without this program. */
function freshContents(): Promise<Record<string, string>> {
  fresh ??= (async () => {
    const settings = await ownedDatabase()
    await installRelease(settings, '0.11.0', SMALL)
    return contents(settings)
  })()
  return fresh
}

describe('an install of a release', () => {
  it('leaves what the SQL of the release leaves by itself, and a comment on msar and on its table', async () => {
    const settings = await ownedDatabase()
    const record = await install(settings)
    expect(record).toMatchObject({ source: 'release', version: '0.11.0', checksum: current.checksum })
    expect(await contents(settings)).toEqual(await freshContents())
    expect(await comments(settings)).toEqual(['schema msar', 'table msar.top_level_domains'])
    const [row] = await as<{ comment: string }>(
      settings,
      `SELECT obj_description('msar'::regnamespace, 'pg_namespace') AS comment`,
    )
    expect(parseRecord(row?.comment ?? null)).toEqual(record)
    expect(await stateOf(settings)).toMatchObject({ kind: 'ours', isComplete: true, record })
    expect(await statusOf(settings)).toMatchObject({
      installed: true,
      source: 'release',
      version: '0.11.0',
      objects: record.objects,
      drift: [],
    })
  })

  it('is the same with all bytes of a release', async () => {
    const settings = await ownedDatabase()
    const other = await ownedDatabase()
    await install(settings, releaseSource(releaseFiles('0.11.0')))
    await installRelease(other, '0.11.0')
    expect(await contents(settings)).toEqual(await contents(other))
  })

  it('leaves the settings of the session as they were, and shows its progress to the end', async () => {
    const settings = await ownedDatabase()
    const done: number[] = []
    await withSession(settings, async (session) => {
      const show = () =>
        session.run(`SELECT name, setting FROM pg_settings WHERE name !~ '^plpgsql' ORDER BY name`)
      const before = await show()
      for (const repeat of [1, 2])
        await installSchema(session, current, await readSchemaState(session), {
          ...installOptions(),
          onProgress: ({ done: count, total }) => done.push((count / total) * repeat),
        })
      expect(await show()).toEqual(before)
    })
    expect(done.slice(-1)).toEqual([2])
    expect(done.filter((count) => count === 1).length).toBeGreaterThan(0)
  })

  it('of the same release is kept, and of a later one upgraded', async () => {
    const settings = await ownedDatabase()
    await install(settings, release('0.9.0'))
    const state = await stateOf(settings)
    expect(chooseAction(state, null, release('0.9.0'), 'd')).toBe('keep')
    expect(chooseAction(state, null, current, 'd')).toBe('upgrade')
    await install(settings)
    expect(await contents(settings)).toEqual(await freshContents())
    expect(await statusOf(settings)).toMatchObject({ version: '0.11.0', drift: [] })
    expect(chooseAction(await stateOf(settings), null, release('0.9.0'), 'd')).toBe('keep')
  })

  it('refuses the SQL of an earlier release than the one that is there, and runs nothing of it', async () => {
    const settings = await ownedDatabase()
    const record = await install(settings)
    for (const replace of [false, true])
      await expect(install(settings, release('0.8.0'), { replace })).rejects.toMatchObject({
        code: 'SCHEMA_CONFLICT',
        message: expect.stringContaining('has the schemas of Mathesar 0.11.0, and the SQL of Mathesar 0.8.0'),
      })
    expect(await stateOf(settings)).toMatchObject({ kind: 'ours', record })
    const other = await ownedDatabase()
    await installRelease(other, '0.11.0')
    const state = await stateOf(other)
    expect(state).toMatchObject({ kind: 'foreign', releases: { oldest: '0.9.0' } })
    expect(chooseAction(state, null, release('0.8.0'), 'd')).toBe('adopt')
    await expect(install(other, release('0.8.0'))).rejects.toMatchObject({ code: 'SCHEMA_CONFLICT' })
    expect(chooseAction(state, 'replace', release('0.8.0'), 'd')).toBe('replace')
    await install(other, releaseSource(releaseFiles('0.8.0')), { replace: true })
    expect(await statusOf(other)).toMatchObject({ version: '0.8.0', drift: [] })
  })

  it('stores what it comments as it is, after a string that ends in a backslash too', async () => {
    const probe = `
      SELECT 'a' LIKE 'b' ESCAPE'\\';
      CREATE FUNCTION msar.probe() RETURNS text LANGUAGE sql AS $$ SELECT 'caf\u00e9' -- caf\u00e9
      $$;
      COMMENT ON FUNCTION msar.probe() IS 'it''s -- caf\u00e9';`
    const settings = await ownedDatabase()
    await install(settings, withAddition('45', probe))
    expect(
      await as(
        settings,
        `SELECT obj_description(oid, 'pg_proc') AS comment, prosrc AS source FROM pg_proc WHERE proname = 'probe'`,
      ),
    ).toEqual([{ comment: "it's -- caf\u00e9", source: " SELECT 'caf\u00e9' -- caf\u00e9\n      " }])
  })

  it('installs into a database of another encoding, and removes itself, whatever its comments hold', async () => {
    const addition = `
      DO LANGUAGE plpgsql $$ BEGIN -- a \u2192 b
        PERFORM 'it''s -- caf\u00e9';
      END $$; -- \u2192
      CREATE FUNCTION msar.probe() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN -- \u2192
        RETURN 'caf\u00e9'; END $f$;`
    for (const encoding of ['LATIN1', 'SQL_ASCII']) {
      const settings = await ownedDatabaseIn(encoding)
      const source = withAddition('45', addition)
      await install(settings, source)
      expect(await as(settings, 'SELECT msar.probe() AS probe')).toEqual([{ probe: 'caf\u00e9' }])
      await as(settings, 'DROP FUNCTION msar.probe()')
      const inRemover = `${addition.replace('msar.probe', 'public.probe')} CREATE TABLE public.ran ();`
      const { remover } = withAddition('02', inRemover)
      await withSession(settings, (session) =>
        removeSchema(session, {
          lockTimeoutMs: 5_000,
          remover: remover && { ...remover, version: source.version },
        }),
      )
      expect(await schemaOwners(settings.database)).toEqual({})
      expect(await as(settings, `SELECT to_regclass('public.ran')::text AS ran`)).toEqual([{ ran: 'ran' }])
    }
  })

  it('refuses to complete a later release of which parts are missing', async () => {
    const broken = [
      ['DROP SCHEMA __msar CASCADE', true],
      [dropFunctions(400), true],
      [dropFunctions(400), false],
      ['DROP SCHEMA msar CASCADE', false],
    ] as const
    for (const [script, isRecorded] of broken) {
      const settings = await ownedDatabase()
      const later = releaseSource(releaseFiles('0.11.0'))
      if (isRecorded) await install(settings, later)
      else await installRelease(settings, '0.11.0')
      await as(settings, script)
      const before = await contents(settings)
      const state = await stateOf(settings)
      expect(isRecorded ? state.kind : 'ours', script).toBe('ours')
      const earlier = release('0.8.0')
      const refusal = expect.objectContaining({
        code: 'SCHEMA_CONFLICT',
        message: expect.stringMatching(
          /has parts of the schemas of Mathesar 0[.](11|9)[.]0( or later| to 0[.]11[.]0)?, /,
        ),
      })
      for (const choice of [null, 'adopt', 'refuse'] as const)
        expect(() => chooseAction(state, choice, earlier, 'd'), script).toThrow(refusal)
      await expect(install(settings, earlier)).rejects.toEqual(refusal)
      expect(await contents(settings)).toEqual(before)
      expect(chooseAction(state, null, later, 'd')).toBe('complete')
      await install(settings, later)
      expect(await statusOf(settings)).toMatchObject({ installed: true, version: '0.11.0', drift: [] })
    }
  })

  it('replaces what is left of a later release where the operator asked for that', async () => {
    const settings = await ownedDatabase()
    await installRelease(settings, '0.11.0')
    await as(settings, 'DROP SCHEMA msar CASCADE')
    const earlier = releaseSource(releaseFiles('0.8.0'))
    expect(chooseAction(await stateOf(settings), 'replace', earlier, 'd')).toBe('replace')
    await install(settings, earlier, { replace: true })
    expect(await statusOf(settings)).toMatchObject({ version: '0.8.0', drift: [] })
  })

  it.each(['0.2.0', '0.2.2', '0.3.0', '0.7.1', '0.8.0', '0.9.0', '0.10.1'])(
    'takes the place of %s, whether Mathesar or this program installed it',
    async (version) => {
      for (const earlier of [
        (settings: ConnectionSettings) => installRelease(settings, version, SMALL),
        (settings: ConnectionSettings) => install(settings, release(version)),
      ]) {
        const settings = await ownedDatabase()
        await earlier(settings)
        expect(chooseAction(await stateOf(settings), null, current, 'd')).toBe('upgrade')
        await install(settings)
        expect(await contents(settings)).toEqual(await freshContents())
        expect(await statusOf(settings)).toMatchObject({ version: '0.11.0', drift: [], staleRecord: null })
      }
    },
  )

  it.each(RELEASE_STATES)('repairs and upgrades the state "%s"', async (state) => {
    const settings = await ownedDatabase()
    await createReleaseState(settings, state, '0.11.0', SMALL)
    expect(chooseAction(await stateOf(settings), null, current, 'd')).toMatch(/^(upgrade|complete)$/)
    const users = `SELECT c.oid::regclass::text AS name,
        query_to_xml('SELECT * FROM ' || c.oid::regclass, true, true, '')::text AS rows
      FROM pg_class c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') ORDER BY 1`
    const before = await as(settings, users)
    await install(settings)
    expect(await as(settings, users)).toEqual(before)
    const now = await contents(settings)
    expect(now).toMatchObject(await freshContents())
    expect(await statusOf(settings)).toMatchObject({ installed: true, version: '0.11.0', drift: [] })
    expect(chooseAction(await stateOf(settings), null, current, 'd')).toBe('keep')
    expect((await comments(settings)).filter((place) => /schema|domain|table/.test(place))).toEqual([
      'schema msar',
      'table msar.top_level_domains',
    ])
    // Only what a user's object holds on to, and with it what removes it, is there besides.
    if (!/user object/.test(state)) expect(now).toEqual(await freshContents())
  })

  it('takes the place of the bundled schemas, keeps columns of their types, and clears their record', async () => {
    const settings = await installedDatabase()
    await as(
      settings,
      `CREATE TABLE public.t (mail mathesar_types.email, site mathesar_types.uri);
       INSERT INTO public.t VALUES ('ann@example.net', 'https://example.org')`,
    )
    expect(chooseAction(await stateOf(settings), null, current, 'd')).toBe('upgrade')
    await install(settings)
    expect(await contents(settings)).toEqual(await freshContents())
    expect(await comments(settings)).toEqual(['schema msar', 'table msar.top_level_domains'])
    expect(await as(settings, 'SELECT * FROM public.t')).toEqual([
      { mail: 'ann@example.net', site: 'https://example.org' },
    ])
  })

  it('leaves functions of the bundled schemas that a user builds on, and knows them as installed', async () => {
    const settings = await installedDatabase()
    await as(
      settings,
      `CREATE VIEW public.v AS SELECT mathesar_types.uri_authority('https://example.org') AS host;
       CREATE TABLE public.t (n integer DEFAULT mathesar_types.cast_to_integer('5'::text))`,
    )
    await install(settings)
    const status = await statusOf(settings)
    expect(status).toMatchObject({ source: 'release', drift: [] })
    const names = Object.keys(await contents(settings))
    expect(names).toEqual(expect.arrayContaining(['mathesar_types.uri_authority(text)']))
    expect(await as(settings, 'INSERT INTO public.t DEFAULT VALUES RETURNING n')).toEqual([{ n: 5 }])
    await as(settings, 'DROP VIEW public.v; DROP TABLE public.t')
    await install(settings)
    expect(await contents(settings)).toEqual(await freshContents())
  })

  it('takes the place of bundled schemas of an earlier version', async () => {
    const settings = await ownedDatabase()
    await as(settings, readFileSync(join(import.meta.dirname, 'earlier', '0.1.0.sql'), 'utf8'))
    await install(settings)
    expect(await contents(settings)).toEqual(await freshContents())
  })

  it('drops the casts from hstore that 0.1 created, unless something depends on one', async () => {
    const settings = await ownedDatabase()
    await sql(settings.database, 'CREATE EXTENSION hstore')
    await installBundled(settings)
    await as(settings, `CREATE VIEW public.v AS SELECT mathesar_types.cast_to_text('a=>1'::hstore) AS t`)
    await install(settings)
    const casts = Object.keys(await contents(settings)).filter((name) => name.includes('hstore'))
    expect(casts).toEqual(['mathesar_types.cast_to_text(hstore)'])
    expect((await statusOf(settings)).drift).toEqual([])
    await as(settings, 'DROP VIEW public.v')
    await install(settings)
    expect(Object.keys(await contents(settings)).filter((name) => name.includes('hstore'))).toEqual([])
  })

  it('is not recognized by its record once Mathesar has upgraded or removed it', async () => {
    const settings = await ownedDatabase()
    await install(settings)
    await as(settings, `CREATE VIEW public.v AS SELECT msar.normalize_label('A') AS label`)
    // Something depends on a function: the comment on msar survives, and the manifest does not.
    await installRelease(settings, '0.11.0', SMALL)
    expect(await comments(settings)).toEqual(['schema msar'])
    expect(await stateOf(settings)).toMatchObject({
      kind: 'foreign',
      staleRecord: { source: 'release', version: '0.11.0' },
    })
    await removeRelease(settings, '0.11.0', { isStrict: false }, SMALL)
    expect(await stateOf(settings)).toMatchObject({ kind: 'remains', of: 'removal' })
    await install(settings)
    expect(await stateOf(settings)).toMatchObject({ kind: 'ours', isComplete: true, staleRecord: null })
  })

  it('is incomplete where a schema or most of the functions were dropped by hand, and is completed', async () => {
    for (const damage of [
      'DROP SCHEMA __msar CASCADE',
      'DROP SCHEMA mathesar_types CASCADE',
      `DO $$ BEGIN EXECUTE (SELECT 'DROP ROUTINE ' || string_agg(oid::regprocedure::text, ', ') || ' CASCADE'
         FROM pg_proc WHERE pronamespace = 'msar'::regnamespace); END $$`,
    ]) {
      const settings = await ownedDatabase()
      await install(settings)
      await as(settings, damage)
      const state = await stateOf(settings)
      expect(chooseAction(state, null, current, 'd')).toBe('complete')
      await install(settings)
      expect(await contents(settings)).toEqual(await freshContents())
    }
  })
})

describe('the owner of an upgraded install', () => {
  it('stays the owner of everything, whether a superuser or a member of the role upgrades', async () => {
    for (const login of ['superuser', 'member', 'member without TEMPORARY'] as const) {
      const owner = await ownedDatabase()
      await install(owner, release('0.8.0'))
      const member = await createRole()
      await sql(owner.database, `GRANT ${owner.user} TO ${member.user}`)
      if (login === 'member without TEMPORARY')
        await sql(owner.database, `REVOKE TEMPORARY ON DATABASE ${owner.database} FROM PUBLIC, ${owner.user}`)
      await install(login === 'superuser' ? superuserSettings(owner.database) : { ...owner, ...member })
      expect(await contents(owner), login).toEqual(await freshContents())
      // The first role can still upgrade.
      await install(owner)
    }
  })

  it('lacks CREATE on the database: the error says so before anything runs, with the GRANT', async () => {
    const database = await ownedDatabase()
    const role = await createRole()
    const settings = { ...database, ...role }
    await sql(database.database, `GRANT CREATE ON DATABASE ${database.database} TO ${role.user}`)
    await install(settings, release('0.8.0'))
    await sql(database.database, `REVOKE CREATE ON DATABASE ${database.database} FROM ${role.user}`)
    for (const login of [settings, superuserSettings(database.database)])
      await expect(install(login)).rejects.toMatchObject({
        code: 'INSUFFICIENT_PRIVILEGE',
        hint: expect.stringContaining(`GRANT CREATE ON DATABASE "${database.database}" TO "${role.user}";`),
      })
    expect(await statusOf(settings)).toMatchObject({ version: '0.8.0', drift: [] })
  })

  it('is the role that the caller names where there are no schemas yet', async () => {
    const owner = await ownedDatabase()
    await install(superuserSettings(owner.database), current, { owner: owner.user })
    expect(await contents(owner)).toEqual(await freshContents())
  })

  it('is one role: schemas or types of several are a conflict that names the statements', async () => {
    const settings = await ownedDatabase()
    const other = await createRole()
    await install(settings, release('0.8.0'))
    await sql(settings.database, `ALTER DOMAIN mathesar_types.uri OWNER TO ${other.user}`)
    await expect(install(settings)).rejects.toMatchObject({
      code: 'SCHEMA_CONFLICT',
      hint: expect.stringContaining(`ALTER DOMAIN mathesar_types.uri OWNER TO ${settings.user};`),
    })
    const foreign = await ownedDatabase()
    await installRelease(foreign, '0.8.0', SMALL)
    await sql(foreign.database, `ALTER DOMAIN mathesar_types.uri OWNER TO ${other.user}`)
    await expect(install(foreign)).rejects.toMatchObject({
      code: 'SCHEMA_CONFLICT',
      hint: expect.stringContaining(`ALTER DOMAIN mathesar_types.uri OWNER TO ${foreign.user};`),
    })
    await sql(foreign.database, `ALTER SCHEMA msar OWNER TO ${other.user}`)
    await expect(install(foreign)).rejects.toMatchObject({ code: 'SCHEMA_CONFLICT' })
    expect(Object.keys(await schemaOwners(foreign.database))).toHaveLength(3)
  })

  it('is not the superuser of a role that may do nothing with the schemas', async () => {
    const settings = await ownedDatabase()
    await install(settings, release('0.8.0'))
    const stranger = await createRole()
    await sql(settings.database, `GRANT CREATE ON DATABASE ${settings.database} TO ${stranger.user}`)
    await expect(install({ ...settings, ...stranger })).rejects.toMatchObject({
      code: 'INSUFFICIENT_PRIVILEGE',
    })
  })
})

describe('an install of a release that the server refuses', () => {
  /** Runs statements upon 0.8.0, then expects the upgrade to fail and to change nothing. */
  async function refuses(statements: string, expected: object, as_: 'owner' | 'superuser' = 'owner') {
    const settings = await ownedDatabase()
    await install(settings, release('0.8.0'))
    await sql(settings.database, statements, [], as_ === 'owner' ? settings : null)
    const before = await contents(settings)
    await expect(install(settings)).rejects.toMatchObject(expected)
    expect(await contents(settings)).toEqual(before)
    expect(await statusOf(settings)).toMatchObject({ source: 'release', version: '0.8.0' })
    return settings
  }

  it('names the object of a user inside msar', async () => {
    await refuses('CREATE TABLE msar.notes (n integer)', {
      code: 'DEPENDENTS_EXIST',
      message: expect.stringContaining('table msar.notes inside them'),
      details: { data: { dependents: [{ kind: 'own object', relation: 'notes' }] } },
    })
    await refuses(`CREATE FUNCTION __msar.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'`, {
      code: 'DEPENDENTS_EXIST',
      message: expect.stringContaining('function __msar.mine() inside them'),
    })
  })

  it('names the view on a table of msar, and not those on its functions', async () => {
    await refuses(
      `CREATE VIEW public.domains AS SELECT tld FROM msar.top_level_domains;
       CREATE VIEW public.labels AS SELECT msar.normalize_label('A') AS label`,
      {
        code: 'DEPENDENTS_EXIST',
        message: expect.stringContaining('because of view public.domains: '),
        details: { sqlstate: '42P07', data: { dependents: [{ relation: 'domains' }] } },
      },
    )
  })

  it('names the view on a type of msar', async () => {
    await refuses(`CREATE TABLE public.t (kind msar.pkey_kind)`, {
      code: 'DEPENDENTS_EXIST',
      message: expect.stringContaining('because of column public.t.kind: '),
    })
  })

  it('names the view on a function whose result changes its type, and not those on others', async () => {
    await refuses(
      `CREATE VIEW public.summary AS SELECT msar.table_summary('pg_class'::regclass) AS text;
       CREATE VIEW public.labels AS SELECT msar.normalize_label('A') AS label`,
      {
        code: 'DEPENDENTS_EXIST',
        message: expect.stringContaining('because of view public.summary: cannot change return type'),
        details: { sqlstate: '42P13', data: { dependents: [{ relation: 'summary' }] } },
      },
    )
  })

  it('names the schema of 0.1 that still holds tables of imports, with a statement that keeps them', async () => {
    const settings = await refuses(
      `CREATE SCHEMA mathesar_inference_schema;
       CREATE TABLE mathesar_inference_schema.mathesar_temp_table_0 ()`,
      {
        code: 'DEPENDENTS_EXIST',
        message: expect.stringContaining('table mathesar_inference_schema.mathesar_temp_table_0'),
        hint: expect.stringContaining(
          'ALTER SCHEMA mathesar_inference_schema RENAME TO mathesar_inference_schema_old;',
        ),
      },
    )
    await as(settings, 'DROP TABLE mathesar_inference_schema.mathesar_temp_table_0')
    await install(settings)
    expect(await contents(settings)).toEqual(await freshContents())
  })

  it('names the owner of that schema where it belongs to another role', async () => {
    await refuses(
      'CREATE SCHEMA mathesar_inference_schema',
      {
        code: 'INSUFFICIENT_PRIVILEGE',
        message: expect.stringContaining('Schema mathesar_inference_schema'),
        hint: expect.stringContaining('DROP SCHEMA mathesar_inference_schema;'),
      },
      'superuser',
    )
  })

  it('leaves a table of a user inside msar that survives because a function is in use, and does not claim it', async () => {
    const settings = await ownedDatabase()
    await install(settings, release('0.8.0'))
    await as(
      settings,
      `CREATE TABLE msar.notes AS SELECT 1 AS n;
       CREATE FUNCTION msar.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1';
       CREATE VIEW public.v AS SELECT msar.normalize_label('A') AS label`,
    )
    await install(settings)
    expect((await statusOf(settings)).drift).toEqual([
      { object: 'function msar.mine()', change: 'added' },
      { object: 'table msar.notes', change: 'added' },
    ])
    expect(await as(settings, 'SELECT n FROM msar.notes')).toEqual([{ n: 1 }])
  })

  it('leaves the way back to the bundled schemas open', async () => {
    const settings = await installedDatabase()
    const bundled = bundledSource()
    await install(settings)
    expect(chooseAction(await stateOf(settings), 'replace', bundled, 'd')).toBe('switch')
    await withSession(settings, async (session) =>
      installSchema(session, bundled, await readSchemaState(session), installOptions({ replace: true })),
    )
    expect(await statusOf(settings)).toMatchObject({ source: 'bundled', drift: [] })
    await install(settings)
    expect(await contents(settings)).toEqual(await freshContents())
  })
})

/** Defaults that a server prints in another way under other settings. */
const PRINTED_BY_SETTINGS = `CREATE OR REPLACE FUNCTION msar.printed_by_settings(
  a text DEFAULT '\\', b date DEFAULT '2026-11-30', c interval DEFAULT '1 day 2 hours',
  d double precision DEFAULT 0.1234567890123, e bytea DEFAULT '\\x5c00'
) RETURNS text LANGUAGE sql AS $$ SELECT a $$;`

describe('the drift of a release', () => {
  it('is none where the role has settings that change how the server prints a definition', async () => {
    const settings = await ownedDatabase()
    const extra = {
      version: '0.12.0',
      files: releaseFiles('0.11.0', SMALL).files.map((file) =>
        file.name.startsWith('50') ? { ...file, sql: `${file.sql}\n${PRINTED_BY_SETTINGS}` } : file,
      ),
    }
    await install(settings, releaseSource(extra))
    for (const setting of [
      'standard_conforming_strings = off',
      "DateStyle = 'SQL, DMY'",
      'IntervalStyle = iso_8601',
      'extra_float_digits = -5',
      'bytea_output = escape',
    ]) {
      await sql(settings.database, `ALTER ROLE ${settings.user} SET ${setting}`)
    }
    expect((await statusOf(settings)).drift).toEqual([])
  })

  it('lists what was changed, dropped and added since', async () => {
    const settings = await ownedDatabase()
    await install(settings)
    await as(
      settings,
      `CREATE OR REPLACE FUNCTION msar.normalize_label(label text) RETURNS text
         LANGUAGE sql IMMUTABLE STRICT AS 'SELECT label';
       DROP FUNCTION msar.schema_exists(text);
       CREATE FUNCTION msar.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1';
       CREATE VIEW msar.view AS SELECT 1 AS n`,
    )
    expect((await statusOf(settings)).drift).toEqual([
      { object: 'function msar.mine()', change: 'added' },
      { object: 'function msar.normalize_label(text)', change: 'changed' },
      { object: 'function msar.schema_exists(text)', change: 'dropped' },
      { object: 'view msar.view', change: 'added' },
    ])
  })

  it('is none where the SQL has no table for the manifest, and the install is recognized by its record', async () => {
    const files = releaseFiles('0.11.0', SMALL)
    const source = releaseSource({
      ...files,
      files: [
        ...files.files,
        { name: '99_end.sql', sql: '-- no semicolon at the end\nDROP TABLE msar.top_level_domains -- end' },
      ],
    })
    const settings = await ownedDatabase()
    await install(settings, source)
    expect(await comments(settings)).toEqual(['schema msar'])
    expect(await stateOf(settings)).toMatchObject({ kind: 'ours', isComplete: true })
    expect(await statusOf(settings)).toMatchObject({ installed: true, source: 'release', drift: [] })
    expect(chooseAction(await stateOf(settings), null, source, 'd')).toBe('keep')
  })
})
