import { OperatorError } from '../../errors.ts'

/** Returns whether the server asks for a password and nothing gives one. */
export function isPasswordMissing(error: unknown): boolean {
  return error instanceof OperatorError && error.code === 'USAGE' && error.details.field === 'password'
}
