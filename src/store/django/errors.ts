import type pg from 'pg'
import { OperatorError } from '../../errors.ts'
import { joinHints, toRun } from '../../hint.ts'
import { describeServer, isLoopback } from '../../postgres/describe.ts'
import { addressOf } from '../../postgres/destination.ts'
import { type ConnectionReason, connectionReason } from '../../postgres/errors.ts'
import { raisingFunction } from '../../postgres/event-trigger-errors.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import { isDatabaseError, toOperatorError } from '../../postgres/sqlstate.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import { unavailable } from '../errors.ts'

/** What a failure concerns. */
export interface ErrorPlace {
  /** The URL, without a password. */
  location: string
  settings: ConnectionSettings
}

/** SQLSTATEs of a lock that was not granted in time, a deadlock, and a conflict of transactions. */
const LOCK_STATES = new Set(['55P03', '40P01', '40001'])

type Addresses = Parameters<typeof addressOf>[0]

/** Reasons of a connection that reached no server. */
const UNREACHED = new Set<ConnectionReason | null>(['resolve', 'refused', 'timeout', 'unreachable'])

/** SQLSTATEs of a schema, table, column or function that does not exist (any more). */
const MISSING_STATES = new Set(['3F000', '42P01', '42703', '42883'])

/**
 * Converts the failure of a statement in an internal database to an OperatorError. An interruption is
 * returned as it is, and so is an error of SQLSTATE class 23 (integrity constraint violation).
 *
 * @param purpose what the statement was for: only those for the journal define anything, which fires event
 *   triggers
 */
export function statementError(error: unknown, place: ErrorPlace, purpose?: Purpose): unknown {
  const { location, settings } = place
  if (error instanceof OperatorError) return error.code === 'ABORTED' ? error : withPlace(error, location)
  if (!isDatabaseError(error)) return toOperatorError(error, { settings })
  const { code = '', message } = error
  if (code.startsWith('23')) return error
  const sqlstate = { sqlstate: code, cause: error }
  if (LOCK_STATES.has(code)) {
    return new OperatorError(
      'LOCKED',
      `Mathesar, or somebody else, works on the same rows of the internal database ${location}: ${message}.`,
      "Mathesar's rows were not changed. Run the same command again.",
      sqlstate,
    )
  }
  if (MISSING_STATES.has(code)) {
    return unavailable(
      location,
      `its tables changed while this command worked with them (${message})`,
      'Wait until Mathesar has migrated its tables, then run the same command again.',
      error,
    )
  }
  if (code === '42501') return mayNot(place, message, sqlstate)
  if (code === '25006') {
    return new OperatorError(
      'READ_ONLY_SERVER',
      `The internal database ${location} accepts no writes now: ${message}.`,
      'Connect to the primary server. If it has just changed, run the same command again.',
      sqlstate,
    )
  }
  const context = { settings, doing: 'working in the internal database' }
  if (purpose === 'write journal') return withPlace(toOperatorError(error, context), location)
  const converted = toOperatorError(error, { ...context, eventTriggers: null })
  const raised = converted.code === 'INTERNAL' ? tableTriggerError(error, location) : null
  return raised ?? withPlace(converted, location)
}

/** Returns the error for one that the function of a table's trigger raised; `null` for any other. */
export function tableTriggerError(error: pg.DatabaseError, location: string): OperatorError | null {
  const raised = raisingFunction(error, [])
  if (raised === null) return null
  return unavailable(
    location,
    `the function ${raised.function}, which a trigger of its tables runs, raised an error: ` +
      `${error.message} (SQLSTATE ${error.code})`,
    'Nothing was changed in the internal database. Correct that function, or disable its trigger meanwhile, then ' +
      'run the same command again.',
    error,
  )
}

/** What a statement in the internal database was for, or that its connection was opened. */
export type Purpose = 'open' | 'read' | 'write rows' | 'write journal'

const DOING: Readonly<Record<Purpose, string>> = {
  open: 'opened',
  read: 'read',
  'write rows': 'wrote to',
  'write journal': 'wrote to the journal in',
}

/**
 * Returns the reason of an interruption, with what the command did at that moment in the internal database.
 * The server rolled that back. A reason that is not this program's own is returned as it is.
 */
export function interruptedWhile(purpose: Purpose, reason: unknown, { location }: ErrorPlace): unknown {
  if (!(reason instanceof OperatorError)) return reason
  return reason.with({
    message: `Interrupted while the command ${DOING[purpose]} the internal database ${location}; nothing was left half done.`,
  })
}

/**
 * Returns the reason of an interruption after which the server did not answer, so that it is not known
 * whether what a statement wrote took effect.
 */
export function unansweredWhile(purpose: Purpose, reason: unknown, place: ErrorPlace): unknown {
  if (purpose === 'write rows') return unknownOutcome(reason)
  if (purpose !== 'write journal' || !(reason instanceof OperatorError)) {
    return interruptedWhile(purpose, reason, place)
  }
  return reason.with({
    message:
      `Interrupted while the command ${DOING[purpose]} the internal database ${place.location}, which did not ` +
      'answer. The next command that writes settles what is there.',
    data: { outcome: 'unknown' },
  })
}

/**
 * Returns the error of a write whose answer did not arrive, with the fact that it may have taken effect.
 * Other errors than an OperatorError are returned as they are.
 */
