import type { OperatorError } from '../errors.ts'

/**
 * Returns the message of an error as the row of one of several databases has it. A row has the name: without
 * it in the message, the rows of all that a wrong key does not open share one.
 */
export function rowMessage({ code, message }: Pick<OperatorError, 'code' | 'message'>): string {
  return code === 'SECRET_KEY_MISMATCH'
    ? 'The secret key does not open the stored credentials: they were encrypted with another one.'
    : message
}
