import type {
  ImportedDatabase,
  ImportPlan,
  ImportResult,
  PlannedEntry,
} from '../../../../databases/import/index.ts'
import { quotedNames } from '../../../../databases/same-database.ts'
import type { Belongings } from '../../../../store/types.ts'
import { belongingsText } from '../../../render/belongings.ts'
import { portLength, serverText } from '../../../render/database.ts'
import { distinctNames } from '../../../render/distinct-names.ts'
import { showFailures } from '../../../render/failures.ts'
import { printable } from '../../../render/printable.ts'
import { quantity } from '../../../render/quantity.ts'
import { showTable } from '../../../render/show-table.ts'
import { stderrWidth } from '../../../render/stderr-width.ts'
import { type Column, table } from '../../../render/table.ts'
import type { Globals } from '../../../settings/globals.ts'
import { commandToRepeat } from '../../../settings/repeated-flags.ts'
import type { Reporter, Terminal } from '../../../terminal.ts'

/** What a table shows of an entry. */
type Row = Pick<ImportedDatabase, 'name' | 'host' | 'port' | 'database' | 'user'> & { outcome: string }

const COLUMNS: readonly Column[] = [
  { heading: 'NAME', isCutInMiddle: true },
  { heading: 'DATABASE', isCutInMiddle: true, rank: 2 },
  { heading: 'ROLE', isCutInMiddle: true, rank: 1 },
  { heading: 'SERVER', tailLength: portLength, rank: 3 },
  { heading: 'RESULT', isWhole: true },
]

/** Shows what an import is about to do, and what it leaves behind. */
export function showPlan(plan: ImportPlan, reporter: Reporter): void {
  const { planned, failed } = plan
  const rows: Row[] = [
    ...planned.map((one) => ({ name: one.name, ...one.row, outcome: planText(one) })),
    ...failed.map(({ name, place, error }) => ({ ...placeOf(place), name, outcome: error.code })),
  ]
  const columns = COLUMNS.map((column) =>
    column.heading === 'RESULT' ? { ...column, heading: 'PLAN' } : column,
  )
  reporter.explain()
  reporter.explain(table(columns, cellsOf(rows), { width: stderrWidth(), style: reporter.style }), {
    isWhole: true,
  })
  const notes = [...usersNotes(planned), ...passwordNotes(planned), notCopiedText(plan.notCopied)]
  for (const note of notes) if (note !== '') reporter.explain(`\n${note}`)
  if (failed.length > 0) {
    showFailures(
      failed.map(({ name, error }) => ({ name, error })),
      reporter,
    )
  }
  reporter.explain()
}

function placeOf(place: ImportPlan['failed'][number]['place']): Omit<Row, 'name' | 'outcome'> {
  return place ?? { host: null, port: null, database: null, user: null }
}

function planText({ action, users, existing }: PlannedEntry): string {
  if (action === 'none') return 'unchanged'
  if (action === 'import') return 'store'
  return existing !== null && users.length > 0 ? 'add users' : 'add role or password'
}

/** States who gets access in Mathesar, once for all databases with the same users and role. */
function usersNotes(planned: readonly PlannedEntry[]): string[] {
  const mapped = planned.filter(({ users }) => users.length > 0)
  const groups = Map.groupBy(mapped, ({ users, row }) => JSON.stringify([users, row.user]))
  return [...groups.values()].map((group) => {
    const users = quotedNames(group[0]?.users ?? [])
    const whose =
      groups.size === 1 ? 'In Mathesar,' : `In Mathesar, for ${quotedNames(group.map(({ name }) => name))},`
    const verb = group[0]?.users.length === 1 ? 'gets' : 'get'
    const role = quotedNames([group[0]?.row.user ?? ''])
    return printable(`${whose} ${users} ${verb} access as role ${role}.`, false)
  })
}

function passwordNotes(planned: readonly PlannedEntry[]): string[] {
  const replaced = planned.filter(({ passwordSharedWith }) => passwordSharedWith.length > 0)
  const notes = replaced.map(
    ({ row, passwordSharedWith }) =>
      `The password of role "${row.user}" on ${serverText(row)} replaces the stored one for ` +
      `${quotedNames(passwordSharedWith)} as well.`,
  )
  return [...new Set(notes)].map((note) => printable(note, false))
}

/** Returns what stays behind, as sentences; `''` if nothing does. */
function notCopiedText(notCopied: Belongings): string {
  const text = belongingsText(notCopied)
  return text === ''
    ? ''
    : `The import copies connections. What Mathesar keeps about these databases stays in the source: ${text}.`
}

/** Shows the result of an import: a row for each entry, then the failures, then what to do next. */
export function showImported(
  result: ImportResult,
  terminal: Terminal,
  { source, isPlanShown, globals }: { source: string; isPlanShown: boolean; globals: Pick<Globals, 'given'> },
): void {
  const { databases, imported, failed, needsUpgrade } = result
  if (databases.length === 0) {
    terminal.info(`No database is stored in ${source}.`)
    return
  }
  const isPlan = databases.some(({ status }) => status === 'planned')
  showTable(COLUMNS, cellsOf(databases.map((one) => ({ ...one, outcome: resultText(one) }))), terminal)
  showFailures(
    databases.map(({ sourceName, error }) => ({ name: sourceName, error })),
    terminal,
  )
  terminal.info()
  const notCopied = isPlanShown ? '' : notCopiedText(result.notCopied)
  if (notCopied !== '') terminal.info(notCopied)
  if (isPlan) terminal.info('This was a dry run: nothing was changed.')
  else terminal.info(countText(imported, failed))
  if (needsUpgrade && !isPlan) {
    terminal.info('To install the Mathesar schemas that this Mathesar needs in them, run:')
    terminal.info(`  ${commandToRepeat('mathesarctl db upgrade --all', globals)}`, { isWhole: true })
  }
}

function countText(imported: number, failed: number): string {
  const failures = failed === 0 ? '' : `, ${quantity(failed, 'entry', 'entries')} failed`
  return imported === 0 && failed === 0
    ? 'Everything was stored already.'
    : `${quantity(imported, 'entry', 'entries')} imported${failures}.`
}

function resultText({ status, action, error }: ImportedDatabase): string {
  if (error !== null) return error.code
  return status === 'planned' ? `planned: ${action ?? ''}` : status
}

function cellsOf(rows: readonly Row[]): string[][] {
  const show = distinctNames(rows.map(({ name }) => name))
  return rows.map(({ name, host, port, database, user, outcome }) => [
    show(name),
    database ?? '-',
    user ?? '-',
    host === null || port === null ? '-' : serverText({ host, port }),
    outcome,
  ])
}
