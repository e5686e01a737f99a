import { Command } from 'commander'
import type { RecordedMisfits } from '../../../databases/list.ts'
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
    'The command connects to no server. Below the table it states how many databases have the SQL of another ' +
      'release than their Mathesar from 0.2.0 on, as far as that Mathesar recorded it. A row with an empty host is a leftover of an old Mathesar; ' +
      'you can only remove it.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl db list', purpose: 'Print a table with one line for each database' },
    { command: "mathesarctl db list --json | jq -r '.[].name'", purpose: 'Print only the names' },
  ])
}

async function runDbList(invocation: Invocation): Promise<void> {
  const { terminal } = invocation
  const [{ withWorkspace }, { countMisfits, listDatabases }, { isSourceAtHand }] = await Promise.all([
    import('../../workspace.ts'),
    import('../../../databases/list.ts'),
    import('../../settings/source-at-hand.ts'),
  ])
  const { databases, misfits, isAtHand } = await withWorkspace(
    invocation,
    { create: false, readOnly: true },
    async ({ store }) => {
      const stored = await listDatabases(store)
      const misfits = countMisfits(store, stored)
      const isAtHand = misfits === null || isSourceAtHand(invocation, store)
      return { databases: stored, misfits, isAtHand }
    },
  )
  if (terminal.isJson) {
    terminal.document('db list', databases.map(listed))
    return
  }
  if (databases.length === 0) {
    const { hintToRepeat } = await import('../../settings/repeated-flags.ts')
    terminal.info(hintToRepeat('No database is stored yet. Add one with: mathesarctl db add'))
    return
  }
  await showDatabases(databases, terminal)
  if (misfits !== null) await showMisfits({ ...misfits, isAtHand }, invocation)
}

/** Writes below the table which databases a Mathesar counts as not current. */
async function showMisfits(
  { earlier, later, needed, isAtHand }: RecordedMisfits & { isAtHand: boolean },
  { globals, terminal }: Invocation,
): Promise<void> {
  if (earlier + later === 0) return
  const [{ quantity }, { commandToRepeat }, { sourceFlagsText }] = await Promise.all([
    import('../../render/quantity.ts'),
    import('../../settings/repeated-flags.ts'),
    import('../../../databases/source-text.ts'),
  ])
  const have = (count: number) => `${quantity(count, 'database')} ${count === 1 ? 'has' : 'have'}`
  terminal.info()
  if (later > 0) {
    terminal.info(`${have(later)} the SQL of a later release than this Mathesar, which is ${needed}.`)
  }
  if (earlier > 0) {
    terminal.info(
      `This Mathesar is ${needed}. As far as it recorded that, ${have(earlier)} the SQL of an earlier release, ` +
        `or none. Run${sourceFlagsText(isAtHand)}:`,
    )
    terminal.info(`  ${commandToRepeat('mathesarctl db upgrade --all', globals)}`, { isWhole: true })
  }
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
