import type {
  ImportedDatabase,
  ImportPlan,
  ImportResult,
  PlannedEntry,
} from '../../../../databases/import/index.ts'
import { quotedNames } from '../../../../databases/same-database.ts'
import { sourceFlagsText } from '../../../../databases/source-text.ts'
import type { Belongings } from '../../../../store/types.ts'
import type { ImportPlaces } from '../../../json/db-import.ts'
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
export function showPlan(plan: ImportPlan, places: ImportPlaces, reporter: Reporter): void {
  const { planned, failed } = plan
  const rows: Row[] = [
    ...planned.map((one) => ({ ...one.row, name: one.entry.name, outcome: planText(one) })),
    ...failed.map(({ name, place, error }) => ({ ...placeOf(place), name, outcome: error.code })),
  ]
  const columns = COLUMNS.map((column) =>
    column.heading === 'RESULT' ? { ...column, heading: 'PLAN' } : column,
  )
  reporter.explain()
  reporter.explain(placesText(places))
  reporter.explain()
  reporter.explain(table(columns, cellsOf(rows), { width: stderrWidth(), style: reporter.style }), {
    isWhole: true,
  })
  const entries = planned.map((one) => ({ ...one, ...one.row }))
  for (const note of notesOf(entries, plan.notCopied, false)) reporter.explain(`\n${note}`)
  if (failed.length > 0) {
    showFailures(
      failed.map(({ name, error }) => ({ name, error })),
      reporter,
    )
  }
  reporter.explain()
}

function placesText({ from, into }: ImportPlaces): string {
  return printable(`Import from ${from} into ${into}:`, false)
}

function placeOf(place: ImportPlan['failed'][number]['place']): Omit<Row, 'name' | 'outcome'> {
  return place ?? { host: null, port: null, database: null, user: null }
}

function planText({ action, name, entry, lacks }: PlannedEntry): string {
  if (action === 'none') return sameText('unchanged', name, entry.name)
  if (action === 'reuse') return sameText(`add ${lacks.join(', ')}`, name, entry.name)
  return name === entry.name ? 'store' : `store as ${name}`
}

/** Adds under which other name the database is stored. */
function sameText(outcome: string, name: string, sourceName: string): string {
  return name === sourceName ? outcome : `${outcome} (the same database as ${name})`
}

/** What the notes below a table are about. */
type Noted = Pick<PlannedEntry, 'name' | 'users' | 'passwordSharedWith'> & {
  host: string | null
  port: number | null
  user: string | null
}

/** Returns what else follows from an import, as sentences. */
function notesOf(entries: readonly Noted[], notCopied: Belongings, isDone: boolean): string[] {
  const notes = [...usersNotes(entries, isDone), ...passwordNotes(entries, isDone), notCopiedText(notCopied)]
  return notes.filter((note) => note !== '')
}

/** States who gets access in Mathesar, once for all databases with the same users and role. */
function usersNotes(entries: readonly Noted[], isDone: boolean): string[] {
  const mapped = entries.filter(({ users }) => users.length > 0)
  const groups = Map.groupBy(mapped, ({ users, user }) => JSON.stringify([users, user]))
  return [...groups.values()].map((group) => {
    const [first] = group as [Noted]
    const users = quotedNames(first.users)
    const whose =
      groups.size === 1 ? 'In Mathesar,' : `In Mathesar, for ${quotedNames(group.map(({ name }) => name))},`
    const verb = isDone ? 'got' : first.users.length === 1 ? 'gets' : 'get'
    return printable(`${whose} ${users} ${verb} access as role ${quotedNames([first.user ?? ''])}.`, false)
  })
}

function passwordNotes(entries: readonly Noted[], isDone: boolean): string[] {
  const replaced = entries.filter(({ passwordSharedWith }) => passwordSharedWith.length > 0)
  const notes = replaced.map(
    ({ host, port, user, passwordSharedWith }) =>
      `The password of role "${user}" on ${serverText({ host: host ?? '', port: port ?? 0 })} ` +
      `${isDone ? 'replaced' : 'replaces'} the stored one for ${quotedNames(passwordSharedWith)} as well.`,
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

/** What the result of an import is shown with. */
interface Shown {
  places: ImportPlaces
  /** The operator saw the plan with its notes. */
  isPlanShown: boolean
  dryRun: boolean
  /** An upgrade finds the SQL that the Mathesar in use needs. */
  isSourceAtHand: boolean
  globals: Pick<Globals, 'given'>
}

/** Shows the result of an import: a row for each entry, then the failures, then what to do next. */
export function showImported(
  result: ImportResult,
  terminal: Terminal,
  { places, isPlanShown, dryRun, isSourceAtHand, globals }: Shown,
): void {
  const { databases, needsUpgrade, notCopied } = result
  if (databases.length === 0) {
    terminal.info(`No database is stored in ${places.from}.`)
    return
  }
  if (!isPlanShown) terminal.info(placesText(places))
  const rows = databases.map((one) => ({ ...one, name: one.sourceName, outcome: resultText(one) }))
  showTable(COLUMNS, cellsOf(rows), terminal)
  showFailures(
    databases.map(({ sourceName, error }) => ({ name: sourceName, error })),
    terminal,
  )
  terminal.info()
  if (!isPlanShown) for (const note of notesOf(databases, notCopied, !dryRun)) terminal.info(note)
  terminal.info(countText(databases))
  if (dryRun) terminal.info('This was a dry run: nothing was changed.')
  else if (needsUpgrade) {
    const flags = sourceFlagsText(isSourceAtHand)
    terminal.info(`To install the Mathesar schemas that this Mathesar needs in them, run${flags}:`)
    terminal.info(`  ${commandToRepeat('mathesarctl db upgrade --all', globals)}`, { isWhole: true })
  }
}

/** Returns how many entries had which outcome, as a sentence. */
function countText(databases: readonly ImportedDatabase[]): string {
  const counts = Map.groupBy(databases, ({ status, action }) => action ?? status)
  if ([...counts.keys()].every((outcome) => outcome === 'unchanged')) return 'Everything was stored already.'
  const texts = OUTCOMES.flatMap(([outcome, text]) => {
    const count = counts.get(outcome)?.length ?? 0
    return count === 0 ? [] : [`${quantity(count, 'entry', 'entries')} ${text}`]
  })
  const isChanged = databases.some(({ status }) => status !== 'unchanged' && status !== 'failed')
  return `${isChanged ? '' : 'Nothing was imported: '}${texts.join(', ')}.`
}

const OUTCOMES: readonly (readonly [
  outcome: ImportedDatabase['status'] | NonNullable<ImportedDatabase['action']>,
  text: string,
])[] = [
  ['imported', 'imported'],
  ['import', 'to import'],
  ['reused', 'reused'],
  ['reuse', 'to reuse'],
  ['unchanged', 'unchanged'],
  ['failed', 'failed'],
]

function resultText({ status, action, name, sourceName, error }: ImportedDatabase): string {
  if (error !== null) return error.code
  if (status === 'imported') return name === sourceName ? status : `imported as ${name}`
  if (action === 'import') return name === sourceName ? 'planned: import' : `planned: import as ${name}`
  return sameText(status === 'planned' ? 'planned: reuse' : status, name, sourceName)
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
