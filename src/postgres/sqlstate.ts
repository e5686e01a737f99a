import pg from 'pg'
import { OperatorError } from '../errors.ts'
import { joinHints, toRun } from '../hint.ts'
import { type Classified, classifiedError, type ErrorContext } from './classified.ts'
import { clientError } from './client-errors.ts'
import { describeServer } from './describe.ts'
import type { ConnectionReason } from './errors.ts'
import { raisingFunction, withTrigger } from './event-trigger-errors.ts'
import { authenticationError, plainRefusal } from './login/login-errors.ts'
import { poolerError } from './pooler-errors.ts'
import { privilegeError } from './privilege-errors.ts'
import { quoteIdentifier } from './quote.ts'
import { resourceError } from './server-resources.ts'

/**
 * Converts any failure of a connection or a statement to an OperatorError, by SQLSTATE (PostgreSQL manual,
 * "Error Codes") where that is enough, because servers translate their messages. Returns an OperatorError
 * unchanged.
 *
 * Codes: `AUTHENTICATION_FAILED`, `DATABASE_DOES_NOT_EXIST`, `INSUFFICIENT_PRIVILEGE`, `READ_ONLY_SERVER`,
 * `LOCKED`, `POOLED_CONNECTION`, `TLS_FAILED`, `CONNECTION_FAILED`; `SCHEMA_CONFLICT` if the function of
 * an event trigger raised an error that has no code of its own; `INTERNAL`, with the server's message, for
 * every other error.
 */
export function toOperatorError(error: unknown, context: ErrorContext): OperatorError {
  if (error instanceof OperatorError) return error
  if (isDatabaseError(error)) return serverError(error, context)
  return clientError(error, context)
}

/**
 * Returns whether the server sent this error; otherwise it is a fault of the connection or of this program.
 */
export function isDatabaseError(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError
}

/** Returns whether the server ends the connection together with an error of this SQLSTATE. */
export function endsConnection(sqlstate: string | undefined): boolean {
  return sqlstate !== undefined && (sqlstate.startsWith('08') || CONNECTION_ENDS.has(sqlstate))
}

const CONNECTION_ENDS = new Set(['57P01', '57P02', '57P03', '57P04', '57P05', '25P03', '25P04'])

function serverError(error: pg.DatabaseError, context: ErrorContext): OperatorError {
  const { settings } = context
  const known =
    poolerError(error, settings) ??
    plainRefusal(error, settings, context.hasTls) ??
    authenticationError(error, settings, context.passwordSource) ??
    privilegeError(error, settings) ??
    bySqlstate(error, context)
  const { isLogin, eventTriggers } = context
  const trigger = isLogin || eventTriggers === null ? null : raisingFunction(error, eventTriggers)
  const classified =
    trigger === null ? (known ?? otherError(error, context)) : withTrigger(known, error, trigger)
  return classifiedError(classified, {
    ...(error.code === undefined ? {} : { sqlstate: error.code }),
    cause: error,
  })
}

/** What each SQLSTATE means; `null` if it means nothing special under the circumstances. */
const MEANINGS: Readonly<
  Record<string, (error: pg.DatabaseError, context: ErrorContext) => Classified | null>
