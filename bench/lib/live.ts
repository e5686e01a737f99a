import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { createInternalDatabase, type InternalDatabase } from '../../test/support/mathesar-database.ts'
import type { World } from './types.ts'

/** The number of databases that a server of the filled internal database has. */
const DATABASES_OF_A_SERVER = 50

/** Creates an internal database of the newest modern layout, with one superuser. */
export function liveMathesar({ cluster }: World): Promise<InternalDatabase> {
  return createInternalDatabase({ cluster })
}

/** Writes the `.env` of a Mathesar and returns its path. `port`: where its internal database is reached. */
export function envFileOf(internal: InternalDatabase, home: string, port: number): string {
  const path = join(home, `${internal.settings.database}.env`)
  const text = internal.envFile.replace(/^POSTGRES_PORT=.*$/m, `POSTGRES_PORT=${port}`)
  writeFileSync(path, text, { mode: 0o600 })
  return path
}

/** Stores databases, each with a role of its own that one user is mapped to, as `db add` would. */
export async function fillMathesar(internal: InternalDatabase, count: number): Promise<void> {
  const times = 'clock_timestamp(), clock_timestamp()'
  const token = await internal.encrypt('password')
  await internal.query(
    `INSERT INTO mathesar_server (created_at, updated_at, host, port, sslmode)
     SELECT ${times}, format('db%s.example.com', number), 5432, 'require'
     FROM generate_series(1, ${Math.ceil(count / DATABASES_OF_A_SERVER)}) AS number`,
  )
  await internal.query(
    `INSERT INTO mathesar_database (created_at, updated_at, name, nickname, server_id,
       last_confirmed_sql_version)
     SELECT ${times}, format('app_%s', number), format('database %s', number),
       1 + (number - 1) / ${DATABASES_OF_A_SERVER}, '0.11.0'
     FROM generate_series(1, ${count}) AS number`,
  )
  await internal.query(
    `INSERT INTO mathesar_configuredrole (created_at, updated_at, name, password, server_id)
     SELECT ${times}, format('role_%s', id), $1, server_id FROM mathesar_database ORDER BY id`,
    [token],
  )
  await internal.query(
    `INSERT INTO mathesar_userdatabaserolemap (created_at, updated_at, configured_role_id, database_id,
       server_id, user_id)
     SELECT ${times}, r.id, d.id, d.server_id, 1
     FROM mathesar_database AS d JOIN mathesar_configuredrole AS r ON r.name = format('role_%s', d.id)`,
  )
  await internal.query('ANALYZE')
}

/**
 * Stores databases of one server and one role, which one user is mapped to, as Mathesar itself would.
 *
 * @param version what Mathesar has recorded of the SQL in them
 */
export async function storeInMathesar(
  internal: InternalDatabase,
  databases: readonly ConnectionSettings[],
  version: string,
): Promise<void> {
  const [first] = databases
  if (first === undefined) return
  const times = 'clock_timestamp(), clock_timestamp()'
  await internal.query(
    `INSERT INTO mathesar_server (created_at, updated_at, host, port, sslmode)
     VALUES (${times}, $1, $2, $3)`,
    [first.host, first.port, first.sslmode],
  )
  await internal.query(
    `INSERT INTO mathesar_configuredrole (created_at, updated_at, name, password, server_id)
     SELECT ${times}, $1, $2, id FROM mathesar_server`,
    [first.user, await internal.encrypt(first.password ?? '')],
  )
  await internal.query(
    `INSERT INTO mathesar_database (created_at, updated_at, name, nickname, server_id,
       last_confirmed_sql_version)
     SELECT ${times}, name, name, s.id, $2 FROM mathesar_server s, unnest($1::text[]) AS name`,
    [databases.map(({ database }) => database), version],
  )
  await internal.query(
    `INSERT INTO mathesar_userdatabaserolemap (created_at, updated_at, configured_role_id, database_id,
       server_id, user_id)
     SELECT ${times}, r.id, d.id, d.server_id, 1 FROM mathesar_database d, mathesar_configuredrole r`,
  )
  await internal.query('ANALYZE')
}
