import { type ErrorCode, type ErrorDetails, type ErrorFacts, OperatorError } from '../errors.ts'

type DetailsWith<Facts extends ErrorFacts> = ErrorDetails & { data: ErrorFacts & Facts }

/** Why a connection failed, or ended. JSON publishes it as `reason`. */
export type ConnectionReason =
  | 'cancelled'
  | 'certificate'
  | 'channel binding'
  | 'client certificate'
  | 'closed'
  | 'disk full'
  | 'file'
  | 'handshake'
  | 'host'
  | 'ipv6'
  | 'lost'
  | 'not accepting connections'
  | 'not offered'
  | 'out of memory'
  | 'out of resources'
  | 'peer'
  | 'pg_hba'
  | 'protocol'
  | 'refused'
  | 'refused by server'
  | 'resolve'
  | 'server disk'
  | 'socket'
  | 'ssl request'
  | 'starting'
  | 'tcp'
  | 'timeout'
  | 'tls required'
  | 'too many connections'
  | 'unreachable'

/** A connection that failed, or that ended; `reason` states why. */
export class ConnectionError extends OperatorError {
  static override readonly kind = 'connection'
  readonly reason: ConnectionReason

  constructor(
    code: ErrorCode,
    message: string,
    hint: string,
    details: DetailsWith<{ reason: ConnectionReason }>,
  ) {
    super(code, message, hint, details)
    this.reason = details.data.reason
  }
}

/** Returns the reason of a `ConnectionError`; `null` for every other error. */
export function connectionReason(error: unknown): ConnectionReason | null {
  return error instanceof ConnectionError ? error.reason : null
}

/** The privilege that a role lacks; `unknown` if the server's message does not name it. */
export type MissingPrivilege = 'CONNECT' | 'CREATE' | 'CREATEDB' | 'USAGE, CREATE' | 'owner' | 'unknown'

/** The server refused a statement because the role lacks a privilege (SQLSTATE 42501). */
export class PrivilegeError extends OperatorError {
  static override readonly kind = 'privilege'
  readonly privilege: MissingPrivilege

  constructor(
    code: ErrorCode,
    message: string,
    hint: string,
    details: DetailsWith<{ privilege: MissingPrivilege }>,
  ) {
    super(code, message, hint, details)
    this.privilege = details.data.privilege
  }
}
