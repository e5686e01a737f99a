import { OperatorError } from '../errors.ts'

/**
 * A database to be added to a Mathesar 0.1.x has whole schemas of a later one: the operator may keep or
 * replace them, but only that Mathesar works with them.
 */
export class UsedByLaterError extends OperatorError {
  static override readonly kind = 'used by later'
}
