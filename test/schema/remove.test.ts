import { describe, expect, it } from 'vitest'
import { openSession } from '../../src/postgres/connect.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { removeSchema } from '../../src/schema/removal/remove.ts'
import { createRole, ownedDatabase, superuserSettings } from '../support/database.ts'
import { as, installedDatabase, schemaOwners, waiting, withSession } from './support.ts'

const options = { lockTimeoutMs: 5_000 }
const remove = (settings: Parameters<typeof withSession>[0]) =>
  withSession(settings, (session) => removeSchema(session, options))
const all = { dropped: ['schema msar', 'schema __msar', 'schema mathesar_types'], converted: [], notes: [] }

describe('removing the schemas', () => {
  it('leaves nothing, and may be repeated', async () => {
    const settings = await installedDatabase()
    expect(await remove(settings)).toEqual(all)
    expect(await schemaOwners(settings.database)).toEqual({})
    expect(await remove(settings)).toMatchObject({ dropped: [] })
  })

  it('drops what another program installed, whatever the order of dependencies is', async () => {
    const settings = await ownedDatabase()
    await as(settings, FOREIGN)
    expect((await withSession(settings, readSchemaState)).kind).toBe('remains')
    expect(await remove(settings)).toEqual(all)
    expect(await schemaOwners(settings.database)).toEqual({})
  })

  it('drops what no Mathesar installs only where the operator chose to cascade', async () => {
    const settings = await ownedDatabase()
    await as(settings, `${FOREIGN}; ${OF_OTHER_KINDS}`)
    await expect(remove(settings)).rejects.toMatchObject({ code: 'DEPENDENTS_EXIST' })
    const { dropped } = await withSession(settings, (session) =>
      removeSchema(session, { ...options, strategy: 'cascade' }),
    )
    expect(dropped).toEqual([
      'operator msar.===(pg_catalog.text,pg_catalog.text) inside them',
      'procedure msar.nothing() inside them',
      'type msar.span inside them',
      ...all.dropped,
    ])
    expect(await schemaOwners(settings.database)).toEqual({})
  })

  it('drops schemas that are empty', async () => {
    const settings = await ownedDatabase()
    await as(settings, 'CREATE SCHEMA msar')
    expect(await remove(settings)).toMatchObject({ dropped: ['schema msar'] })
  })

  it('acts as the owner when a superuser does it, and refuses other roles', async () => {
    const settings = await installedDatabase()
    const other = await createRole()
    await expect(remove({ ...settings, ...other })).rejects.toMatchObject({
      code: 'INSUFFICIENT_PRIVILEGE',
      message: expect.stringContaining(settings.user),
    })
    expect(await remove(superuserSettings(settings.database))).toEqual(all)
  })

  it('reports its progress', async () => {
    const settings = await installedDatabase()
    const seen: number[] = []
    await withSession(settings, (session) =>
      removeSchema(session, { ...options, onProgress: ({ done, total }) => seen.push(done / total) }),
    )
    expect(seen.at(-1)).toBe(1)
  })

  it.each([
    ['a column of a type', 'CREATE TABLE public.person (email mathesar_types.email)', 'column'],
    ['a view on a function', `CREATE VIEW public.v AS SELECT mathesar_types.uri_scheme('a:b') AS s`, 'view'],
    ['a table of a user inside', 'CREATE TABLE msar.notes (n integer)', 'own object'],
    [
      'a function of a user inside',
      `CREATE FUNCTION __msar.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
      'own object',
    ],
  ])('removing the schemas is refused by %s, and changes nothing', async (_, text, kind) => {
    const settings = await installedDatabase()
    await as(settings, text)
    const before = await withSession(settings, readSchemaState)
    await expect(remove(settings)).rejects.toMatchObject({
      code: 'DEPENDENTS_EXIST',
      details: { data: { dependents: [expect.objectContaining({ kind })] } },
    })
    expect(await withSession(settings, readSchemaState)).toEqual(before)
  })

  it("does not drop a user's table inside a foreign install", async () => {
    const settings = await ownedDatabase()
    await as(settings, `${FOREIGN}; CREATE TABLE msar.notes (n integer)`)
    await expect(remove(settings)).rejects.toMatchObject({
      details: { data: { dependents: [expect.objectContaining({ relation: 'notes', kind: 'own object' })] } },
    })
  })

  it('removing the schemas is refused by a dependent that another session creates at the same time', async () => {
    const settings = await installedDatabase()
    const other = await openSession(settings, { timeoutMs: 5_000 })
    try {
      await other.run('BEGIN; CREATE TABLE public.late (email mathesar_types.email)')
      const removal = remove(settings)
      removal.catch(() => {})
      // PostgreSQL itself would not make it wait, and would leave the table without the type of its column.
      await expect.poll(() => waiting(settings.database)).toBe(true)
      await other.run('COMMIT')
      await expect(removal).rejects.toMatchObject({
        code: 'DEPENDENTS_EXIST',
        details: { data: { dependents: [expect.objectContaining({ relation: 'late', column: 'email' })] } },
      })
      expect((await withSession(settings, readSchemaState)).kind).toBe('ours')
    } finally {
      await other.close()
    }
  })

  it('stops waiting for a session that keeps changing a table, and names the session', async () => {
    const settings = await installedDatabase()
    const other = await openSession(settings, { timeoutMs: 5_000 })
    try {
      await other.run('BEGIN; CREATE TABLE public.late (email mathesar_types.email)')
      const [{ pid } = { pid: 0 }] = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      await expect(
        withSession(settings, (session) => removeSchema(session, { lockTimeoutMs: 200 })),
      ).rejects.toMatchObject({
        code: 'LOCKED',
        message: expect.stringContaining(`(process ${pid}, application mathesarctl, role "`),
      })
      expect((await withSession(settings, readSchemaState)).kind).toBe('ours')
    } finally {
      await other.close()
    }
  })
})

