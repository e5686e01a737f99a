import { describe, expect, it } from 'vitest'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { schemaStatus } from '../../src/schema/inspect/status.ts'
import { installSchema } from '../../src/schema/install/install.ts'
import { removeSchema } from '../../src/schema/removal/remove.ts'
import type { SchemaProgress } from '../../src/schema/session/progress.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import { cutSql, totalObjects } from '../../src/schema/sources/pieces.ts'
import {
  createDatabase,
  createRole,
  ownedDatabase,
  sql,
  superuserSettings,
  uniqueName,
} from '../support/database.ts'
import { upgradeSql } from '../support/stand-ins.ts'
import { as, install, installedDatabase, installOptions, schemaOwners, withSession } from './support.ts'

const source = bundledSource()
const objects = totalObjects(source.parts)

describe('an install on a fresh database', () => {
  it('creates the three schemas and leaves a record that names the SQL', async () => {
    const settings = await ownedDatabase()
    const options = installOptions()
    const record = await withSession(settings, async (session) => {
      const before = await readSchemaState(session)
      expect(before).toMatchObject({ kind: 'absent', record: null, schemas: [] })
      return installSchema(session, source, before, options)
    })
    expect(record).toEqual({
      source: 'bundled',
      version: source.version,
      checksum: source.checksum,
      objects,
      installId: options.installId,
    })
    const after = await withSession(settings, readSchemaState)
    expect(after.kind).toBe('ours')
    expect(after.record).toEqual(record)
    expect(after.schemas.map(({ name, owner, canActAsOwner }) => ({ name, owner, canActAsOwner }))).toEqual(
      ['msar', '__msar', 'mathesar_types'].map((name) => ({
        name,
        owner: settings.user,
        canActAsOwner: true,
      })),
    )
    expect(after.schemas.reduce((sum, schema) => sum + schema.objects, 0)).toBe(objects)
  })

  it('reports its progress object by object, to the end', async () => {
    const settings = await ownedDatabase()
    const seen: SchemaProgress[] = []
    await install(settings, { onProgress: (progress) => seen.push(progress) })
    const parts = seen.map((progress) => (progress.phase === 'install' ? progress.part : null))
    expect([...new Set(parts)]).toEqual(source.parts.map(({ name }) => name))
    expect(seen.at(-1)).toEqual({
      phase: 'install',
      part: source.parts.at(-1)?.name,
      done: objects,
      total: objects,
    })
  })

  it('needs three round trips, however much there is to install', async () => {
    const settings = await ownedDatabase()
    await withSession(settings, async (session) => {
      const state = await readSchemaState(session)
      let trips = 0
      const counting = {
        ...session,
        settings: session.settings,
        run: <Row extends object>(...args: Parameters<typeof session.run>) => {
          trips++
          return session.run<Row>(...args)
        },
      }
      await installSchema(counting, source, state, installOptions())
      expect(trips).toBe(3)
    })
  })

  it('leaves no setting of the session changed', async () => {
    const settings = await ownedDatabase()
    const names =
      "('search_path', 'lock_timeout', 'statement_timeout', 'transaction_timeout', 'client_min_messages', 'role', 'jit', 'check_function_bodies')"
    await withSession(settings, async (session) => {
      const read = () =>
        session.query(`SELECT name, setting FROM pg_settings WHERE name IN ${names} ORDER BY 1`)
      const before = await read()
      await installSchema(session, source, await readSchemaState(session), installOptions())
      expect(await read()).toEqual(before)
      expect(await session.query('SELECT current_user::text AS u')).toEqual([{ u: settings.user }])
    })
  })

  it('needs only CREATE on the database', async () => {
    const role = await createRole()
    const database = await createDatabase()
    const settings = { ...superuserSettings(database), ...role }
    await expect(install(settings)).rejects.toMatchObject({
      code: 'INSUFFICIENT_PRIVILEGE',
      hint: expect.stringContaining(`GRANT CREATE ON DATABASE "${database}" TO "${role.user}"`),
    })
    expect(await schemaOwners(database)).toEqual({})
    await sql(database, `GRANT CREATE ON DATABASE ${database} TO ${role.user}`)
    await install(settings)
    expect(await schemaOwners(database)).toEqual({
      msar: role.user,
      __msar: role.user,
      mathesar_types: role.user,
    })
  })

  it('fills empty schemas that somebody created before, without CREATE on the database', async () => {
    const role = await createRole()
    const database = await createDatabase()
    for (const name of ['msar', '__msar', 'mathesar_types']) {
      await sql(database, `CREATE SCHEMA ${name} AUTHORIZATION ${role.user}`)
    }
    const settings = { ...superuserSettings(database), ...role }
    expect((await withSession(settings, readSchemaState)).kind).toBe('absent')
    await install(settings)
    expect((await withSession(settings, readSchemaState)).kind).toBe('ours')
    // Replacing keeps the schemas, since the role could not create them again.
    await install(settings, { replace: true })
    expect((await withSession(settings, schemaStatus)).drift).toEqual([])
  })

  it('works four times at once', async () => {
    const settings = await ownedDatabase()
    const records = await Promise.all([1, 2, 3, 4].map(() => install(settings)))
    expect(new Set(records.map(({ installId }) => installId)).size).toBe(4)
    const status = await withSession(settings, schemaStatus)
    expect(status).toMatchObject({ installed: true, objects, drift: [] })
  })
})

