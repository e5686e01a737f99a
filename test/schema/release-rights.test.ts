/** Whose objects an install of a release accepts, and with whose privileges the SQL of a release runs. */
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { schemaStatus } from '../../src/schema/inspect/status.ts'
import { installSchema } from '../../src/schema/install/install.ts'
import { removeSchema } from '../../src/schema/removal/remove.ts'
import { releaseSource } from '../../src/schema/sources/index.ts'
import type { ReleaseFiles } from '../../src/schema/sources/release/source.ts'
import type { SchemaSource } from '../../src/schema/sources/types.ts'
import type { SchemaRecord } from '../../src/schema/types.ts'
import { createDatabase, createRole, ownedDatabase, sql, superuserSettings } from '../support/database.ts'
import { installRelease } from '../support/release-states.ts'
import { releaseFiles } from '../support/release-tree.ts'
import { as, installOptions, withSession } from './support.ts'

const SMALL = { size: 'small' } as const
const files = releaseFiles('0.11.0', SMALL)
const current = releaseSource(files)

function install(settings: ConnectionSettings, source: SchemaSource = current): Promise<SchemaRecord> {
  return withSession(settings, async (session) =>
    installSchema(session, source, await readSchemaState(session), installOptions()),
  )
}

/** Returns a later release with statements at the end of its files of these numbers. */
function later(added: Readonly<Record<string, string>>, version = '0.12.0'): ReleaseFiles {
  const suffix = (name: string) => added[name.slice(0, 2)] ?? ''
  return { version, files: files.files.map(({ name, sql }) => ({ name, sql: `${sql}\n${suffix(name)}\n` })) }
}

/** Returns a database whose schemas the superuser owns, and the login of the superuser. */
async function databaseOfSuperuser(): Promise<ConnectionSettings> {
  return superuserSettings(await createDatabase())
}

describe('an object of another role', () => {
  it.each(['a superuser', 'another role'])(
    'is not adopted as a missing type, where the owner is %s',
    async (owner) => {
      for (const planted of [
        'DOMAIN mathesar_types.email AS text',
        'TABLE mathesar_types.mathesar_money ()',
      ]) {
        const settings = owner === 'a superuser' ? await databaseOfSuperuser() : await ownedDatabase()
        const { database } = settings
        await install(settings)
        await withSession(settings, (session) =>
          removeSchema(session, { lockTimeoutMs: 5_000, keepTypes: true }),
        )
        const planter = await createRole()
        const name = /mathesar_types\.\w+/.exec(planted)?.[0] ?? ''
        await sql(
          database,
          `DROP ${planted.startsWith('TABLE') ? 'TYPE' : 'DOMAIN'} ${name};
         GRANT USAGE, CREATE ON SCHEMA mathesar_types TO ${planter.user}`,
        )
        await sql(database, `CREATE ${planted}`, [], planter)
        const logins = owner === 'a superuser' ? [settings] : [settings, superuserSettings(database)]
        for (const login of logins) {
          await expect(install(login)).rejects.toMatchObject({
            code: 'SCHEMA_CONFLICT',
            message: expect.stringContaining(`${name} belongs to role "${planter.user}"`),
            hint: expect.stringContaining(`${name} OWNER TO ${settings.user};`),
          })
        }
        expect(await sql(database, `SELECT FROM pg_namespace WHERE nspname = 'msar'`)).toEqual([])
      }
    },
  )

  it('is not replaced by a function of the release in schemas of a superuser', async () => {
    const settings = await databaseOfSuperuser()
    const { database } = settings
    const next = releaseSource(
      later({
        '00': `INSERT INTO msar.all_mathesar_objects
          VALUES ('msar', 'brand_new(jsonb)', 'FUNCTION', false);`,
        '45': `CREATE OR REPLACE FUNCTION msar.brand_new(jsonb) RETURNS jsonb
          LANGUAGE sql AS $$ SELECT $1 $$;`,
      }),
    )
    const planter = await createRole()
    await install(settings, releaseSource(releaseFiles('0.9.0', SMALL)))
    await sql(
      database,
      `GRANT USAGE, CREATE ON SCHEMA msar TO ${planter.user}; GRANT CREATE ON SCHEMA public TO ${planter.user}`,
    )
    await sql(
      database,
      `CREATE FUNCTION msar.brand_new(jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT '1'::jsonb $$;
       CREATE VIEW public.user_view AS SELECT msar.brand_new('1')`,
      [],
      planter,
    )
    await expect(install(settings, next)).rejects.toMatchObject({
      code: 'SCHEMA_CONFLICT',
      message: expect.stringContaining(
        `function msar.brand_new(jsonb) belongs to role "${planter.user}" and not to the owner of the schema`,
      ),
      hint: expect.stringContaining(`ALTER ROUTINE msar.brand_new(jsonb) OWNER TO ${settings.user};`),
    })
    expect(await sql(database, 'SELECT prosrc FROM pg_proc WHERE proname = $1', ['brand_new'])).toEqual([
      { prosrc: " SELECT '1'::jsonb " },
    ])
  })

  it('stays where no release creates such an object', async () => {
    const settings = await databaseOfSuperuser()
    const { database } = settings
    await install(settings, releaseSource(releaseFiles('0.9.0', SMALL)))
    const user = await createRole()
    await sql(
      database,
      `GRANT USAGE, CREATE ON SCHEMA msar TO ${user.user}; GRANT CREATE ON SCHEMA public TO ${user.user}`,
    )
    await sql(
      database,
      `CREATE FUNCTION msar.own() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$;
       CREATE VIEW public.user_view AS SELECT msar.own(), msar.normalize_label('A')`,
      [],
      user,
    )
    await install(settings)
    expect(await withSession(settings, schemaStatus)).toMatchObject({
      version: '0.11.0',
      drift: [{ object: 'function msar.own()', change: 'added' }],
    })
  })
})

