import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorError } from '../../errors.ts'
import { openSession, type SessionOptions } from '../connect.ts'
import { quoteIdentifier } from '../quote.ts'
import { toOperatorError } from '../sqlstate.ts'
import type { ConnectionSettings, Session } from '../types.ts'
import ARRIVING_QUERY from './arriving.sql'
import type { CreatedDatabase } from './create.ts'
import { type Find, lookInside } from './look-inside.ts'
import { checkName, inMaintenanceDatabase } from './maintenance.ts'
import { closeDatabase, type OutsideRow, openAgain, readMark, readOutside } from './outside.ts'

/** Why a run did not drop a database that it had created. */
export type KeptReason =
  /** It contains something that the run did not create. */
  | ({ kind: 'contents' } & Find)
  /** Another session is connected to it, or has prepared a transaction in it. */
  | { kind: 'sessions' }
  /** It has grants, settings, a comment or another owner. */
  | { kind: 'settings' }
  /** It could not be read or dropped. */
  | { kind: 'error'; error: OperatorError }

/**
 * The outcome of dropping a created database. `isClosed`: it accepts no connections, and could not be opened
 * again.
 */
export type DropOutcome =
  | { kind: 'dropped' }
  /** It does not exist any more, or another one has its name. */
  | { kind: 'missing' }
  | { kind: 'kept'; reason: KeptReason; isClosed: boolean }

/** The time in milliseconds for the server to end sessions of this run, and for others to leave. */
const PATIENCE_MS = 700
/** The time in milliseconds for an arriving session to be admitted or refused. */
const ARRIVAL_MS = 400
const POLL_MS = 20

/**
 * Drops a database that this run created, as long as it contains only the copy of the template and no other
 * session is connected. It accepts no connections during the last check, so that nobody can create anything
 * in it between the check and the drop. If the check finds an obstacle, the database accepts connections
 * again and stays.
 *
 * Never rejects, except with `USAGE` (an impossible name).
 */
export async function dropCreatedDatabase(
  settings: ConnectionSettings,
  created: CreatedDatabase,
  options: SessionOptions,
): Promise<DropOutcome> {
  checkName(settings)
  const opened = openSession(settings, options)
  opened.catch(() => {})
  try {
    return await inMaintenanceDatabase(settings, options, 'dropping the database', (outside) =>
      dropFrom(outside, opened, settings, created),
    )
  } catch (error) {
    return keptOutcome({ kind: 'error', error: asOperatorError(error, settings) })
  } finally {
    await opened.then(
      (inside) => inside.close(),
      () => {},
    )
  }
}

async function dropFrom(
  outside: Session,
  opened: Promise<Session>,
  settings: ConnectionSettings,
  created: CreatedDatabase,
): Promise<DropOutcome> {
  const { database } = settings
  const first = await readOutside(outside, database, 0)
  if (first !== null && created.oid === null)
    return keptOutcome({ kind: 'error', error: unnamedError(database) })
  if (first?.oid !== created.oid) return { kind: 'missing' }
  const inside = await opened
  const own = await backendPid(inside)
  const row = await untilAlone(outside, database, own)
  if (row?.oid !== created.oid) return { kind: 'missing' }
  const inTheWay = obstacle(row) ?? (await foreignContents(inside, created))
  if (inTheWay !== null) return keptOutcome(inTheWay)

  let outcome: DropOutcome
  try {
    await closeDatabase(outside, database, { at: row.now, pid: row.pid })
    outcome = await dropClosed(outside, inside, own, settings, created)
  } catch (error) {
    outcome = keptOutcome({ kind: 'error', error: asOperatorError(error, settings) })
  }
  if (outcome.kind !== 'kept') return outcome
  const isClosed = await openAgain(outside, database).then(
    () => false,
    () => true,
  )
  return { ...outcome, isClosed }
}

/**
 * No session can enter any more: those that were inside are listed now, or left rows that the check finds.
 */
async function dropClosed(
  outside: Session,
  inside: Session,
  own: number,
  settings: ConnectionSettings,
  created: CreatedDatabase,
): Promise<DropOutcome> {
  const { database } = settings
  if (!(await haveAllArrived(outside, created))) return keptOutcome({ kind: 'sessions' })
  const row = await readOutside(outside, database, own)
  if (row?.oid !== created.oid) return { kind: 'missing' }
  const inTheWay = obstacle(row) ?? (await foreignContents(inside, created))
  if (inTheWay !== null) return keptOutcome(inTheWay)
  await inside.close()
  await outside.query(`DROP DATABASE ${quoteIdentifier(database)}`)
  return { kind: 'dropped' }
}

function unnamedError(database: string): OperatorError {
  return new OperatorError(
    'CONNECTION_FAILED',
    `The connection was lost before the server reported the identity of the created database "${database}".`,
    'Check the database, and drop it by hand if it is empty.',
  )
}

function keptOutcome(reason: KeptReason): Extract<DropOutcome, { kind: 'kept' }> {
  return { kind: 'kept', reason, isClosed: false }
}

function asOperatorError(error: unknown, settings: ConnectionSettings): OperatorError {
  return toOperatorError(error, { settings, doing: 'dropping the database' })
}

function obstacle(row: OutsideRow): KeptReason | null {
  const isCommented = row.comment !== null && readMark(row.comment) === null
  if (!row.isOwned || row.isAltered || isCommented) return { kind: 'settings' }
  return row.sessions > 0 ? { kind: 'sessions' } : null
}

async function foreignContents(inside: Session, created: CreatedDatabase): Promise<KeptReason | null> {
  const find = await lookInside(inside, created.since)
  return find === null ? null : { kind: 'contents', ...find }
}

async function backendPid(session: Session): Promise<number> {
  const query = () => session.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid')
  const [row] = await session.check(query)
  if (row === undefined) throw new Error('the server named no process')
  return row.pid
}

/** Waits for a moment until lost sessions of this run, and others that were about to leave, have ended. */
async function untilAlone(outside: Session, database: string, own: number): Promise<OutsideRow | null> {
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    const row = await readOutside(outside, database, own)
    if (row === null || row.sessions === 0 || performance.now() > end) return row
    await sleep(POLL_MS)
  }
}

/**
 * Returns whether no session is about to enter the closed database any more. A session that found it open
 * while it was starting holds a lock on the database until pg_stat_activity lists it, so it is found in one
 * or the other, in this order.
 */
async function haveAllArrived(outside: Session, { oid }: CreatedDatabase): Promise<boolean> {
  const end = performance.now() + ARRIVAL_MS
  for (;;) {
    const [row] = await outside.check(() => outside.query<{ arriving: boolean }>(ARRIVING_QUERY, [oid]))
    if (row?.arriving === false) return true
    if (performance.now() > end) return false
    await sleep(POLL_MS)
  }
}
