import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { createDatabase, ownedDatabase, sql } from '../../test/support/database.ts'
import { mathesarctl, type Run } from './process.ts'
import type { World } from './types.ts'

/** Returns a function that creates databases, all owned by one role, to which nobody has connected. */
export async function freshDatabases({ cluster }: World): Promise<() => Promise<ConnectionSettings>> {
  const first = await ownedDatabase({}, cluster)
  return async () => ({ ...first, database: await createDatabase({ owner: first.user }, cluster) })
}

/** Runs `db add` with the flags of a connection and more flags, and the password on standard input. */
export function add(
  name: string,
  settings: ConnectionSettings,
  { home }: Pick<World, 'home'>,
  env: Readonly<Record<string, string>> = {},
  more: readonly string[] = [],
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
  return mathesarctl(['db', 'add', name, ...words, '--password-stdin', '--json', ...more], {
    home,
    env,
    input: settings.password ?? '',
  })
}

/** Runs `db remove` with --remove-schema. */
export function remove(name: string, { home }: World): Promise<Run> {
  return mathesarctl(['db', 'remove', name, '--remove-schema', '--yes', '--json'], { home })
}

/**
 * Throws unless the database has all Mathesar schemas, or none: a run that did nothing must not count as a
 * measurement.
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