describe('an install over an earlier one', () => {
  it('changes nothing that users have built upon it', async () => {
    const settings = await installedDatabase()
    await as(
      settings,
      `CREATE TABLE public.person (email mathesar_types.email, site mathesar_types.uri DEFAULT 'https://example.org');
       CREATE INDEX ON public.person (mathesar_types.email_domain_name(email));
       CREATE VIEW public.hosts AS SELECT mathesar_types.uri_authority(site) AS host FROM public.person;
       INSERT INTO public.person VALUES ('ann@example.net')`,
    )
    const oid = `SELECT 'mathesar_types.email'::regtype::oid::text || 'mathesar_types.uri_parts(text)'::regprocedure::oid AS oid`
    const before = await as(settings, oid)
    await install(settings)
    expect(await as(settings, oid)).toEqual(before)
    expect(await as(settings, 'SELECT host FROM public.hosts')).toEqual([{ host: 'example.org' }])
    expect((await withSession(settings, schemaStatus)).drift).toEqual([])
  })

  it('repairs a function that was changed, and drops one that the new version no longer has', async () => {
    const settings = await ownedDatabase()
    const older = {
      ...source,
      parts: [...source.parts, { name: 'gone', ...cutSql(OLD_FUNCTIONS) }],
    }
    await withSession(settings, async (session) => {
      await installSchema(session, older, await readSchemaState(session), installOptions())
      await session.run('CREATE VIEW public.uses AS SELECT msar.used() AS one')
    })
    await as(
      settings,
      `CREATE OR REPLACE FUNCTION mathesar_types.uri_path(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT 1::text';
       CREATE FUNCTION msar.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
    )
    const record = await install(settings)
    // What a view uses stays, and stays known as ours; the user's own function is nobody else's business.
    expect(record.objects).toBe(objects + 1)
    const names = await as(
      settings,
      `SELECT proname FROM pg_proc WHERE pronamespace = 'msar'::regnamespace AND proname IN ('mine', 'used', 'unused')
       ORDER BY 1`,
    )
    expect(names).toEqual([{ proname: 'mine' }, { proname: 'used' }])
    expect((await withSession(settings, schemaStatus)).drift).toEqual([
      { object: 'function msar.mine()', change: 'added' },
    ])
  })

  it('refuses what somebody else installed, unless it is to be replaced', async () => {
    const settings = await ownedDatabase()
    await as(
      settings,
      `CREATE SCHEMA msar; CREATE FUNCTION msar.theirs() RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
    )
    await expect(install(settings)).rejects.toMatchObject({ code: 'SCHEMA_CONFLICT' })
    expect(await as(settings, 'SELECT msar.theirs()')).toEqual([{ theirs: 1 }])
    await install(settings, { replace: true })
    expect((await withSession(settings, schemaStatus)).drift).toEqual([])
    await expect(as(settings, 'SELECT msar.theirs()')).rejects.toThrow(/does not exist/)
  })

  it('refuses to replace what appeared since the operator looked', async () => {
    const settings = await ownedDatabase()
    await withSession(settings, async (session) => {
      const state = await readSchemaState(session)
      await as(settings, 'CREATE SCHEMA msar; CREATE TABLE msar.theirs ()')
      await expect(
        installSchema(session, source, state, installOptions({ replace: true })),
      ).rejects.toMatchObject({ code: 'SCHEMA_CONFLICT' })
    })
  })

  it('takes an earlier install for foreign once a Mathesar has upgraded the schemas', async () => {
    const settings = await installedDatabase()
    await as(settings, upgradeSql())
    expect(await withSession(settings, readSchemaState)).toMatchObject({
      kind: 'foreign',
      record: null,
      releases: { oldest: '0.9.0', newest: '0.11.0' },
    })
  })

  it('recognizes an earlier install as ours where only the types were kept', async () => {
    const settings = await installedDatabase()
    await as(settings, `DROP SCHEMA msar CASCADE; DROP SCHEMA __msar CASCADE`)
    const state = await withSession(settings, readSchemaState)
    expect(state).toMatchObject({ kind: 'ours', schemas: [{ name: 'mathesar_types' }] })
    await install(settings)
    expect((await withSession(settings, schemaStatus)).drift).toEqual([])
  })
})

