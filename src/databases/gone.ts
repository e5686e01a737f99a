import type { OperatorError } from '../errors.ts'
import { joinHints, shellQuoted, toRun } from '../hint.ts'

/**
 * Adds to the error that the server lacks a stored database how to remove its record. Returns any other error
 * as it is.
 *
 * @param name the name under which the database is stored
 */
export function withRecordRemoval(error: OperatorError, name: string): OperatorError {
  if (error.code !== 'DATABASE_DOES_NOT_EXIST') return error
  const remove = toRun(
    'If the database was dropped, remove its record:',
    `mathesarctl db remove ${shellQuoted(name)} --forget-unreachable`,
  )
  return error.with({ hint: joinHints(error.hint, remove) })
}