describe('a function that another role planted', () => {
  const PLANTED = `CREATE FUNCTION msar.add_column(
    tab_id regclass, definition jsonb, raw_default boolean DEFAULT false
  ) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
  CREATE VIEW public.planted_view AS
    SELECT msar.add_column(NULL::regclass, NULL::jsonb, NULL::boolean) AS x`
  const refused = (planter: string) => ({
    code: 'SCHEMA_CONFLICT',
    message: expect.stringMatching(
      new RegExp(`function msar\\.add_column\\(regclass,jsonb,boolean\\) belongs to role "${planter}"`),
    ),
    hint: expect.stringContaining('ALTER ROUTINE msar.add_column(regclass,jsonb,boolean) OWNER TO '),
  })

  it.each([
    ['a parenthesis', 'mathesar_temp_table('],
    ['dots', 'a.b.c'],
    ['a quotation mark', 'a"b'],
    ['nothing odd', 'mathesar_temp_table'],
  ])('is not replaced where the list of the release has a name with %s', async (_, name) => {
    const settings = await databaseOfSuperuser()
    const { database } = settings
    await installRelease(settings, '0.8.0', SMALL)
    const planter = await createRole()
    await sql(
      database,
      `GRANT USAGE, CREATE ON SCHEMA msar TO ${planter.user}; GRANT CREATE ON SCHEMA public TO ${planter.user};
       GRANT CREATE ON DATABASE ${database} TO ${planter.user}`,
    )
    await sql(
      database,
      `${PLANTED}; CREATE SCHEMA mathesar_inference_schema;
       CREATE TABLE mathesar_inference_schema.${pg.escapeIdentifier(name)} (id int)`,
      [],
      planter,
    )
    await expect(install(settings)).rejects.toMatchObject(refused(planter.user))
  })

  const UNLISTED = PLANTED.replaceAll('add_column', 'unlisted')
  it('is not replaced where no list has it', async () => {
    const settings = await databaseOfSuperuser()
    const { database } = settings
    await installRelease(settings, '0.8.0', SMALL)
    const planter = await createRole()
    await sql(
      database,
      `GRANT USAGE, CREATE ON SCHEMA msar TO ${planter.user}; GRANT CREATE ON SCHEMA public TO ${planter.user}`,
    )
    await sql(
      database,
      `${UNLISTED}; CREATE VIEW public.used AS SELECT msar.normalize_label('A')`,
      [],
      planter,
    )
    const next = later({
      '45': `CREATE OR REPLACE FUNCTION msar.unlisted(
        tab_id regclass, definition jsonb, raw_default boolean DEFAULT false
      ) RETURNS text LANGUAGE sql AS $$ SELECT NULL::text $$;`,
    })
    await expect(install(settings, releaseSource(next))).rejects.toMatchObject({
      code: 'SCHEMA_CONFLICT',
      message: expect.stringContaining(`belongs to role "${planter.user}"`),
    })
  })

  /** Returns a database with an install, and a role with the members that plants a function in it. */
  async function plantedByGroup(members: readonly string[]): Promise<[ConnectionSettings, string]> {
    const settings = await ownedDatabase()
    const { database, user } = settings
    await installRelease(settings, '0.8.0', SMALL)
    const group = await createRole()
    const between = await createRole()
    await sql(
      database,
      `ALTER ROLE ${group.user} NOLOGIN; ALTER ROLE ${between.user} NOLOGIN;
       GRANT ${group.user} TO ${between.user}, ${user};
       GRANT USAGE, CREATE ON SCHEMA msar TO ${group.user};
       GRANT CREATE ON SCHEMA public TO ${group.user}`,
    )
    for (const member of members) await sql(database, `GRANT ${between.user} TO ${member}`)
    await sql(database, `SET ROLE ${group.user}; ${PLANTED}; RESET ROLE`)
    return [settings, group.user]
  }

  it('is not replaced where members of its owner may not act as the owner of the schemas', async () => {
    const planter = await createRole()
    const [settings, group] = await plantedByGroup([planter.user])
    await expect(install(settings)).rejects.toMatchObject(refused(group))
    await expect(install(superuserSettings(settings.database))).rejects.toMatchObject(refused(group))
  })

  it('is removed by a member of its owner, whoever else is one', async () => {
    const planter = await createRole()
    const [settings, group] = await plantedByGroup([planter.user])
    await sql(
      settings.database,
      `DROP VIEW public.planted_view; GRANT CREATE ON SCHEMA mathesar_types TO ${group};
       ALTER DOMAIN mathesar_types.uri OWNER TO ${group}; REVOKE CREATE ON SCHEMA mathesar_types FROM ${group}`,
    )
    // It is no part of the release, and only a removal that cascades drops it.
    await withSession(settings, (session) =>
      removeSchema(session, { lockTimeoutMs: 5_000, strategy: 'cascade' }),
    )
    expect(await sql(settings.database, `SELECT FROM pg_namespace WHERE nspname ~ 'msar|mathesar'`)).toEqual(
      [],
    )
  })

  it('is replaced where every member of its owner may act as the owner of the schemas', async () => {
    const colleague = await createRole()
    const [settings] = await plantedByGroup(['postgres', colleague.user])
    await sql(settings.database, `GRANT ${settings.user} TO ${colleague.user}`)
    await install(settings)
    expect(await withSession(settings, schemaStatus)).toMatchObject({ version: '0.11.0', drift: [] })
  })
})

