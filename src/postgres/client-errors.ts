import { OperatorError } from '../errors.ts'
import type { ErrorContext, ErrorTarget } from './classified.ts'
import { describeServer } from './describe.ts'
import { ConnectionError } from './errors.ts'
import { clientSideLoginError } from './login/login-errors.ts'
import { tlsEndedError } from './tls/handshake-errors.ts'

/** Converts an error that no server sent to an OperatorError. */
export function clientError(error: unknown, context: ErrorContext): OperatorError {
  const { settings } = context
  const server = describeServer(settings)
  if (!(error instanceof Error)) {
    return new OperatorError('INTERNAL', 'An unexpected fault occurred.', 'Please report it.', {
      cause: error,
    })
  }
  const login = clientSideLoginError(error, settings)
  if (login) return login
  const code = 'code' in error ? String(error.code) : ''
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return tlsEndedError(server, code, error)
  if (isConnectionFault(error, code)) {
    return context.isLogin ? closedDuringLogin(settings, error) : connectionLost(settings, error)
  }
  return new OperatorError(
    'INTERNAL',
    `An unexpected fault occurred${context.doing === undefined ? '' : ` while ${context.doing}`}: ${error.message}`,
    'Report it with the output of --verbose.',
    { cause: error },
  )
}

/** Returns the error for a connection that the server closed before the login was complete. */
export function closedDuringLogin(settings: ErrorTarget, cause?: unknown): ConnectionError {
  return new ConnectionError(
    'CONNECTION_FAILED',
    `The server at ${describeServer(settings)} closed the connection during the login.`,
    "Check that PostgreSQL listens on that port, and check the server's log (or that of the pooler in front of it).",
    { data: { reason: 'closed' }, cause },
  )
}

/** Returns the error for a connection that ended while it was in use. */
export function connectionLost(settings: ErrorTarget, cause?: unknown): ConnectionError {
  return new ConnectionError(
    'CONNECTION_FAILED',
    `The connection to the server at ${describeServer(settings)} was lost.`,
    'Check that the server is running and the network is up, then run the command again.',
    { data: { reason: 'lost' }, cause },
  )
}

function isConnectionFault(error: Error, code: string): boolean {
  return (
    /^(ECONNRESET|EPIPE|ETIMEDOUT|ECONNABORTED|EHOSTUNREACH|ENETUNREACH|ENETDOWN|ERR_STREAM_\w+)$/.test(
      code,
    ) || /^Connection terminated|not queryable$/.test(error.message)
  )
}
