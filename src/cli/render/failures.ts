import { type ErrorCode, EXIT_STATUS, OperatorError } from '../../errors.ts'
import type { Reporter } from '../terminal.ts'
import { distinctNames } from './distinct-names.ts'
import { errorText } from './error.ts'

/** What became of one of several databases. */
export interface Outcome {
  name: string
  error: { code: ErrorCode; message: string; hint: string } | null
}

/** How many names the heading of an error lists. */
const MOST_NAMES = 20

/**
 * Writes the errors of databases: one that several have in common is written once, below all of their names,
 * and a hint that several errors have in common is below the last of them.
 */
export function showFailures(outcomes: readonly Outcome[], { style }: Pick<Reporter, 'style'>): void {
  const show = distinctNames(outcomes.map(({ name }) => name))
  for (const withHint of Map.groupBy(outcomes, ({ error }) => error?.hint).values()) {
    const groups = [...Map.groupBy(withHint, ({ error }) => `${error?.code} ${error?.message}`).values()]
    for (const [index, failed] of groups.entries()) {
      const [{ error } = { error: null }] = failed
      if (error === null) continue
      const hint = index === groups.length - 1 ? error.hint : ''
      process.stderr.write(`\n${style.bold(namesText(failed.map(({ name }) => show(name))))}\n`)
      process.stderr.write(`${errorText(new OperatorError(error.code, error.message, hint), style)}\n`)
    }
  }
}

function namesText(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES
  return rest > 1 ? `${names.slice(0, MOST_NAMES).join(', ')} and ${rest} others` : names.join(', ')
}

/** Returns the exit status for several databases: that of the errors where they agree, else 1. */
export function worstStatus(outcomes: readonly Outcome[]): number {
  const statuses = new Set(outcomes.flatMap(({ error }) => (error ? [EXIT_STATUS[error.code]] : [])))
  if (statuses.size === 0) return 0
  return statuses.size === 1 ? ([...statuses][0] ?? 1) : 1
}