export function unknownOutcome(error: unknown): unknown {
  if (!(error instanceof OperatorError)) return error
  const { message, hint } = error
  const sentence = 'It is not known whether the rows of Mathesar were written.'
  const whatToDo =
    'Run "mathesarctl db list", or "mathesarctl db show" with the name, to see what is stored, or run the same command again.'
  return error.code === 'ABORTED'
    ? // For an interruption, the program prints only the message.
      error.with({ message: `Interrupted. ${sentence} ${whatToDo}`, data: { outcome: 'unknown' } })
    : error.with({
        message: `${message} ${sentence}`,
        hint: joinHints(whatToDo, hint),
        data: { outcome: 'unknown' },
      })
}

/** `INSUFFICIENT_PRIVILEGE`: the role may not do something with Mathesar's tables. */
export function mayNot(
  { location, settings }: ErrorPlace,
  reason: string,
  details: { sqlstate?: string; cause?: unknown } = {},
): OperatorError {
  return new OperatorError(
    'INSUFFICIENT_PRIVILEGE',
    `Role "${settings.user}" lacks a privilege in the internal database ${location}: ${reason}.`,
    "Connect as the role that Mathesar itself uses (POSTGRES_USER in its environment), which owns Mathesar's tables.",
    details,
  )
}

/** `INSUFFICIENT_PRIVILEGE`: the role may not create the schema of the journal. */
export function mayNotCreateJournal({ location, settings }: ErrorPlace): OperatorError {
  return new OperatorError(
    'INSUFFICIENT_PRIVILEGE',
    `Role "${settings.user}" may not create the schema mathesarctl in the internal database ${location}.`,
    toRun(
      "Use --journal directory, or ask the database's owner to run:",
      `GRANT CREATE ON DATABASE ${quoteIdentifier(settings.database)} TO ${quoteIdentifier(settings.user)};`,
    ),
  )
}

/** `STORE_UNAVAILABLE`: what is called like the journal is none that this role may trust. */
export function foreignJournal({ location }: ErrorPlace): OperatorError {
  return unavailable(
    location,
    'its schema mathesarctl belongs to a role that is not trusted, or contains a table or view that mathesarctl cannot trust',
    "Pass --journal directory, or have the database's owner drop or rename that schema.",
  )
}

/** Names the internal database in an error of its connection, whose field is no field of a command. */
function withPlace(error: OperatorError, location: string): OperatorError {
  return error.with({
    message: `The internal database ${location} can't be used. ${error.message}`,
    field: 'internal-db',
  })
}

/**
 * Returns the error for an internal database that can't be connected to: with the code and the facts of the
 * connection, and with what to do for a Mathesar. Its field is `internal-db`, for the host, the port and the
 * password are not those of a command.
 *
 * @param addresses where this machine reaches hosts
 */
export function connectError(error: OperatorError, place: ErrorPlace, addresses?: Addresses): unknown {
  const { location, settings } = place
  if (error.code === 'ABORTED') return interruptedWhile('open', error, place)
  return withPlace(error, location).with({ hint: connectHint(error, settings, addresses) })
}

function connectHint(
  error: OperatorError,
  { host, port, database, user }: ConnectionSettings,
  addresses: Addresses,
): string {
  const reason = connectionReason(error)
  if (error.code === 'USAGE' && error.details.field === 'password') {
    return (
      `Put the password of role "${user}" into PGPASSWORD or the password file (~/.pgpass), or pass --env-file ` +
      "with Mathesar's .env file, if that sets POSTGRES_PASSWORD."
    )
  }
  if (UNREACHED.has(reason)) {
    const address = addressOf(addresses, host)
    if (address !== undefined) {
      const place = describeServer({ host: address.address, port: address.port ?? port })
      return (
        `Check that PostgreSQL runs there, and that this machine reaches ${host} at ${place}: that address ` +
        'comes from --address, the configuration file, or hostaddr in the URL.'
      )
    }
    // This machine is no other one under another address, but its PostgreSQL may have another port.
    if (isLoopback(host)) {
      return joinHints(
        error.hint,
        `The port, ${port}, comes from POSTGRES_PORT of Mathesar or from the URL; without one it is 5432.`,
      )
    }
  }
  if (reason === 'resolve') {
    return (
      `If ${host} is a name that only Mathesar's own machine or container knows, state where this machine ` +
      `reaches it: --address ${host}=127.0.0.1:PORT.`
    )
  }
  if (UNREACHED.has(reason)) {
    return (
      'Check that PostgreSQL runs there and accepts connections from this machine. If this machine reaches it ' +
      `at another address, for instance a published port of its container, pass --address ${host}=127.0.0.1:PORT.`
    )
  }
  if (error.code === 'TLS_FAILED') {
    return joinHints(
      error.hint,
      'For the internal database, sslmode and sslrootcert are parameters of the URL of --internal-db, or PGSSLMODE and PGSSLROOTCERT.',
    )
  }
  if (error.details.sqlstate === '28P01') {
    return (
      `Pass the password that role "${user}" has in PostgreSQL. A container of PostgreSQL reads ` +
      'POSTGRES_PASSWORD only when it initializes an empty volume: a later change of that variable changes ' +
      'no password.'
    )
  }
  if (error.code === 'DATABASE_DOES_NOT_EXIST') {
    return `Check the name ${JSON.stringify(database)} (POSTGRES_DB in Mathesar's environment): Mathesar creates its database when it first starts.`
  }
  return error.hint
}
