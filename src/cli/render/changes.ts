import { OperatorError, withSentences } from '../../errors.ts'

/**
 * Returns the error of a run that had changed something before it asked. If the operator declined, or
 * interrupted a question, these changes replace the statement that nothing was changed.
 *
 * @param changes one or more sentences; empty if there are none
 * @param signal that of the run; its interruption does not state that nothing was changed
 */
export function withChanges(error: unknown, changes: string, signal: AbortSignal): unknown {
  if (!(error instanceof OperatorError) || changes === '' || signal.aborted) return error
  if (error.code !== 'ABORTED') return withSentences(error, changes)
  const start = isInterrupted(error) ? 'Interrupted. ' : ''
  return error.with({ message: `${start}${changes} Nothing else was changed.` })
}

/** Returns whether an error is an interruption, and not an answer of no. */
export function isInterrupted(error: OperatorError): boolean {
  return error.code === 'ABORTED' && error.details.exitCode !== undefined
}
