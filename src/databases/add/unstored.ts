import { OperatorError } from '../../errors.ts'
import { joinHints } from '../../hint.ts'
import { RowsChangedError } from '../../store/errors.ts'
import type { AddRequest, PreparedDatabase } from './types.ts'

/**
 * SQLSTATEs with which the server rolls a statement back: lock timeout, deadlock, serialization failure, and
 * cancellation.
 */
const ROLLED_BACK = new Set(['55P03', '40P01', '40001', '57014'])

/** Returns whether an error proves that the statement which it ended wrote no row. */
export function isRolledBack(error: unknown): boolean {
  if (!(error instanceof OperatorError) || error.details.data?.outcome === 'unknown') return false
  if (error instanceof RowsChangedError) return true
  if (error.code === 'NAME_TAKEN' || error.code === 'USAGE' || error.code === 'ABORTED') return true
  return ROLLED_BACK.has(error.details.sqlstate ?? '')
}

/**
 * Returns whether the row is stored, by an earlier statement or by another process; true if that is unknown.
 */
export async function mayBeStored({ operation }: PreparedDatabase): Promise<boolean> {
  if (operation === null) return false
  return operation.isStored().catch((error: unknown) => {
    if (error instanceof OperatorError) return true
    throw error
  })
}

/** Returns the error of an interruption after which the next run has to store the rows. */
export function unfinished(error: OperatorError, { input }: AddRequest): OperatorError {
  const name = JSON.stringify(input.name)
  return error.with({
    message: `Interrupted before the credentials of ${name} were stored. The next command that writes stores them.`,
  })
}

/** Returns the error of an add whose schemas are installed, with that fact. */
export function withInstalledSchemas(error: unknown): unknown {
  // Whoever has the name meanwhile, the error says how to finish under another one.
  if (!(error instanceof OperatorError) || error.code === 'NAME_TAKEN') return error
  const isUnknown = error.details.data?.outcome === 'unknown'
  return error.with({
    hint: joinHints(
      error.hint,
      isUnknown
        ? 'The Mathesar schemas are in the database already.'
        : 'The Mathesar schemas are in the database already: the same command again stores its credentials.',
    ),
  })
}

/** Names a database that this run created, in the error of an add that may have been stored. */
export function withUnsettledDatabase(error: unknown, { input, options }: AddRequest): unknown {
  const { database } = input.settings
  const message = `Database "${database}", which this run created, stays.`
  const hint = 'If the next run does not find it stored, drop it by hand, or add it again.'
  if (!(error instanceof OperatorError)) {
    options.onProgress?.({ type: 'warning', message, hint })
    return error
  }
  const data = { keptDatabase: { database, reason: 'outcome', closed: false } } as const
  // For an interruption, the program prints only the message.
  return error.code === 'ABORTED'
    ? error.with({ message: `${error.message} ${message} ${hint}`, data })
    : error.with({ hint: joinHints(error.hint, `${message} ${hint}`), data })
}
