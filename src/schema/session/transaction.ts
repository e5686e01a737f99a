import { type ErrorFacts, OperatorError } from '../../errors.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import { endsConnection, isDatabaseError, toOperatorError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { UnknownOutcomeError } from '../errors.ts'
import { SAFE_SETTINGS } from '../inspect/catalog.ts'
import { readState, type StateReading } from '../inspect/state.ts'
import { ADVISORY_LOCK_SQL, advisoryLockHolder, type LockHolder, objectLockHolder } from './advisory-lock.ts'
import type { BeforeCommit } from './types.ts'

/**
 * Returns the head of the transaction in which schemas are installed or removed. READ COMMITTED, so that what
 * is read after the lock was acquired is what its former holder left; all settings are the transaction's own
 * and end with it. No limit on a statement's time: a limit meant for queries must not end an install halfway
 * through a wait that has its own limit. Function bodies are not checked once more: that would take a third
 * of the install's time, and what a DBA makes PL/pgSQL warn of or refuse (`plpgsql.extra_errors`) is meant
 * for code under development.
 */
export function beginScript(lockTimeoutMs: number, { limited = false } = {}): string {
  return `BEGIN ISOLATION LEVEL READ COMMITTED;
${SAFE_SETTINGS}
SET LOCAL lock_timeout = ${Math.max(0, Math.round(lockTimeoutMs))};
${limited ? '' : 'SET LOCAL statement_timeout = 0;\n'}SET LOCAL client_min_messages = warning;
SET LOCAL standard_conforming_strings = on;
SET LOCAL check_function_bodies = off;
${ADVISORY_LOCK_SQL};`
}

/** Commits. Code of others may have changed settings of the session, which would outlast the transaction. */
export const COMMIT_SCRIPT = 'RESET ALL; COMMIT;'

/**
 * Runs what COMMIT would run, under the settings that it would have then; nothing else of the transaction can
 * fail there.
 */
const REHEARSE_COMMIT_SCRIPT = `RESET ALL; SET CONSTRAINTS ALL IMMEDIATE; ${SAFE_SETTINGS}`

/** Returns the statement that lets the transaction continue as another role, the owner of the schemas. */
export function actAsScript(actAs: string | null): string {
  return actAs === null ? '' : `SET LOCAL ROLE ${quoteIdentifier(actAs)};`
}

interface Work {
  /** Such as `the install`: names the work in the error for an unknown outcome. */
  what: string
  data?: Readonly<ErrorFacts>
  /** The session's statement_timeout holds. */
  limited?: boolean
  /** OIDs of the relations that the work has set out to lock. */
  relations?: () => readonly string[]
  /**
   * Makes it a rehearsal: ROLLBACK in the place of COMMIT, once everything has passed that COMMIT would
   * check. This is called last inside the transaction.
   */
  beforeRollback?: () => Promise<void>
  beforeCommit?: BeforeCommit | undefined
}

/**
 * Runs work on the schemas in one transaction under the advisory lock: one round trip to begin and to read
 * the state under the lock, those of `work`, and one for COMMIT. On any failure, and in a rehearsal,
 * everything is rolled back.
 *
 * Errors: `LOCKED` with the holder of the lock; `UnknownOutcomeError` if the connection was lost once
 * COMMIT was sent; those of `beforeCommit`; what `toOperatorError` makes of the server's.
 */
export async function inSchemaTransaction<T>(
  session: Session,
  lockTimeoutMs: number,
  work: (reading: StateReading) => Promise<T>,
  about: Work,
): Promise<T> {
  let locked = false
  let result: T
  try {
    const reading = await readState(session, beginScript(lockTimeoutMs, about))
    locked = true
    result = await work(reading)
    if (about.beforeRollback) {
      await session.run(REHEARSE_COMMIT_SCRIPT)
      await about.beforeRollback()
      await session.run('ROLLBACK;')
      return result
    }
    if (about.beforeCommit) await about.beforeCommit(await transactionId(session))
  } catch (error) {
    await rollBack(session)
    throw await toSchemaError(session, error, { locked, lockTimeoutMs, relations: about.relations?.() })
  }
  try {
    await session.run(COMMIT_SCRIPT)
    return result
  } catch (error) {
    await rollBack(session)
    throw isRefusal(error)
      ? await toSchemaError(session, error, { locked, lockTimeoutMs })
      : unknown(error, about)
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
function unknown(error: unknown, { what, data }: Work): UnknownOutcomeError {
  const interrupted = error instanceof OperatorError && error.code === 'ABORTED'
  return new UnknownOutcomeError(
    interrupted ? 'ABORTED' : 'CONNECTION_FAILED',
    `${interrupted ? 'Interrupted' : 'The connection was lost'} while the server committed ${what}, ` +
      'so nobody knows whether it took effect.',
    'Run the same command again: it checks the database first, and finishes or repeats the work.',
    { ...(interrupted ? error.details : {}), data: { ...data, outcome: 'unknown' }, cause: error },
  )
}

/** Returns the SQLSTATE of a server's error (PostgreSQL manual, Appendix A). */
export function sqlstate(error: unknown): string | null {
  if (error instanceof OperatorError) return error.details.sqlstate ?? null
  if (!(error instanceof Error) || !('code' in error)) return null
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : null
}

/** Returns whether the server itself answered that it did not do it, and the connection goes on. */
function isRefusal(error: unknown): boolean {
  return isDatabaseError(error) && !endsConnection(error.code)
}

async function rollBack(session: Session): Promise<void> {
  // The first error is the one to report; the server has rolled back for a lost connection already.
  await session.run('ROLLBACK;').catch(() => {})
}

interface LockContext {
  locked: boolean
  lockTimeoutMs: number
  relations?: readonly string[] | undefined
}

async function toSchemaError(session: Session, error: unknown, context: LockContext): Promise<unknown> {
  if (sqlstate(error) === '55P03') return lockedError(session, error, context)
  return toOperatorError(error, { settings: session.settings })
}

/** Returns the error that names the session in the way, as far as the server still shows it. */
async function lockedError(session: Session, error: unknown, context: LockContext): Promise<OperatorError> {
  const find = context.locked ? objectLockHolder(session, context.relations) : advisoryLockHolder(session)
  const holder: LockHolder | null = await find.catch(() => null)
  const application = holder && holder.applicationName !== '' ? `, application ${holder.applicationName}` : ''
  const who = holder ? ` (process ${holder.pid}${application})` : ''
  const waited = `this command waited ${context.lockTimeoutMs / 1000} s for it`
  return new OperatorError(
    'LOCKED',
    context.locked
      ? `Another session${who} holds a lock${holder?.relation ? ` on ${holder.relation}` : ''} ` +
          `that work on the Mathesar schemas needs; ${waited}.`
      : `Another run${who} works on the Mathesar schemas of this database and holds its lock; ${waited}.`,
    'Nothing was changed. Try again when that session has ended, or wait longer with --lock-timeout.',
    { sqlstate: '55P03', cause: error, ...(holder ? { data: { ...holder } } : {}) },
  )
}
