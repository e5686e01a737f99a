import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { openSession } from '../../src/postgres/connect.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { installSchema } from '../../src/schema/install/install.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import { createDatabase, createRole, sql, superuserSettings, uniqueName } from './database.ts'
import type { Cluster } from './postgres.ts'

/** The database from which every copy is created, and the role that owns the schemas in it. */
const TEMPLATE = 'installed_template'
const TEMPLATE_OWNER = 'installed_template_owner'

/** The key of an advisory lock that only the tests use. */
const TEMPLATE_LOCK = 7_301_402

/** The templates, by the data directory of the server. */
const templates = new Map<string, Promise<void>>()

/**
 * Creates a database with the bundled schemas, owned by a new role, as a copy of one in which an install ran:
 * a copy takes a fifth of the time. All copies have the same install id; a test about that id calls
 * `install`.
 */
export async function copyInstalledDatabase(cluster: Cluster): Promise<ConnectionSettings> {
  let template = templates.get(cluster.dataDirectory)
  if (template === undefined) {
    template = prepareTemplate(cluster)
    templates.set(cluster.dataDirectory, template)
  }
  await template
  const role = await createRole({}, cluster)
  const database = await createDatabase({ owner: role.user, suffix: `TEMPLATE ${TEMPLATE}` }, cluster)
  await sql(database, `REASSIGN OWNED BY ${TEMPLATE_OWNER} TO ${role.user}`, [], null, cluster)
  return { ...superuserSettings(database, cluster), ...role }
}

/** Creates the template, unless another worker of the same run has created it. */
async function prepareTemplate(cluster: Cluster): Promise<void> {
  const { host, port, superuser: user, password } = cluster
  const client = new pg.Client({ host, port, user, password, database: 'postgres', ssl: false })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK])
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [TEMPLATE])
    if (rowCount === 0) await createTemplate(cluster)
  } finally {
    await client.end()
  }
}

async function createTemplate(cluster: Cluster): Promise<void> {
  const owner = await createRole({ name: TEMPLATE_OWNER }, cluster)
  // The template belongs to the superuser: REASSIGN OWNED in a copy would transfer it to the owner of the
  // copy.
  const unfinished = await createDatabase({ name: uniqueName('unfinished') }, cluster)
  await sql('postgres', `GRANT CREATE ON DATABASE ${unfinished} TO ${TEMPLATE_OWNER}`, [], null, cluster)
  const session = await openSession(
    { ...superuserSettings(unfinished, cluster), ...owner },
    { timeoutMs: 10_000 },
  )
  try {
    await installSchema(session, bundledSource(), await readSchemaState(session), {
      lockTimeoutMs: 10_000,
      installId: randomUUID(),
      replace: false,
    })
  } finally {
    await session.close()
  }
  await sql('postgres', `ALTER DATABASE ${unfinished} RENAME TO ${TEMPLATE}`, [], null, cluster)
}