const FOREIGN = `
CREATE SCHEMA msar; CREATE SCHEMA __msar; CREATE SCHEMA mathesar_types;
CREATE DOMAIN mathesar_types.email AS text CHECK (VALUE LIKE '%@%');
CREATE TYPE msar.pkey_kind AS ENUM ('a', 'b');
CREATE TABLE msar.top_level_domains (tld text PRIMARY KEY, added serial);
CREATE FUNCTION msar.scheme(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE DOMAIN mathesar_types.uri AS text CONSTRAINT uri_check CHECK (msar.scheme(VALUE) IS NOT NULL);
CREATE TABLE msar.expr_templates (key text DEFAULT msar.scheme('x') CHECK (msar.scheme(key) <> ''), kind msar.pkey_kind);
CREATE FUNCTION msar.of_row(msar.expr_templates) RETURNS text LANGUAGE sql AS 'SELECT $1.key';
CREATE AGGREGATE msar.joined(text) (SFUNC = textcat, STYPE = text);
CREATE FUNCTION msar.to_email(integer) RETURNS mathesar_types.email LANGUAGE sql AS $$ SELECT 'a@b'::mathesar_types.email $$;
CREATE FUNCTION msar.spoken(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION msar.kind_text(msar.pkey_kind) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE CAST (msar.pkey_kind AS integer) WITH FUNCTION msar.kind_text(msar.pkey_kind)
`

/** Objects of kinds that no Mathesar installs. */
const OF_OTHER_KINDS = `
CREATE TYPE msar.span AS RANGE (subtype = numeric);
CREATE FUNCTION msar.spans() RETURNS SETOF msar.span LANGUAGE sql AS 'SELECT NULL::msar.span';
CREATE PROCEDURE msar.nothing() LANGUAGE sql AS 'SELECT 1';
CREATE OPERATOR msar.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = msar.spoken)
`
