import { describe, expect, test } from 'vitest'
import { cli, document, errorOf } from '../support/cli.ts'
import { createRole, ownedDatabase, sql, superuserSettings } from '../support/database.ts'
import { add, preparedHome, storedNames } from '../support/installed.ts'
import { RELEASE_0_11, standInSql } from '../support/stand-ins.ts'

interface Tested {
  ok: boolean
  abilities: Record<string, boolean> | null
  error: { code: string; hint: string } | null
}

/** A database whose schemas a role has installed, and another role that has nothing but its login. */
async function twoRoles() {
  const home = await preparedHome()
  const owner = await ownedDatabase()
  expect(await add('owned', owner, { home })).toMatchObject({ status: 0 })
  await sql(owner.database, 'REVOKE CREATE ON SCHEMA public FROM PUBLIC')
  const login = await createRole()
  const as = (statements: string) => sql(owner.database, statements, [], owner)
  return { home, owner, guest: { ...owner, ...login }, as }
}

async function tested(
  name: string,
  home: string,
): Promise<{ status: number | null; row: Tested | undefined }> {
  const run = await cli(['db', 'test', name, '--json'], { home })
  return { status: run.status, row: document<Tested[]>(run)[0] }
}

describe('a role that did not install the schemas', () => {
  test('gets an error with the GRANT statements, and can add the database once they have run', async () => {
    const { home, guest, as } = await twoRoles()
    for (const flags of [['--dry-run'], []]) {
      const refused = await add('guest', guest, { home, flags })
      const error = errorOf(refused)
      expect([refused.status, error.code]).toEqual([5, 'INSUFFICIENT_PRIVILEGE'])
      expect(error.grants).toEqual([
        `GRANT USAGE ON SCHEMA msar, __msar, mathesar_types TO "${guest.user}";`,
        `GRANT CREATE ON DATABASE "${guest.database}" TO "${guest.user}";`,
      ])
      for (const grant of error.grants as string[]) expect(error.hint).toContain(grant)
    }
    expect(await storedNames(home)).toEqual(['owned'])
    for (const grant of errorOf(await add('guest', guest, { home })).grants as string[]) await as(grant)
    const added = await add('guest', guest, { home })
    expect(added, added.stderr).toMatchObject({ status: 0 })
    expect(document(added)).toMatchObject({ schemaAction: 'keep', alsoStoredAs: ['owned'] })
    expect((await tested('guest', home)).row).toMatchObject({ ok: true, abilities: { useSchemas: true } })
  })

  test('learns which owner has to run each GRANT where the schemas have several owners', async () => {
    const { home, owner, guest } = await twoRoles()
    const other = await createRole()
    const admin = (statements: string) => sql(owner.database, statements)
    await admin(
      `GRANT CREATE ON DATABASE "${owner.database}" TO "${guest.user}";
       ALTER SCHEMA msar OWNER TO "${other.user}";
       CREATE FUNCTION __msar.closed() RETURNS int LANGUAGE sql AS 'SELECT 1';
       REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA __msar, mathesar_types FROM PUBLIC;`,
    )
    const error = errorOf(await add('guest', guest, { home }))
    expect(error.grants).toEqual([
      `GRANT USAGE ON SCHEMA msar TO "${guest.user}";`,
      `GRANT USAGE ON SCHEMA __msar, mathesar_types TO "${guest.user}";`,
      `GRANT EXECUTE ON ALL ROUTINES IN SCHEMA mathesar_types TO "${guest.user}";`,
      expect.stringMatching(/^GRANT EXECUTE ON ROUTINE __msar\./),
    ])
    const [first = '', ...others] = error.grants as string[]
    expect(error.hint).toContain(
      `Let their owner ("${other.user}") run in database "${owner.database}":\n  ${first}`,
    )
    await sql(owner.database, first, [], { ...owner, ...other })
    for (const grant of others) await sql(owner.database, grant, [], owner)
    expect(await add('guest', guest, { home })).toMatchObject({ status: 0 })
  })

  test('fails db test and db edit when it loses what it needs', async () => {
    const { home, owner, guest, as } = await twoRoles()
    await as(
      `GRANT USAGE ON SCHEMA msar, __msar, mathesar_types TO "${guest.user}";
       GRANT CREATE ON DATABASE "${guest.database}" TO "${guest.user}"`,
    )
    expect(await add('guest', guest, { home })).toMatchObject({ status: 0 })
    const losses = [
      ['REVOKE USAGE ON SCHEMA mathesar_types FROM', 'GRANT USAGE ON SCHEMA mathesar_types TO'],
      [
        'REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA msar FROM PUBLIC,',
        'GRANT EXECUTE ON ALL ROUTINES IN SCHEMA msar TO',
      ],
      [
        'REVOKE USAGE ON TYPE mathesar_types.email FROM PUBLIC,',
        'GRANT USAGE ON TYPE mathesar_types.email TO',
      ],
      ['REVOKE CREATE ON DATABASE', 'GRANT CREATE ON DATABASE'],
    ] as const
    for (const [revoke, grant] of losses) {
      const place = revoke.endsWith('DATABASE') ? ` "${guest.database}" FROM` : ''
      await as(`${revoke}${place} "${guest.user}"`)
      const { status, row } = await tested('guest', home)
      expect([grant, status, row?.ok, row?.error?.code]).toEqual([grant, 5, false, 'INSUFFICIENT_PRIVILEGE'])
      expect(row?.error?.hint).toContain(grant)
      expect(Object.values(row?.abilities ?? {})).toContain(false)
      const edited = await cli(['db', 'edit', 'guest', '--sslmode', 'prefer', '--json'], { home })
      expect([edited.status, errorOf(edited).code]).toEqual([5, 'INSUFFICIENT_PRIVILEGE'])
      for (const statement of errorOf(edited).grants as string[]) await as(statement)
      expect((await tested('guest', home)).status).toBe(0)
    }
    const other = await createRole()
    const edited = await cli(['db', 'edit', 'owned', '--user', other.user, '--password-stdin', '--json'], {
      home,
      input: other.password,
    })
    expect(edited.status).toBe(5)
    expect(document(await cli(['db', 'show', 'owned', '--json'], { home }))).toMatchObject({
      user: owner.user,
      sslmode: 'disable',
    })
  })

  test('needs no right to create schemas where it can create tables, but gets a warning', async () => {
    const { home, guest, as } = await twoRoles()
    await as(
      `GRANT USAGE ON SCHEMA msar, __msar, mathesar_types TO "${guest.user}";
       CREATE SCHEMA shop; GRANT USAGE, CREATE ON SCHEMA shop TO "${guest.user}"`,
    )
    const added = await add('guest', guest, { home })
    expect(added, added.stderr).toMatchObject({ status: 0 })
    expect(document<{ warnings: string[] }>(added).warnings).toContainEqual(
      expect.stringContaining('but no schemas'),
    )
    const { row } = await tested('guest', home)
    expect(row).toMatchObject({ ok: true, abilities: { createSchemas: false, createTables: true } })
    const text = await cli(['db', 'test', 'guest'], { home })
    expect(text.stdout).toContain('use,tables')
  })

  test('gets an error when it can only read', async () => {
    const { home, guest, as } = await twoRoles()
    await as(`GRANT USAGE ON SCHEMA msar, __msar, mathesar_types TO "${guest.user}"`)
    const refused = await add('guest', guest, { home })
    expect([refused.status, errorOf(refused).hint]).toEqual([
      5,
      expect.stringContaining('GRANT CREATE ON DATABASE'),
    ])
  })

  test('runs no code of the schemas while the program checks it', async () => {
    const { home, owner, as } = await twoRoles()
    await as(
      `CREATE SCHEMA shop; CREATE TABLE shop.calls (who text);
       CREATE FUNCTION msar.has_schema_privilege(oid, text) RETURNS bool LANGUAGE sql AS
         $$INSERT INTO shop.calls VALUES (current_user); SELECT true$$;
       ALTER ROLE CURRENT_USER SET search_path = msar, pg_catalog`,
    )
    expect((await tested('owned', home)).status).toBe(0)
    expect(await add('super', superuserSettings(owner.database), { home })).toMatchObject({ status: 0 })
    expect(await sql(owner.database, 'SELECT * FROM shop.calls')).toEqual([])
  })
})

describe('records of one database', () => {
  test('all records of one database show the same schema version, whichever of them installs or upgrades', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('one', settings, { home })
    await add('two', { ...settings, host: 'localhost' }, { home })
    const schemas = async () =>
      document<{ schema: unknown }[]>(await cli(['db', 'list', '--json'], { home })).map(
        ({ schema }) => schema,
      )
    const [first, second] = await schemas()
    expect(second).toEqual(first)
    await sql(settings.database, 'DROP SCHEMA msar, __msar, mathesar_types CASCADE')
    await sql(settings.database, standInSql(RELEASE_0_11), [], settings)
    expect(await add('two', { ...settings, host: 'localhost' }, { home })).toMatchObject({ status: 0 })
    expect(await schemas()).toEqual([
      { source: 'adopted', version: null },
      { source: 'adopted', version: null },
    ])
    await sql(settings.database, 'DROP SCHEMA msar, __msar, mathesar_types CASCADE')
    expect(await add('one', settings, { home })).toMatchObject({ status: 0 })
    expect(await schemas()).toEqual([first, first])
  })
})
