import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { createDatabase, ownedDatabase, sql } from '../../test/support/database.ts'
import { mathesarctl, type Run } from './process.ts'
import type { World } from './types.ts'

/** Makes databases that nobody has connected to, each owned by the same role. */
export async function freshDatabases({ cluster }: World): Promise<() => Promise<ConnectionSettings>> {
  const first = await ownedDatabase({}, cluster)
  return async () => ({ ...first, database: await createDatabase({ owner: first.user }, cluster) })
}

/** `db add` by flags; the password comes from standard input. */
export function add(
  name: string,
  settings: ConnectionSettings,
  { home }: World,
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const flags = {
    host: settings.host,
    port: String(settings.port),
    database: settings.database,
    user: settings.user,
    sslmode: settings.sslmode,
    ...(settings.sslrootcert === null ? {} : { sslrootcert: settings.sslrootcert }),
  }
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value])
  return mathesarctl(['db', 'add', name, ...words, '--password-stdin', '--json'], {
    home,
    env,
    input: settings.password ?? '',
  })
}

/** `db remove` with the schemas. */
export function remove(name: string, { home }: World): Promise<Run> {
  return mathesarctl(['db', 'remove', name, '--remove-schema', '--yes', '--json'], { home })
}

/**
 * Throws unless the Mathesar schemas are there (or are not): a measurement of nothing must not pass for one.
 */
export async function checkSchemas(
  { database }: ConnectionSettings,
  isSchemaExpected: boolean,
  { cluster }: World,
): Promise<void> {
  const text = "SELECT FROM pg_namespace WHERE nspname IN ('msar', '__msar', 'mathesar_types')"
  const rows = await sql(database, text, [], null, cluster)
  if (rows.length !== (isSchemaExpected ? 3 : 0))
    throw new Error(`${database} has ${rows.length} Mathesar schemas`)
}
