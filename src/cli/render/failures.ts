import { type ErrorCode, EXIT_STATUS, OperatorError } from '../../errors.ts'
import type { Reporter } from '../terminal.ts'
import { distinctNames } from './distinct-names.ts'
import { errorText } from './error.ts'

/** What became of one of several databases. */
export interface Outcome {
  name: string
  error: { code: ErrorCode; message: string; hint: string } | null
}

/**
 * Writes the errors of databases, those with the same hint together: a hint that several errors have in
 * common is below the last of them.
 */
export function showFailures(outcomes: readonly Outcome[], { style }: Pick<Reporter, 'style'>): void {
  const show = distinctNames(outcomes.map(({ name }) => name))
  for (const failed of Map.groupBy(outcomes, ({ error }) => error?.hint).values()) {
    for (const [index, { name, error }] of failed.entries()) {
      if (error === null) continue
      const hint = index === failed.length - 1 ? error.hint : ''
      process.stderr.write(`\n${style.bold(show(name))}\n`)
      process.stderr.write(`${errorText(new OperatorError(error.code, error.message, hint), style)}\n`)
    }
  }
}

/** Returns the exit status for several databases: that of the errors where they agree, else 1. */
export function worstStatus(outcomes: readonly Outcome[]): number {
  const statuses = new Set(outcomes.flatMap(({ error }) => (error ? [EXIT_STATUS[error.code]] : [])))
  if (statuses.size === 0) return 0
  return statuses.size === 1 ? ([...statuses][0] ?? 1) : 1
}