describe('ownership', () => {
  it('ownership stays with the owner when a superuser installs', async () => {
    const settings = await installedDatabase()
    await as(settings, 'DROP SCHEMA msar CASCADE')
    await install(superuserSettings(settings.database))
    const { user } = settings
    expect(await schemaOwners(settings.database)).toEqual({ msar: user, __msar: user, mathesar_types: user })
    const owners = await sql(
      settings.database,
      `SELECT DISTINCT r.rolname FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
       WHERE p.pronamespace = 'mathesar_types'::regnamespace`,
    )
    expect(owners).toEqual([{ rolname: user }])
  })

  it('ownership stays with a group role that the installing role is a member of', async () => {
    const group = uniqueName('group')
    await sql('postgres', `CREATE ROLE ${group} NOLOGIN`)
    const role = await createRole()
    await sql('postgres', `GRANT ${group} TO ${role.user}`)
    const database = await createDatabase({ owner: role.user })
    await sql(database, `CREATE SCHEMA mathesar_types AUTHORIZATION ${group}`)
    await install({ ...superuserSettings(database), ...role })
    expect(await schemaOwners(database)).toEqual({ msar: group, __msar: group, mathesar_types: group })
  })

  it('ownership is respected: the error for another role names the owner', async () => {
    const settings = await installedDatabase()
    const other = await createRole()
    await sql(settings.database, `GRANT CREATE ON DATABASE ${settings.database} TO ${other.user}`)
    await expect(install({ ...settings, ...other })).rejects.toMatchObject({
      code: 'INSUFFICIENT_PRIVILEGE',
      message: expect.stringContaining(`belong to role "${settings.user}"`),
      hint: expect.stringContaining(`GRANT "${settings.user}" TO "${other.user}"`),
    })
  })

  it('ownership by several roles is a conflict, for a superuser too', async () => {
    const settings = await installedDatabase()
    await sql(settings.database, 'ALTER SCHEMA msar OWNER TO postgres')
    await expect(install(superuserSettings(settings.database))).rejects.toMatchObject({
      code: 'SCHEMA_CONFLICT',
      // The owner of the types installed them first.
      hint: expect.stringContaining(`ALTER SCHEMA "msar" OWNER TO "${settings.user}"`),
    })
  })
})

