import type { DatabaseUpgrade, UpgradeAction, UpgradeResult } from '../../../../databases/upgrade/index.ts'
import { schemaText } from '../../../render/database.ts'
import { distinctNames } from '../../../render/distinct-names.ts'
import { showFailures } from '../../../render/failures.ts'
import { listed } from '../../../render/listed.ts'
import { cross, tick } from '../../../render/marks.ts'
import { printable } from '../../../render/printable.ts'
import { grouped, quantity } from '../../../render/quantity.ts'
import { showTable } from '../../../render/show-table.ts'
import { stderrWidth } from '../../../render/stderr-width.ts'
import type { Column } from '../../../render/table.ts'
import { wholeTable } from '../../../render/whole-table.ts'
import { hintToRepeat } from '../../../settings/repeated-flags.ts'
import type { Reporter, Terminal } from '../../../terminal.ts'

const COLUMNS: readonly Column[] = [
  { heading: 'NAME', isCutInMiddle: true },
  { heading: 'FROM', rank: 1 },
  { heading: 'TO', rank: 2 },
  { heading: 'ACTION', isWhole: true },
]

/** What is done, in a row of the plan. */
const ACTIONS: Record<Exclude<UpgradeAction, 'blocked'>, string> = {
  none: 'none',
  install: 'install',
  complete: 'complete',
  upgrade: 'upgrade',
  confirm: 'record the version',
}

/** What was done, in a sentence. */
const DONE: Record<Exclude<UpgradeAction, 'blocked'>, string> = {
  none: 'up to date',
  install: 'installed',
  complete: 'completed',
  upgrade: 'upgraded',
  confirm: 'version recorded',
}

/** Returns whether an upgrade keeps the version: then its reason is that the SQL is another one. */
function isOtherSql({ action, from, to }: DatabaseUpgrade): boolean {
  return action === 'upgrade' && schemaText(from) === schemaText(to)
}

function rowsOf(plan: readonly DatabaseUpgrade[]): string[][] {
  const show = distinctNames(plan.map(({ name }) => name))
  return plan.map((row) => [show(row.name), schemaText(row.from), schemaText(row.to), actionText(row)])
}

function actionText(row: DatabaseUpgrade): string {
  const { action, error } = row
  if (action === 'blocked') return error?.code ?? action
  return isOtherSql(row) ? `${ACTIONS[action]}, other contents` : ACTIONS[action]
}

/** Writes the plan, with a row for each database. */
export function showPlan(
  plan: readonly DatabaseUpgrade[],
  write: Reporter['info'],
  { style }: Pick<Reporter, 'style'>,
): void {
  write(wholeTable(COLUMNS, rowsOf(plan), { width: stderrWidth(), style }), { isWhole: true })
  write()
  write(`${planText(plan)}`)
}

/** Returns a sentence that counts what is to be done. */
function planText(plan: readonly DatabaseUpgrade[]): string {
  const count = (action: UpgradeAction) => plan.filter((row) => row.action === action).length
  const parts = [
    [count('install'), 'to install'],
    [count('complete'), 'to complete'],
    [count('upgrade'), 'to upgrade'],
    [count('confirm'), 'whose version is to be recorded'],
    [count('none'), 'up to date'],
    [count('blocked'), 'blocked'],
  ] as const
  const counted = parts.flatMap(([number, what]) => (number > 0 ? [`${grouped(number)} ${what}`] : []))
  return `${quantity(plan.length, 'database')}: ${listed(counted)}.`
}

/**
 * Writes that there is nothing to upgrade.
 *
 * @param isShard other shards may have stored databases
 */
export function showNone(isShard: boolean, terminal: Terminal): void {
  terminal.info(
    isShard
      ? 'No stored database belongs to this shard: there is nothing to upgrade.'
      : hintToRepeat('No database is stored yet. Add one with: mathesarctl db add'),
  )
}

/** Writes the result of a dry run. */
export function showDryRun({ databases }: UpgradeResult, terminal: Terminal): void {
  showTable(COLUMNS, rowsOf(databases), terminal)
  terminal.info(planText(databases))
  showFailures(databases, terminal)
}

/**
 * Returns the line about a database that is finished. The end of the run states why those failed that did.
 */
export function resultLine(row: DatabaseUpgrade, terminal: Reporter): string {
  const { name, action, from, to, error } = row
  const shown = printable(name, false)
  if (error !== null) return `${cross(terminal)} ${shown}: failed, ${error.code}`
  const done = action === 'blocked' ? '' : DONE[action]
  const change = isOtherSql(row)
    ? `${schemaText(to)}, other contents`
    : from === null
      ? schemaText(to)
      : `${schemaText(from)} -> ${schemaText(to)}`
  return `${tick(terminal)} ${shown}: ${done}${action === 'none' ? '' : `, ${printable(change, false)}`}`
}

/**
 * Writes what became of all databases: a sentence, and the failures with what to do about them.
 *
 * @param shown the names of the databases whose failures stand above the question: a line names each again
 */
export function showUpgraded(
  { databases, upgraded, failed }: UpgradeResult,
  shown: ReadonlySet<string>,
  terminal: Terminal,
): void {
  for (const row of databases) if (shown.has(row.name)) terminal.info(resultLine(row, terminal))
  showFailures(
    databases.filter(({ name }) => !shown.has(name)),
    terminal,
  )
  const current = databases.length - upgraded - failed
  const parts = [
    ...(upgraded > 0 ? [`${terminal.style.green('Upgraded')} ${quantity(upgraded, 'database')}`] : []),
    ...(current > 0 ? [`${quantity(current, 'database')} ${current === 1 ? 'is' : 'are'} up to date`] : []),
    ...(failed > 0 ? [`${quantity(failed, 'database')} failed`] : []),
  ]
  if (failed > 0) terminal.info()
  terminal.info(`${parts.join('; ')}.`)
}

/**
 * Returns what an interrupted run did, as sentences.
 *
 * @param results what became of the databases that are finished
 * @param total the number of databases on which something was to be done
 */
export function interruptedText(results: readonly DatabaseUpgrade[], total: number): string {
  const done = results.filter(({ ok, action }) => ok && action !== 'none')
  const names = done.map(({ name }) => printable(name, false))
  const finished = done.length === 0 ? 'No database was upgraded.' : `Upgraded before that: ${listed(names)}.`
  const left = Math.max(0, total - done.length)
  const rest = left === 0 ? '' : ` ${quantity(left, 'database')} ${left === 1 ? 'is' : 'are'} as before.`
  return `${finished}${rest} The same command does what is left.`
}
