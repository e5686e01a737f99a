import { type ErrorFacts, OperatorError } from '../../errors.ts'
import { knownEventTriggers } from '../../postgres/facts.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import { endsConnection, isDatabaseError, toOperatorError } from '../../postgres/sqlstate.ts'
import type { ServerNotice, Session } from '../../postgres/types.ts'
import { UnknownOutcomeError } from '../errors.ts'
import { SAFE_SETTINGS } from '../inspect/catalog.ts'
import { readState, readStateAgain, type StateReading } from '../inspect/state.ts'
import { advisoryLockHolder, objectLockHolder, WAIT_FOR_LOCK_SQL } from './advisory-lock.ts'
import { decodeHolder, holderText, type LockHolder } from './lock-holder.ts'
import type { BeforeCommit } from './types.ts'

/**
 * Returns the statements that begin the transaction in which schemas are installed or removed. It is READ
 * COMMITTED, so that after it has acquired the lock it reads what the previous holder committed. All settings
 * end with the transaction. Unless `hasStatementTimeout` is set, it has no statement_timeout and no
 * transaction_timeout: a limit that is meant for queries must not end an install during a wait that has a
 * limit of its own. It does not check function bodies again: that would take a third of the install's time,
 * and the warnings and errors that a DBA turns on in PL/pgSQL (`plpgsql.extra_errors`) are meant for code
 * under development.
 */
export function beginScript(lockTimeoutMs: number, { hasStatementTimeout = false } = {}): string {
  return `BEGIN ISOLATION LEVEL READ COMMITTED;
${SAFE_SETTINGS}
SET LOCAL lock_timeout = ${Math.max(0, Math.round(lockTimeoutMs))};
${hasStatementTimeout ? '' : NO_TIMEOUTS}SET LOCAL client_min_messages = warning;
SET LOCAL check_function_bodies = off;
${WAIT_FOR_LOCK_SQL}`
}

/** Statements that lift the limits of time. Servers before PostgreSQL 17 have none for transactions. */
const NO_TIMEOUTS = `SET LOCAL statement_timeout = 0;
DO $limit$
BEGIN
  IF current_setting('server_version_num')::integer >= 170000 THEN
    PERFORM set_config('transaction_timeout', '0', true);
  END IF;
END $limit$;
`

/**
 * Commits. Code of other users may have changed settings of the session, which would outlast the transaction.
 */
export const COMMIT_SCRIPT = 'RESET ALL; COMMIT;'

/**
 * Runs what COMMIT would run, under the settings that COMMIT would have. Nothing else can fail at COMMIT.
 */
const REHEARSE_COMMIT_SCRIPT = `RESET ALL; SET CONSTRAINTS ALL IMMEDIATE; ${SAFE_SETTINGS}`

/** Returns the statement that lets the transaction continue as another role, the owner of the schemas. */
export function actAsScript(actAs: string | null): string {
  return actAs === null ? '' : `SET LOCAL ROLE ${quoteIdentifier(actAs)};`
}

interface TransactionOptions {
  /** The words for the transaction in the error for an unknown outcome, such as `the install`. */
  name: string
  data?: Readonly<ErrorFacts>
  /** Whether the session's statement_timeout applies. */
  hasStatementTimeout?: boolean
  /** Called with the session that holds the advisory lock, before the transaction waits for it. */
  onLock?: ((holder: LockHolder) => void) | undefined
  /** Returns the OIDs of the relations that the transaction locks. */
  relations?: () => readonly string[]
  /**
   * With this function the transaction is a rehearsal: ROLLBACK instead of COMMIT, after everything that
   * COMMIT would check has passed. It is called last inside the transaction.
   */
  beforeRollback?: () => Promise<void>
  beforeCommit?: BeforeCommit | undefined
  /** An earlier reading, which is used where nothing has changed since. */
  earlier?: StateReading | undefined
}

/**
 * Runs `action` on the schemas in one transaction under the advisory lock: one round trip to begin and to
 * read the state under the lock, those of `action`, and one for COMMIT. A failure and a rehearsal roll
 * everything back.
 *
 * Errors: `LOCKED` with the holder of the lock; `UnknownOutcomeError` if the connection was lost once
 * COMMIT was sent; those of `beforeCommit`; the server's, converted by `toOperatorError`.
 */
