import pg from 'pg'
import { OperatorError } from '../errors.ts'
import { type Classified, classifiedError, type ErrorContext } from './classified.ts'
import { clientError } from './client-errors.ts'
import { describeServer } from './describe.ts'
import type { ConnectionReason } from './errors.ts'
import { raisingFunction, withTrigger } from './event-trigger-errors.ts'
import { authenticationError, plainRefusal } from './login/login-errors.ts'
import { poolerError } from './pooler-errors.ts'
import { privilegeError } from './privilege-errors.ts'

/**
 * Turns whatever a connection or a statement failed with into an OperatorError, by SQLSTATE (PostgreSQL
 * manual, "Error Codes") wherever that tells enough, for servers translate their messages. An OperatorError
 * is returned as it is.
 *
 * Codes: `AUTHENTICATION_FAILED`, `DATABASE_DOES_NOT_EXIST`, `INSUFFICIENT_PRIVILEGE`, `READ_ONLY_SERVER`,
 * `LOCKED`, `POOLED_CONNECTION`, `TLS_FAILED`, `CONNECTION_FAILED`; `SCHEMA_CONFLICT` where the function of
 * an event trigger raised an error that has no code of its own; `INTERNAL`, with the server's message, for
 * all that was not foreseen.
 */
export function toOperatorError(error: unknown, context: ErrorContext): OperatorError {
  if (error instanceof OperatorError) return error
  if (isDatabaseError(error)) return serverError(error, context)
  return clientError(error, context)
}

/** Whether the server sent this error (as against a fault of the connection or of this program). */
export function isDatabaseError(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError
}

/** Whether the server ends the connection together with an error of this SQLSTATE. */
export function endsConnection(sqlstate: string | undefined): boolean {
  return sqlstate !== undefined && (sqlstate.startsWith('08') || CONNECTION_ENDS.has(sqlstate))
}

const CONNECTION_ENDS = new Set(['57P01', '57P02', '57P03', '57P04', '57P05', '25P03', '25P04'])

function serverError(error: pg.DatabaseError, context: ErrorContext): OperatorError {
  const { settings } = context
  const known =
    poolerError(error, settings) ??
    plainRefusal(error, settings, context.tlsOffered) ??
    authenticationError(error, settings) ??
    privilegeError(error, settings) ??
    bySqlstate(error, context)
  const trigger = context.isLogin ? null : raisingFunction(error, context.eventTriggers)
  const found = trigger === null ? (known ?? unforeseen(error, context)) : withTrigger(known, error, trigger)
  return classifiedError(found, {
    ...(error.code === undefined ? {} : { sqlstate: error.code }),
    cause: error,
  })
}

function bySqlstate(error: pg.DatabaseError, context: ErrorContext): Classified | null {
  const { settings } = context
  const server = describeServer(settings)
  const { code } = error
  switch (code) {
    case undefined:
      // Made by the parser of the protocol, not by a server.
      return {
        code: 'CONNECTION_FAILED',
        message: `The program that answers at ${server} does not speak PostgreSQL's protocol.`,
        hint: 'Check host and port.',
        reason: 'protocol',
      }
    case '3D000':
      return {
        code: 'DATABASE_DOES_NOT_EXIST',
        message: `The server at ${server} has no database "${settings.database}".`,
        hint: 'Check the name (upper and lower case count), or have it created with --create-database.',
        field: 'database',
      }
    case '25006':
      return {
        code: 'READ_ONLY_SERVER',
        message: `Database "${settings.database}" accepts no writes in this session: ${error.message}.`,
        hint: 'Connect to the primary server, or with a role whose default_transaction_read_only is off.',
      }
    case '53300':
      return failed(
        `The server at ${server} has no free connection for role "${settings.user}": ${error.message}.`,
        'Close connections that are not needed, or raise max_connections (or the CONNECTION LIMIT of the role or database), then try again.',
        'too many connections',
      )
    case '57P03':
      return failed(
        `The server at ${server} accepts no connections now: ${error.message}.`,
        'Wait until it has started, then run the command again.',
        'starting',
      )
    case '22021':
    case '22P05':
      return {
        code: 'SCHEMA_CONFLICT',
        message: `Database "${settings.database}" contains text with bytes that are not characters of its encoding: ${error.message}.`,
        hint: 'Find the object whose name or definition contains these bytes, and rename or change it. Then run the command again.',
      }
    case '55P03':
      return {
        code: 'LOCKED',
        message: 'The lock timed out: another session holds a lock that conflicts.',
        hint: 'Run the command again when that session has ended, or wait longer with --lock-timeout.',
      }
    case '40P01':
    case '55006':
      return {
        code: 'LOCKED',
        message: `Another session prevents this: ${error.message}.`,
        hint: 'Run the command again when that session has ended.',
      }
    case '57014':
      return failed(
        `The server canceled a statement: ${error.message}.`,
        'Somebody canceled it, or a statement_timeout of the role or database is too short for it. Nothing is left half done; run the command again.',
        'cancelled',
      )
    case '55000':
      return context.isLogin
        ? failed(
            `Database "${settings.database}" accepts no connections: ${error.message}.`,
            'Ask an administrator to allow connections with ALTER DATABASE, or use another database.',
            'not accepting connections',
          )
        : null
    case '0A000':
      return context.isLogin
        ? failed(
            `The server at ${server} does not accept this kind of connection: ${error.message}.`,
            'Check that host and port are those of a PostgreSQL server of version 13 or newer.',
            'protocol',
          )
        : null
    default:
      return classOf08And57(error, context)
  }
}

function classOf08And57(error: pg.DatabaseError, context: ErrorContext): Classified | null {
  const server = describeServer(context.settings)
  if (endsConnection(error.code)) {
    return context.isLogin
      ? failed(
          `The server at ${server} ended the connection during the login: ${error.message}.`,
          "Check the server's log (or that of the pooler in front of it), then run the command again.",
          'closed',
        )
      : failed(
          `The server at ${server} ended the connection: ${error.message}.`,
          'Check that the server is running, then run the command again.',
          'lost',
        )
  }
  if (!context.isLogin) return null
  return failed(
    `The server at ${server} refused the connection: ${error.message}.`,
    "Check the server's log (or that of the pooler in front of it).",
    'refused by server',
  )
}

function failed(message: string, hint: string, reason: ConnectionReason): Classified {
  return { code: 'CONNECTION_FAILED', message, hint, reason }
}

function unforeseen(error: pg.DatabaseError, context: ErrorContext): Classified {
  const doing = context.doing === undefined ? '' : ` while ${context.doing}`
  return {
    code: 'INTERNAL',
    message: `The server reported an error${doing}: ${error.message} (SQLSTATE ${error.code}).`,
    hint: error.hint ?? 'Check the log of the server; if the cause lies in this program, please report it.',
  }
}