> = {
  '3D000': (_error, { settings }) => ({
    code: 'DATABASE_DOES_NOT_EXIST',
    message: `The server at ${describeServer(settings)} has no database "${settings.database}".`,
    hint: 'Check the name (upper and lower case count).',
    field: 'database',
  }),
  '25006': ({ message }, { settings }) => ({
    code: 'READ_ONLY_SERVER',
    message: `Database "${settings.database}" accepts no writes in this session: ${message}.`,
    hint: 'Connect to the primary server, or with a role whose default_transaction_read_only is off.',
  }),
  '53300': ({ message }, { settings }) =>
    failed(
      `The server at ${describeServer(settings)} has no free connection for role "${settings.user}": ${message}.`,
      'Close connections that are not needed, or raise max_connections (or the CONNECTION LIMIT of the role or database), then try again.',
      'too many connections',
    ),
  '57P03': ({ message }, { settings }) =>
    failed(
      `The server at ${describeServer(settings)} accepts no connections now: ${message}.`,
      'Wait until it has started, then run the command again.',
      'starting',
    ),
  '22021': wrongBytes,
  '22P05': wrongBytes,
  '55P03': () => ({
    code: 'LOCKED',
    message: 'The lock timed out: another session holds a lock that conflicts.',
    hint: 'Run the command again when that session has ended, or wait longer with --lock-timeout.',
  }),
  '40001': otherSession,
  '40P01': otherSession,
  '55006': otherSession,
  '57014': ({ message }) =>
    failed(
      `The server canceled a statement: ${message}.`,
      'Somebody canceled it, or a statement_timeout of the role or database is too short for it. Nothing is left half done; run the command again.',
      'cancelled',
    ),
  '25P03': endedBy('idle_in_transaction_session_timeout'),
  '25P04': endedBy('transaction_timeout'),
  '57P05': endedBy('idle_session_timeout'),
  '55000': ({ message }, { settings, isLogin }) =>
    isLogin
      ? failed(
          `Database "${settings.database}" accepts no connections: ${message}.`,
          toRun(
            'Use another database, or ask an administrator to run:',
            `ALTER DATABASE ${quoteIdentifier(settings.database)} ALLOW_CONNECTIONS true;`,
          ),
          'not accepting connections',
        )
      : null,
  '0A000': ({ message }, { settings, isLogin }) =>
    isLogin
      ? failed(
          `The server at ${describeServer(settings)} does not accept this kind of connection: ${message}.`,
          'Check that host and port are those of a PostgreSQL server of version 13 or newer.',
          'protocol',
        )
      : null,
}

/** Returns the meaning of an error with which the server ends a session that exceeds a limit of time. */
function endedBy(setting: string): (error: pg.DatabaseError, context: ErrorContext) => Classified {
  return ({ message }, { settings }) => {
    const { user, database } = settings
    return failed(
      `The server at ${describeServer(settings)} ended the connection, which exceeded the limit ${setting} ` +
        `of the role or database: ${message}.`,
      joinHints(
        toRun(
          'Nothing is left half done. Lift that limit, then run the command again:',
          `ALTER ROLE ${quoteIdentifier(user)} IN DATABASE ${quoteIdentifier(database)} SET ${setting} = 0;`,
        ),
        `With --dsn, options='-c ${setting}=0' lifts it for one run alone.`,
      ),
      'lost',
    )
  }
}

function wrongBytes({ message }: pg.DatabaseError, { settings }: ErrorContext): Classified {
  return {
    code: 'SCHEMA_CONFLICT',
    message: `Database "${settings.database}" contains text with bytes that are not characters of its encoding: ${message}.`,
    hint: 'Find the object whose name or definition contains these bytes, and rename or change it. Then run the command again.',
  }
}

function otherSession({ message }: pg.DatabaseError): Classified {
  return {
    code: 'LOCKED',
    message: `Another session prevents this: ${message}.`,
    hint: 'Run the command again when that session has ended.',
  }
}

function bySqlstate(error: pg.DatabaseError, context: ErrorContext): Classified | null {
  // The parser of the protocol raises an error without a code, not a server.
  if (error.code === undefined) {
    return failed(
      `The program that answers at ${describeServer(context.settings)} does not speak PostgreSQL's protocol.`,
      'Check host and port.',
      'protocol',
    )
  }
  const meaning = Object.hasOwn(MEANINGS, error.code) ? MEANINGS[error.code] : undefined
  if (meaning !== undefined) return meaning(error, context)
  return resourceError(error, context) ?? classOf08And57(error, context)
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

/** Returns the server's hint, unless it is to drop what depends on an object, with its data. */
function harmlessHint({ code, hint }: pg.DatabaseError): string | undefined {
  return code === '2BP01' || hint?.includes('CASCADE') ? undefined : hint
}

function otherError(error: pg.DatabaseError, context: ErrorContext): Classified {
  const doing = context.doing === undefined ? '' : ` while ${context.doing}`
  return {
    code: 'INTERNAL',
    message: `The server reported an error${doing}: ${error.message} (SQLSTATE ${error.code}).`,
    hint:
      harmlessHint(error) ??
      'Check the log of the server; if the cause lies in this program, please report it.',
  }
}
