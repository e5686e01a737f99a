import { Command } from 'commander'
import type { StoredDatabase } from '../../../store/types.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'
import type { ListedDatabase } from '../../json/db-list.ts'
import type { Terminal } from '../../terminal.ts'

export function dbListCommand(): Command {
  const command = new Command('list')
    .alias('ls')
    .description('List the stored databases, without their passwords')
    .action(async () => runDbList(await startInvocation(command)))
  withExplanation(command, [
    'The command connects to no server. A row with an empty host is a leftover of an old Mathesar; ' +
      'you can only remove it.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl db list', purpose: 'Print a table with one line for each database' },
    { command: "mathesarctl db list --json | jq -r '.[].name'", purpose: 'Print only the names' },
  ])
}

async function runDbList(invocation: Invocation): Promise<void> {
  const { terminal } = invocation
  const [{ withWorkspace }, { listDatabases }] = await Promise.all([
    import('../../workspace.ts'),
    import('../../../databases/list.ts'),
  ])
  const databases = await withWorkspace(invocation, { create: false, readOnly: true }, ({ store }) =>
    listDatabases(store),
  )
  if (terminal.isJson) {
    terminal.document('db list', databases.map(listed))
    return
  }
  if (databases.length === 0) {
    terminal.info('No database is stored yet. Add one with: mathesarctl db add')
    return
  }
  await showDatabases(databases, terminal)
}

/**
 * Returns what the document lists of a database. `roles` is not read: ten thousand databases of one server,
 * each with a role of its own, would be a hundred million names.
 */
function listed(stored: StoredDatabase): ListedDatabase {
  const { name, host, port, database, user, sslmode, schema, createdAt, updatedAt } = stored
  const { access, confirmedVersion } = stored
  return {
    name,
    host,
    port,
    database,
    user,
    sslmode,
    schema,
    createdAt,
    updatedAt,
    ...(access === undefined ? {} : { access }),
    ...(confirmedVersion === undefined ? {} : { confirmedVersion }),
  }
}

async function showDatabases(databases: readonly StoredDatabase[], terminal: Terminal): Promise<void> {
  const [{ showTable }, { portLength, roleText, schemaText, serverText }, { distinctNames }] =
    await Promise.all([
      import('../../render/show-table.ts'),
      import('../../render/database.ts'),
      import('../../render/distinct-names.ts'),
    ])
  const show = distinctNames(databases.map(({ name }) => name))
  showTable(
    [
      { heading: 'NAME', isCutInMiddle: true },
      { heading: 'DATABASE', isCutInMiddle: true },
      { heading: 'ROLE', isCutInMiddle: true, rank: 1 },
      { heading: 'SERVER', tailLength: portLength },
      { heading: 'SSLMODE', isWhole: true, rank: 3 },
      { heading: 'SCHEMA', isWhole: true, rank: 2 },
    ],
    databases.map((stored) => [
      show(stored.name),
      stored.database,
      roleText(stored),
      serverText(stored),
      stored.sslmode,
      schemaText(stored.schema),
    ]),
    terminal,
  )
}