export async function inSchemaTransaction<T>(
  session: Session,
  lockTimeoutMs: number,
  action: (reading: StateReading) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  let hasAdvisoryLock = false
  let result: T
  try {
    const { earlier } = options
    const begin = beginScript(lockTimeoutMs, options)
    const onNotice = (notice: ServerNotice) => {
      const holder = decodeHolder(notice)
      if (holder) options.onLock?.(holder)
    }
    const reading = await (earlier
      ? readStateAgain(session, earlier, begin, onNotice)
      : readState(session, begin, onNotice))
    hasAdvisoryLock = true
    result = await action(reading)
    if (options.beforeRollback) {
      await session.run(REHEARSE_COMMIT_SCRIPT)
      await options.beforeRollback()
      await session.run('ROLLBACK;')
      return result
    }
    if (options.beforeCommit) await options.beforeCommit(await transactionId(session))
  } catch (error) {
    await rollBack(session)
    throw await toSchemaError(session, error, {
      hasAdvisoryLock,
      lockTimeoutMs,
      relations: options.relations?.(),
    })
  }
  try {
    await session.run(COMMIT_SCRIPT)
    return result
  } catch (error) {
    await rollBack(session)
    throw isRefusal(error)
      ? await toSchemaError(session, error, { hasAdvisoryLock, lockTimeoutMs })
      : unknownOutcome(error, options)
  }
}

async function transactionId(session: Session): Promise<string> {
  const rows = await session.run<{ id: string }>(
    'SELECT pg_catalog.pg_current_xact_id()::pg_catalog.text AS id;',
  )
  const [row] = rows
  if (row === undefined) throw new Error('the query for the transaction returned no row')
  return row.id
}

/** Returns the error for a COMMIT that received no answer: the server may have committed or not. */
function unknownOutcome(error: unknown, { name, data }: TransactionOptions): UnknownOutcomeError {
  const isInterrupted = error instanceof OperatorError && error.code === 'ABORTED'
  return new UnknownOutcomeError(
    isInterrupted ? 'ABORTED' : 'CONNECTION_FAILED',
    `${isInterrupted ? 'Interrupted' : 'The connection was lost'} while the server committed ${name}, ` +
      'so nobody knows whether it took effect.',
    'Run the same command again: it checks the database first, and finishes or repeats the work.',
    { ...(isInterrupted ? error.details : {}), data: { ...data, outcome: 'unknown' }, cause: error },
  )
}

/** Returns the SQLSTATE of a server's error (PostgreSQL manual, Appendix A). */
export function sqlstate(error: unknown): string | null {
  if (error instanceof OperatorError) return error.details.sqlstate ?? null
  if (!(error instanceof Error) || !('code' in error)) return null
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : null
}

/** Returns whether the server itself refused to commit, and the connection can still be used. */
function isRefusal(error: unknown): boolean {
  return isDatabaseError(error) && !endsConnection(error.code)
}

async function rollBack(session: Session): Promise<void> {
  // The first error is the one to report. If the connection was lost, the server rolls back by itself.
  await session.run('ROLLBACK;').catch(() => {})
}

interface LockContext {
  hasAdvisoryLock: boolean
  lockTimeoutMs: number
  relations?: readonly string[] | undefined
}

async function toSchemaError(session: Session, error: unknown, context: LockContext): Promise<unknown> {
  if (sqlstate(error) === '55P03') return lockedError(session, error, context)
  const eventTriggers = knownEventTriggers(session)
  return toOperatorError(error, {
    settings: session.settings,
    ...(eventTriggers === undefined ? {} : { eventTriggers }),
  })
}

/**
 * Returns the error for a lock that timed out. It names the session that holds the lock if the server shows
 * it.
 */
async function lockedError(session: Session, error: unknown, context: LockContext): Promise<OperatorError> {
  const find = context.hasAdvisoryLock
    ? objectLockHolder(session, context.relations)
    : advisoryLockHolder(session)
  const holder: LockHolder | null = await find.catch(() => null)
  const who = holder ? ` (${holderText(holder)})` : ''
  const waited = `this command waited ${context.lockTimeoutMs / 1000} s for it`
  return new OperatorError(
    'LOCKED',
    context.hasAdvisoryLock
      ? `Another session${who} holds a lock${holder?.relation ? ` on ${holder.relation}` : ''} ` +
          `that work on the Mathesar schemas needs; ${waited}.`
      : `Another run${who} works on the Mathesar schemas of this database and holds its lock; ${waited}.`,
    'Nothing was changed. Try again when that session has ended, or wait longer with --lock-timeout.',
    { sqlstate: '55P03', cause: error, ...(holder ? { data: holderFacts(holder) } : {}) },
  )
}

function holderFacts({ role, since, ...holder }: LockHolder): ErrorFacts {
  return { ...holder, ...(role === null ? {} : { role }), ...(since === null ? {} : { since }) }
}
