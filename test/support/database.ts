import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import type { Cluster } from './postgres.ts'

/** Returns the server that the whole run shares. */
export function sharedCluster(): Cluster {
  return inject('cluster')
}

/** Returns a name that no other test uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(5).toString('hex')}`
}

/** Returns the settings of the superuser for a database of the cluster. */
export function superuserSettings(
  database = 'postgres',
  cluster: Cluster = sharedCluster(),
): ConnectionSettings {
  return {
    host: cluster.host,
    port: cluster.port,
    database,
    user: cluster.superuser,
    password: cluster.password,
    sslmode: 'disable',
    sslrootcert: null,
    sslcert: null,
    sslkey: null,
    options: null,
  }
}

/** Runs statements as the given role (the superuser by default) and returns the rows of the last one. */
export async function sql<Row extends object = Record<string, unknown>>(
  database: string,
  text: string,
  values: readonly unknown[] = [],
  login: { user: string; password: string | null } | null = null,
  cluster: Cluster = sharedCluster(),
): Promise<Row[]> {
  const client = new pg.Client({
    host: cluster.host,
    port: cluster.port,
    database,
    user: login?.user ?? cluster.superuser,
    password: login ? (login.password ?? '') : cluster.password,
    ssl: false,
  })
  await client.connect()
  try {
    const result: pg.QueryResult | pg.QueryResult[] =
      values.length > 0 ? await client.query(text, [...values]) : await client.query(text)
    const last = Array.isArray(result) ? result.at(-1) : result
    return (last?.rows ?? []) as Row[]
  } finally {
    await client.end()
  }
}

/** Connections of this process to the shared server, on which it creates what its tests work with. */
let administration: pg.Pool | null = null

/**
 * Runs a statement that creates something as the superuser. On the shared server all of them use the same
 * connections, for a thousand tests would open two thousand.
 */
async function create(text: string, cluster: Cluster): Promise<void> {
  // The benchmark has no shared server.
  if (!process.env.VITEST || cluster.dataDirectory !== sharedCluster().dataDirectory) {
    await sql('postgres', text, [], null, cluster)
    return
  }
  administration ??= administer(cluster)
  await administration.query(text)
}

function administer({ host, port, superuser: user, password }: Cluster): pg.Pool {
  const pool = new pg.Pool({
    host,
    port,
    user,
    password,
    database: 'postgres',
    ssl: false,
    max: 2,
    idleTimeoutMillis: 0,
    allowExitOnIdle: true,
  })
  // The server ends before this process does.
  pool.on('error', () => {})
  return pool
}

/** Creates a login role, and returns its name and password. */
export async function createRole(
  options: { name?: string; password?: string; attributes?: string } = {},
  cluster: Cluster = sharedCluster(),
): Promise<{ user: string; password: string }> {
  const user = options.name ?? uniqueName('role')
  const password = options.password ?? randomBytes(9).toString('base64url')
  await create(
    `CREATE ROLE ${pg.escapeIdentifier(user)} LOGIN ${options.attributes ?? ''} PASSWORD ${pg.escapeLiteral(password)}`,
    cluster,
  )
  return { user, password }
}

/** Creates a database, owned by `owner` if given, and returns its name. */
export async function createDatabase(
  options: { name?: string; owner?: string; suffix?: string } = {},
  cluster: Cluster = sharedCluster(),
): Promise<string> {
  const name = options.name ?? uniqueName('db')
  const owner = options.owner ? ` OWNER ${pg.escapeIdentifier(options.owner)}` : ''
  // This takes half as long as the default, which writes every page of the template to the log.
  const strategy = cluster.major >= 15 ? ' STRATEGY file_copy' : ''
  await create(
    `CREATE DATABASE ${pg.escapeIdentifier(name)}${owner} ${options.suffix ?? ''}${strategy}`,
    cluster,
  )
  return name
}

/** Creates a role and a database that it owns, and returns the role's connection settings. */
export async function ownedDatabase(
  options: { database?: string; user?: string; password?: string } = {},
  cluster: Cluster = sharedCluster(),
): Promise<ConnectionSettings> {
  const role = await createRole(
    {
      ...(options.user === undefined ? {} : { name: options.user }),
      ...(options.password === undefined ? {} : { password: options.password }),
    },
    cluster,
  )
  const database = await createDatabase(
    { owner: role.user, ...(options.database === undefined ? {} : { name: options.database }) },
    cluster,
  )
  return { ...superuserSettings(database, cluster), user: role.user, password: role.password }
}
