import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { installSchema } from '../../src/schema/install/install.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import { installOptions, withSession } from '../schema/support.ts'
import { createDatabase, createRole, sql, superuserSettings, uniqueName } from '../support/database.ts'
import { type RunningCluster, startCluster } from '../support/postgres.ts'
import { type Mark, RIGHTS_QUERY, ROLES, type Role, SHARED, trapScript } from './attacks.ts'

/** A server with the roles of the matrix and a database that all others are copied from. */
export interface World {
  cluster: RunningCluster
  /** Settings of a role for a database. */
  settings(role: Role, database: string): ConnectionSettings
  /** Runs statements as a superuser. */
  sql<Row extends object = Record<string, unknown>>(database: string, text: string): Promise<Row[]>
  /** A new database with the Mathesar schemas of `dirk`, who owns it, and the traps of everybody. */
  database(template?: string): Promise<string>
  drop(database: string): Promise<void>
  /** All that the traps noted since the last call. */
  marks(): Promise<Mark[]>
  /** Of marks those with rights that their owner lacks. */
  gains(marks: readonly Mark[]): Mark[]
  stop(): Promise<void>
}

/**
 * - `chief`: a superuser; `anna`: owns tables, and nothing else; `boris`: owns tables, may create roles, and
 *   belongs to `treasurer`; `dirk`: owns the database and the Mathesar schemas;
 * - `dba`: no superuser, may create roles and databases, and is a member of anna, boris and dirk.
 */
const ATTRIBUTES: Partial<Record<Role, string>> = {
  chief: 'SUPERUSER',
  boris: 'CREATEROLE',
  dba: 'CREATEROLE CREATEDB',
}

export async function startWorld(): Promise<World> {
  let log = ''
  const cluster = await startCluster({
    settings: [
      'log_min_messages = log',
      'max_locks_per_transaction = 1000',
      'log_min_error_statement = panic',
      "log_line_prefix = ''",
      'log_error_verbosity = terse',
    ],
    onLog: (text) => {
      log += text
    },
  })
  const passwords = new Map<string, string>([['postgres', cluster.password]])
  for (const role of ROLES) {
    if (role === 'postgres') continue
    const { password } = await createRole({ name: role, attributes: ATTRIBUTES[role] ?? '' }, cluster)
    passwords.set(role, password)
  }
  await sql('postgres', 'GRANT treasurer TO boris; GRANT anna, boris, dirk TO dba;', [], null, cluster)
  const settings = (role: Role, database: string): ConnectionSettings => ({
    ...superuserSettings(database, cluster),
    user: role,
    password: passwords.get(role) ?? '',
  })
  const run = <Row extends object>(database: string, text: string) =>
    sql<Row>(database, text, [], null, cluster)
  const template = await createDatabase({ name: 'template_of_traps', owner: 'dirk' }, cluster)
  await withSession(settings('dirk', template), async (session) =>
    installSchema(session, bundledSource(), await readSchemaState(session), installOptions()),
  )
  await run(template, 'GRANT USAGE ON SCHEMA msar, __msar, mathesar_types TO PUBLIC')
  await run(template, SHARED)
  for (const role of ['chief', 'anna', 'boris', 'dirk'] as const) await run(template, trapScript(role))
  const rights = await run<{ owner: Role; role: Role; attributes: string[] }>('postgres', RIGHTS_QUERY)
  const marks = async (): Promise<Mark[]> => {
    const end = uniqueName('end of marks')
    await run('postgres', `DO $$ BEGIN RAISE LOG '%', '${end}'; END $$`)
    for (let waited = 0; !log.includes(end); waited += 5) {
      if (waited > 20_000) throw new Error('the server does not write its log')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const lines = log.split('\n')
    log = ''
    return lines.flatMap((line) => {
      const [, text] = /^LOG: {2}trap (\{.*\})$/.exec(line) ?? []
      return text === undefined ? [] : [JSON.parse(text) as Mark]
    })
  }
  const gains = (marks: readonly Mark[]) =>
    marks.filter(({ label, held, vaults, attributes }) => {
      const owner = label.split('@')[1]
      const allowed = rights.filter((right) => right.owner === owner)
      const roles = new Set<string>(allowed.map(({ role }) => role))
      // Before PostgreSQL 16 who may create roles may grant himself all but a superuser's.
      const canCreate = cluster.major < 16 && allowed.some((right) => right.attributes.includes('createrole'))
      if (canCreate) for (const role of ROLES) if (role !== 'postgres' && role !== 'chief') roles.add(role)
      const may = new Set(allowed.flatMap((right) => right.attributes))
      return (
        [...held, ...vaults].some((role) => !roles.has(role)) || attributes.some((each) => !may.has(each))
      )
    })
  return {
    cluster,
    settings,
    sql: run,
    database: (from = template) => createDatabase({ owner: 'dirk', suffix: `TEMPLATE "${from}"` }, cluster),
    drop: async (database) => {
      await run('postgres', `DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`)
    },
    marks,
    gains,
    stop: () => cluster.stop(),
  }
}
