import { createHash, randomUUID } from 'node:crypto'
import pg from 'pg'
import { openSession } from '../../src/postgres/connect.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { installSchema } from '../../src/schema/install/install.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import type { SchemaSource } from '../../src/schema/sources/types.ts'
import { createDatabase, createRole, sql, superuserSettings, uniqueName } from './database.ts'
import type { Cluster } from './postgres.ts'

/** A database that copies come from, and the role that owns the schemas in it. */
interface Template {
  database: string
  owner: string
}

/** The key of an advisory lock that only the tests use. */
const TEMPLATE_LOCK = 7_301_402

/** By the data directory of the server and the name of the template. */
const templates = new Map<string, Promise<Template>>()

/**
 * Creates a database with the schemas of a source, owned by a new role, as a copy of one in which an install
 * ran: a copy takes a fifth of the time. Only the install's id is not its own; a test about that id calls
 * `install`.
 */
export async function copyInstalledDatabase(
  cluster: Cluster,
  source: SchemaSource = bundledSource(),
): Promise<ConnectionSettings> {
  const key = `${cluster.dataDirectory} ${templateName(source)}`
  let preparing = templates.get(key)
  if (preparing === undefined) {
    preparing = prepareTemplate(cluster, source)
    templates.set(key, preparing)
  }
  const template = await preparing
  const role = await createRole({}, cluster)
  const database = await createDatabase(
    { owner: role.user, suffix: `TEMPLATE ${template.database}` },
    cluster,
  )
  await sql(database, `REASSIGN OWNED BY ${template.owner} TO ${role.user}`, [], null, cluster)
  return { ...superuserSettings(database, cluster), ...role }
}

function templateName({ name, version, checksum }: SchemaSource): string {
  return `installed_${createHash('sha256').update(`${name} ${version} ${checksum}`).digest('hex').slice(0, 16)}`
}

/** Creates the template unless another worker of the same run did. */
async function prepareTemplate(cluster: Cluster, source: SchemaSource): Promise<Template> {
  const database = templateName(source)
  const template = { database, owner: `${database}_owner` }
  const { host, port, superuser: user, password } = cluster
  const client = new pg.Client({ host, port, user, password, database: 'postgres', ssl: false })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK])
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database])
    if (rowCount === 0) await createTemplate(cluster, source, template)
    return template
  } finally {
    await client.end()
  }
}

async function createTemplate(cluster: Cluster, source: SchemaSource, template: Template): Promise<void> {
  const owner = await createRole({ name: template.owner }, cluster)
  // It belongs to the superuser: REASSIGN OWNED in a copy would give it to the owner of the copy.
  const unfinished = await createDatabase({ name: uniqueName('unfinished') }, cluster)
  await sql('postgres', `GRANT CREATE ON DATABASE ${unfinished} TO ${template.owner}`, [], null, cluster)
  const session = await openSession(
    { ...superuserSettings(unfinished, cluster), ...owner },
    { timeoutMs: 10_000 },
  )
  try {
    await installSchema(session, source, await readSchemaState(session), {
      lockTimeoutMs: 10_000,
      installId: randomUUID(),
      replace: false,
    })
  } finally {
    await session.close()
  }
  await sql('postgres', `ALTER DATABASE ${unfinished} RENAME TO ${template.database}`, [], null, cluster)
}