describe('hostile surroundings', () => {
  it.each(['My-DB "q" %41', 'ünï cödé', "it's; DROP"])(
    'names such as %s are quoted everywhere',
    async (name) => {
      const unique = uniqueName(name)
      const settings = await ownedDatabase({ database: unique, user: `${unique} role` })
      await install(settings)
      await sql(settings.database, 'DROP SCHEMA msar CASCADE')
      await install(superuserSettings(settings.database))
      expect((await schemaOwners(settings.database)).msar).toBe(settings.user)
      await withSession(settings, (session) => removeSchema(session, { lockTimeoutMs: 1000 }))
      const limited = await createRole({ name: `${unique} other` })
      await expect(install({ ...settings, ...limited })).rejects.toMatchObject({
        hint: expect.stringContaining(
          `GRANT CREATE ON DATABASE "${settings.database.replaceAll('"', '""')}"`,
        ),
      })
    },
  )

  it('a search_path full of objects that shadow the catalog is harmless', async () => {
    const settings = await ownedDatabase()
    await as(
      settings,
      `CREATE TABLE public.pg_class (x integer);
       CREATE TABLE public.pg_namespace (x integer);
       CREATE TABLE public.pg_depend (x integer);
       CREATE DOMAIN public.text AS pg_catalog.text;
       CREATE DOMAIN public.name AS pg_catalog.name;
       CREATE FUNCTION public.format(pg_catalog.text, VARIADIC pg_catalog.text[]) RETURNS pg_catalog.text LANGUAGE sql AS 'SELECT 1/0';
       CREATE FUNCTION public.wrong(pg_catalog.name, pg_catalog.name) RETURNS boolean LANGUAGE sql AS 'SELECT false';
       CREATE OPERATOR public.= (LEFTARG = pg_catalog.name, RIGHTARG = pg_catalog.name, FUNCTION = public.wrong);
       CREATE FUNCTION public.count(pg_catalog.int4) RETURNS pg_catalog.int8 LANGUAGE sql AS 'SELECT 1/0';
       ALTER ROLE ${settings.user} SET search_path = public, pg_catalog`,
    )
    await install(settings)
    await install(settings)
    const state = await withSession(settings, readSchemaState)
    expect(state).toMatchObject({ kind: 'ours', record: { objects } })
    expect((await withSession(settings, schemaStatus)).drift).toEqual([])
    await as(settings, `CREATE TABLE public.t (e mathesar_types.email); INSERT INTO public.t VALUES ('a@b')`)
    await expect(as(settings, `INSERT INTO public.t VALUES ('a')`)).rejects.toThrow(/email_check/)
    await as(settings, 'DROP TABLE public.t')
    await withSession(settings, (session) => removeSchema(session, { lockTimeoutMs: 1000 }))
    expect(await schemaOwners(settings.database)).toEqual({})
  })

  it('settings of the role that would change the meaning of the SQL do not', async () => {
    const settings = await ownedDatabase()
    for (const setting of [
      'standard_conforming_strings = off',
      'quote_all_identifiers = on',
      'statement_timeout = 1',
      "default_transaction_isolation = 'serializable'",
      'row_security = off',
    ]) {
      await sql(settings.database, `ALTER ROLE ${settings.user} SET ${setting}`)
    }
    await sql(settings.database, `ALTER ROLE ${settings.user} RESET statement_timeout`)
    await Promise.all([install(settings), install(settings)])
    expect((await withSession(settings, schemaStatus)).drift).toEqual([])
    await sql(settings.database, `ALTER ROLE ${settings.user} RESET ALL`)
    expect((await withSession(settings, schemaStatus)).drift).toEqual([])
  })

  it.each(['SQL_ASCII', 'LATIN1'])('installs into a database in %s as into any other', async (encoding) => {
    const role = await createRole()
    const database = await createDatabase({
      owner: role.user,
      suffix: `ENCODING '${encoding}' TEMPLATE template0`,
    })
    const settings = { ...superuserSettings(database), ...role }
    await install(settings)
    expect(await withSession(settings, schemaStatus)).toMatchObject({ objects, drift: [] })
  })

  it('default privileges and event triggers do not disturb an install', async () => {
    const settings = await ownedDatabase()
    await as(
      settings,
      `CREATE TABLE public.log (tag text);
       ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
       ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC`,
    )
    await sql(
      settings.database,
      `CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$
         BEGIN INSERT INTO public.log VALUES (tg_tag); END $$;
       CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION public.watch()`,
    )
    await install(settings)
    expect((await withSession(settings, schemaStatus)).drift).toEqual([])
    expect((await as(settings, 'SELECT count(*) > 20 AS watched FROM public.log'))[0]).toEqual({
      watched: true,
    })
  })

  it('an event trigger that fails is named, and nothing is changed', async () => {
    const settings = await ownedDatabase()
    await sql(
      settings.database,
      `CREATE FUNCTION public.no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO nowhere VALUES (1); END $$;
       CREATE EVENT TRIGGER no ON ddl_command_end EXECUTE FUNCTION public.no()`,
    )
    await expect(install(settings)).rejects.toMatchObject({
      code: 'SCHEMA_CONFLICT',
      message: expect.stringContaining('public.no()'),
    })
    expect(await schemaOwners(settings.database)).toEqual({})
  })
})

const OLD_FUNCTIONS = `
CREATE FUNCTION msar.unused() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION msar.used() RETURNS integer LANGUAGE sql AS 'SELECT 1';
`
