import { type ErrorCode, type ErrorDetails, type ErrorFacts, OperatorError } from '../errors.ts'
import type { Reachable } from './destination.ts'
import { ConnectionError, type ConnectionReason, type MissingPrivilege, PrivilegeError } from './errors.ts'
import type { ConnectionSettings, EventTrigger, PasswordSource } from './types.ts'

/** The settings that a message may show. */
export type ErrorTarget = Reachable & Pick<ConnectionSettings, 'database' | 'user' | 'sslmode'>

/** The circumstances of an error. */
export interface ErrorContext {
  settings: ErrorTarget
  /** The connection was not logged in yet. */
  isLogin?: boolean
  /** Where the password came from, where that is known. */
  passwordSource?: PasswordSource | null | undefined
  /** What the program was doing, for messages, such as `creating the database`. */
  doing?: string
  /**
   * Known event triggers (`ServerFacts.eventTriggers`), so that an error can name the one that raised it;
   * `null` if the statement fires none.
   */
  eventTriggers?: readonly EventTrigger[] | null
  /** Whether the server has TLS, where that is known. */
  hasTls?: boolean
}

/**
 * The meaning of a server's error for the operator. With a `reason` it becomes a `ConnectionError`, with a
 * `privilege` a `PrivilegeError`.
 */
export interface Classified {
  code: ErrorCode
  message: string
  hint: string
  field?: string
  reason?: ConnectionReason
  privilege?: MissingPrivilege
  data?: Readonly<Omit<ErrorFacts, 'reason' | 'privilege'>>
}

/**
 * Returns the error for a classified failure, of the class that belongs to it; `details` has sqlstate and
 * cause.
 */
export function classifiedError(
  { code, message, hint, field, reason, privilege, data }: Classified,
  details: ErrorDetails,
): OperatorError {
  const all = { ...details, ...(field === undefined ? {} : { field }) }
  if (reason !== undefined)
    return new ConnectionError(code, message, hint, { ...all, data: { reason, ...data } })
  if (privilege !== undefined)
    return new PrivilegeError(code, message, hint, { ...all, data: { privilege, ...data } })
  return new OperatorError(code, message, hint, { ...all, ...(data === undefined ? {} : { data }) })
}
