import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { sql, superuserSettings, uniqueName } from '../support/database.ts'
import { installedDatabase, withSession } from './support.ts'

let settings: ConnectionSettings
const roles: string[] = []
beforeAll(async () => {
  settings = await installedDatabase()
})
afterAll(async () => {
  for (const role of roles) {
    const name = pg.escapeIdentifier(role)
    await sql(settings.database, `DROP OWNED BY ${name}; DROP ROLE ${name}`)
  }
})

/** Creates a role by the function under test, as the server's superuser. */
async function create(name: string, password: string): Promise<string> {
  roles.push(name)
  const text = 'SELECT msar.create_basic_mathesar_user($1, $2) AS name'
  const rows = await sql<{ name: string }>(settings.database, text, [name, password])
  return rows[0]?.name ?? ''
}

describe('msar.create_basic_mathesar_user', () => {
  it.each([
    ['plain', 'plain'],
    [`a"b\\c'); drop table t; --`, `p"w\\c'); drop table t; --`],
    ['%I $1 ünï', '%L $1 ünï'],
  ])('makes %s able to log in and to work', async (prefix, password) => {
    const name = uniqueName(prefix)
    expect(await create(name, password)).toBe(name)
    const login = { user: name, password }
    const created = await sql<{ type: string; role: string }>(
      settings.database,
      `SELECT msar.create_schema(session_user, false),
              msar.build_type_text('{"name": "varchar", "options": {"length": 3}}') AS type, session_user AS role`,
      [],
      login,
    )
    expect(created[0]).toMatchObject({ type: 'character varying(3)', role: name })
    await expect(
      sql(settings.database, 'SELECT 1', [], { user: name, password: `${password}x` }),
    ).rejects.toMatchObject({ code: '28P01' })
  })

  it('shows the password in no error', async () => {
    const name = uniqueName('taken')
    await create(name, 'first')
    const error = await sql(settings.database, 'SELECT msar.create_basic_mathesar_user($1, $2)', [
      name,
      'do-not-show',
    ]).then(
      () => null,
      (thrown: unknown) => thrown as pg.DatabaseError,
    )
    expect(error).toMatchObject({ code: '42710', message: `role "${name}" already exists` })
    expect(`${error?.where} ${error?.detail} ${error?.internalQuery}`).not.toContain('do-not-show')
  })

  it('reports schemas that do not exist', async () => {
    const name = uniqueName('partial')
    const notices: string[] = []
    await withSession(superuserSettings(settings.database), async (session) => {
      await session.run(
        `BEGIN;
         ALTER SCHEMA mathesar_types RENAME TO a;
         ALTER SCHEMA __msar RENAME TO b;
         ALTER SCHEMA msar RENAME TO c;
         SELECT c.create_basic_mathesar_user('${name}', 'x');
         ROLLBACK`,
        (notice) => notices.push(`${notice.severity}: ${notice.message}`),
      )
    })
    expect(notices).toEqual([
      'NOTICE: Schema mathesar_types does not exist',
      'NOTICE: Schema __msar does not exist',
      'NOTICE: Schema msar does not exist',
    ])
  })
})