describe('schemas of several owners', () => {
  it('are to belong to the owner of the types, where a superuser upgraded with Mathesar itself', async () => {
    const settings = await ownedDatabase()
    await installRelease(settings, '0.8.0', SMALL)
    await sql(settings.database, 'ALTER SCHEMA msar OWNER TO postgres; ALTER SCHEMA __msar OWNER TO postgres')
    await expect(install(settings)).rejects.toMatchObject({
      code: 'SCHEMA_CONFLICT',
      hint: expect.stringMatching(
        new RegExp(
          `ALTER SCHEMA "msar" OWNER TO "${settings.user}";[^]*"__msar" OWNER TO "${settings.user}"`,
        ),
      ),
    })
  })
})

describe('the files of a release', () => {
  it.each(['00', '02'])('cannot act as the administrator in a removal (file %s)', async (number) => {
    const settings = await ownedDatabase()
    await install(settings)
    const { remover, version } = releaseSource(
      later({ [number]: 'RESET ROLE; CREATE TABLE public.made_by_file ();' }),
    )
    if (remover === null) throw new Error('the release has no remover')
    const login = superuserSettings(settings.database)
    await withSession(login, (session) =>
      removeSchema(session, { lockTimeoutMs: 5_000, remover: { ...remover, version } }),
    ).catch(() => {})
    expect(await as(settings, `SELECT FROM pg_class WHERE relname = 'made_by_file'`)).toEqual([])
  })
})

describe('the SQL of a release', () => {
  /** Expects an install of a later release to fail with this, and to leave nothing. */
  async function refuses(added: Record<string, string>, expected: object): Promise<void> {
    const settings = await ownedDatabase()
    await expect(install(settings, releaseSource(later(added)))).rejects.toMatchObject(expected)
    expect(await as(settings, `SELECT FROM pg_namespace WHERE nspname IN ('msar', '__msar')`)).toEqual([])
  }

  it('is not called damaged where an object is in a state that stops it', async () => {
    await refuses(
      { '50': "CREATE SEQUENCE msar.numbers; SELECT currval('msar.numbers');" },
      { code: 'SCHEMA_CONFLICT', hint: expect.stringContaining('in a state that stops the SQL') },
    )
  })

  it.each([
    ['as a statement', 'SELECT begin, atomic FROM (VALUES (1, 2)) v(begin, atomic); COMMIT;'],
    ['after a name of other letters', 'SELECT 1 AS \u20ac$$; COMMIT; SELECT 1 AS \u20ac$$;'],
    ['in a block', 'DO $$ BEGIN COMMIT; END $$;'],
  ])('cannot commit what it did so far, %s', async (_, statement) => {
    await refuses(
      { '45': statement, '50': 'SELECT 1/0;' },
      {
        code: 'SCHEMA_CONFLICT',
        message: expect.stringContaining('The server refused 45_msar_type_casting.sql: '),
        hint: expect.stringContaining('Copy or unpack that release again'),
      },
    )
  })

  it.each([
    ['a syntax error', 'CREATE FUNCTIO msar.x();', '42601'],
    ['a function that does not exist', 'SELECT msar.nowhere();', '42883'],
    ['a division by zero', 'SELECT 1/0;', '22012'],
  ])('is named by its file where it has %s', async (_, statement, sqlstate) => {
    await refuses(
      { '10': statement },
      {
        code: 'SCHEMA_CONFLICT',
        message: expect.stringContaining('The server refused 10_msar_joinable_tables.sql: '),
        details: { sqlstate, field: 'schema-source' },
      },
    )
  })

  it('reads each file under the settings of an install, whatever the file before set', async () => {
    const settings = await ownedDatabase()
    const source = releaseSource(
      later({
        '05': 'SET search_path = public; SET standard_conforming_strings = off;',
        '10': `CREATE TABLE msar.seen AS SELECT current_setting('search_path') AS path, '\\'::text AS text;`,
      }),
    )
    await install(settings, source)
    expect(await as(settings, 'SELECT * FROM msar.seen')).toEqual([
      { path: 'pg_catalog, pg_temp', text: '\\' },
    ])
  })
})
