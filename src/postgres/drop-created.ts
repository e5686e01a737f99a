import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorError } from '../errors.ts'
import { openSession, type SessionOptions } from './connect.ts'
import { type CreatedDatabase, checkName, inMaintenanceDatabase } from './create-database.ts'
import { type Find, lookInside } from './look-inside.ts'
import { quoteIdentifier, quoteLiteral } from './quote.ts'
import { toOperatorError } from './sqlstate.ts'
import type { ConnectionSettings, Session } from './types.ts'

/** Why a database that a run created was not dropped again. */
export type KeptReason =
  /** It holds something that is not of the run. */
  | ({ kind: 'contents' } & Find)
  /** Somebody is connected to it, or has prepared a transaction in it. */
  | { kind: 'sessions' }
  /** It has grants, settings, a comment or another owner. */
  | { kind: 'settings' }
  /** It could not be looked at or dropped. */
  | { kind: 'error'; error: OperatorError }

/** What became of a database that a run created. `isClosed`: it takes no connections, and could not be opened again. */
export type DropOutcome =
  | { kind: 'dropped' }
  /** It is not there any more, or another one of that name is. */
  | { kind: 'missing' }
  | { kind: 'kept'; reason: KeptReason; isClosed: boolean }

/** How long the server may take to end sessions of this run, and others to go, in milliseconds. */
const PATIENCE_MS = 700
/** How long a session that is just arriving may take to get in or to be turned away, in milliseconds. */
const ARRIVAL_MS = 400
const POLL_MS = 20

/** A session that is still there after so many seconds is one that a pooler keeps, not that of a run at work. */
const CLOSED_AT_MOST_S = 60

const MARK = 'Closed by mathesarctl, which created it and is about to drop it again:'

/** What the server tells of a database from outside. */
interface OutsideRow {
  oid: string
  isOpen: boolean
  isOwned: boolean
  isAltered: boolean
  comment: string | null
  /** Other sessions in it, and prepared transactions. */
  sessions: number
  /** Seconds since 1970 on the server's clock. */
  now: number
  /** The process of the session that asks. */
  pid: number
}

/** What the comment of a closed database says of the run that closed it. */
interface Mark {
  /** Seconds since 1970 on the server's clock. */
  at: number
  /** The server's process for the session that closed it. */
  pid: number
}

/**
 * Drops a database that this run created, as long as nothing but the copy of the template is in it and nobody else is
 * connected. It takes no connections while that is looked at for the last time, so that nobody can put anything into
 * it between the look and the drop. Whatever stands in the way, it takes connections again, and stays.
 *
 * Never rejects but for `USAGE` (a name that cannot be).
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
    return kept({ kind: 'error', error: asOperatorError(error, settings) })
  } finally {
    await opened.then(
      (inside) => inside.close(),
      () => {},
    )
  }
}

/**
 * Opens a database again that a run closed in order to drop it, and that it left closed because it was killed. Returns
 * `false` where the database is open, is not there, or was closed by somebody else; then nothing is changed.
 *
 * Errors: `LOCKED` (the run is still at work), `INSUFFICIENT_PRIVILEGE`, and those of `openSession`.
 */
export async function reopenDatabase(
  settings: ConnectionSettings,
  options: SessionOptions,
): Promise<boolean> {
  checkName(settings)
  return inMaintenanceDatabase(settings, options, 'opening the database', async (outside) => {
    const row = await readOutside(outside, settings.database, 0)
    const mark = row === null || row.isOpen ? null : readMark(row.comment)
    if (row === null || mark === null) return false
    if (row.now - mark.at < CLOSED_AT_MOST_S && (await isAlive(outside, mark))) {
      throw new OperatorError(
        'LOCKED',
        `Another run of mathesarctl is about to drop database "${settings.database}", which it created.`,
        'Run the command again in a minute.',
        { field: 'database' },
      )
    }
    await reopen(outside, settings.database)
    return true
  })
}

/**
 * Whether `reopenDatabase` would open the database again, or wait for the run that closed it. Changes nothing.
 *
 * Errors: those of `openSession`, and `INSUFFICIENT_PRIVILEGE`.
 */
export async function isClosedByRun(settings: ConnectionSettings, options: SessionOptions): Promise<boolean> {
  checkName(settings)
  return inMaintenanceDatabase(settings, options, 'looking at the database', async (outside) => {
    const row = await readOutside(outside, settings.database, 0)
    return row !== null && !row.isOpen && readMark(row.comment) !== null
  })
}

/** Whether the session that closed a database is still there: it ends with the process of the run. */
async function isAlive(outside: Session, { pid }: Mark): Promise<boolean> {
  const rows = await outside.query(
    'SELECT a.pid FROM pg_catalog.pg_stat_activity AS a WHERE a.pid OPERATOR(pg_catalog.=) $1::pg_catalog.int4',
    [pid],
  )
  return rows.length > 0
}

async function dropFrom(
  outside: Session,
  opened: Promise<Session>,
  settings: ConnectionSettings,
  created: CreatedDatabase,
): Promise<DropOutcome> {
  const { database } = settings
  const first = await readOutside(outside, database, 0)
  if (first !== null && created.oid === null) return kept({ kind: 'error', error: unnamedError(database) })
  if (first?.oid !== created.oid) return { kind: 'missing' }
  const inside = await opened
  const own = await backendPid(inside)
  const row = await untilAlone(outside, database, own)
  if (row?.oid !== created.oid) return { kind: 'missing' }
  const inTheWay = obstacle(row) ?? (await foreignContents(inside, created))
  if (inTheWay !== null) return kept(inTheWay)

  let outcome: DropOutcome
  try {
    await close(outside, database, { at: row.now, pid: row.pid })
    outcome = await dropClosed(outside, inside, own, settings, created)
  } catch (error) {
    outcome = kept({ kind: 'error', error: asOperatorError(error, settings) })
  }
  if (outcome.kind !== 'kept') return outcome
  const isClosed = await reopen(outside, database).then(
    () => false,
    () => true,
  )
  return { ...outcome, isClosed }
}

/** Nobody gets in any more: whoever was in before is seen now, or has left what it did to be seen inside. */
async function dropClosed(
  outside: Session,
  inside: Session,
  own: number,
  settings: ConnectionSettings,
  created: CreatedDatabase,
): Promise<DropOutcome> {
  const { database } = settings
  if (!(await haveAllArrived(outside, created))) return kept({ kind: 'sessions' })
  const row = await readOutside(outside, database, own)
  if (row?.oid !== created.oid) return { kind: 'missing' }
  const inTheWay = obstacle(row) ?? (await foreignContents(inside, created))
  if (inTheWay !== null) return kept(inTheWay)
  await inside.close()
  await outside.query(`DROP DATABASE ${quoteIdentifier(database)}`)
  return { kind: 'dropped' }
}

function unnamedError(database: string): OperatorError {
  return new OperatorError(
    'CONNECTION_FAILED',
    `The connection was lost before the server said which database "${database}" it had created.`,
    'Look into the database, and drop it by hand if it is empty.',
  )
}

function kept(reason: KeptReason): Extract<DropOutcome, { kind: 'kept' }> {
  return { kind: 'kept', reason, isClosed: false }
}

function asOperatorError(error: unknown, settings: ConnectionSettings): OperatorError {
  return toOperatorError(error, { settings, step: 'dropping the database' })
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
  const [row] = await session.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid')
  if (row === undefined) throw new Error('the server named no process')
  return row.pid
}

/** Sessions of this run that were cut off are gone after a moment, and so are others that were about to leave. */
async function untilAlone(outside: Session, database: string, own: number): Promise<OutsideRow | null> {
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    const row = await readOutside(outside, database, own)
    if (row === null || row.sessions === 0 || performance.now() > end) return row
    await sleep(POLL_MS)
  }
}

/**
 * Whether no session is on its way into the closed database any more. One that saw it open while it was starting holds
 * a lock on the database until it is listed in pg_stat_activity, so it is seen in one or the other, in this order.
 */
async function haveAllArrived(outside: Session, { oid }: CreatedDatabase): Promise<boolean> {
  const end = performance.now() + ARRIVAL_MS
  for (;;) {
    const [row] = await outside.query<{ arriving: boolean }>(
      `SELECT EXISTS (
         SELECT FROM pg_catalog.pg_locks AS l
          WHERE l.locktype OPERATOR(pg_catalog.=) 'object'
            AND l.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_database'::pg_catalog.regclass
            AND l.objid OPERATOR(pg_catalog.=) $1::pg_catalog.oid
       ) AS arriving`,
      [oid],
    )
    if (row?.arriving === false) return true
    if (performance.now() > end) return false
    await sleep(POLL_MS)
  }
}

/** The database as the server tells of it; `null` where it is not there. Workers of the server's own do not count. */
async function readOutside(outside: Session, database: string, own: number): Promise<OutsideRow | null> {
  const [row] = await outside.query<OutsideRow>(
    `SELECT d.oid::pg_catalog.text AS oid, d.datallowconn AS "isOpen",
       pg_catalog.pg_get_userbyid(d.datdba) OPERATOR(pg_catalog.=) current_user AS "isOwned",
       d.datacl IS NOT NULL OR d.datistemplate OR d.datconnlimit OPERATOR(pg_catalog.<>) -1
         OR EXISTS (SELECT FROM pg_catalog.pg_db_role_setting AS s
           WHERE s.setdatabase OPERATOR(pg_catalog.=) d.oid)
         OR EXISTS (SELECT FROM pg_catalog.pg_shseclabel AS b
           WHERE b.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_database'::pg_catalog.regclass
             AND b.objoid OPERATOR(pg_catalog.=) d.oid) AS "isAltered",
       pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity AS a
         WHERE a.datid OPERATOR(pg_catalog.=) d.oid AND a.usesysid IS NOT NULL
           AND a.pid OPERATOR(pg_catalog.<>) $2::pg_catalog.int4)::pg_catalog.int4
         OPERATOR(pg_catalog.+)
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_prepared_xacts AS p
         WHERE p.database OPERATOR(pg_catalog.=) d.datname)::pg_catalog.int4 AS sessions,
       pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())::pg_catalog.int8::pg_catalog.float8 AS now,
       pg_catalog.pg_backend_pid() AS pid
     FROM pg_catalog.pg_database AS d WHERE d.datname OPERATOR(pg_catalog.=) $1::pg_catalog.name`,
    [database, own],
  )
  return row ?? null
}

/** What a run wrote into the comment of a database that it closed; `null` for every other comment. */
function readMark(comment: string | null): Mark | null {
  const text = comment?.startsWith(MARK) ? comment.slice(MARK.length) : ''
  const [, at, pid] = /^ at=(\d{1,12}) pid=(\d{1,10})$/.exec(text) ?? []
  return at === undefined || pid === undefined ? null : { at: Number(at), pid: Number(pid) }
}

async function close(outside: Session, database: string, { at, pid }: Mark): Promise<void> {
  const name = quoteIdentifier(database)
  // Both or neither: a later run knows by the mark what it may open again.
  await outside.run(
    `BEGIN;
COMMENT ON DATABASE ${name} IS ${quoteLiteral(`${MARK} at=${at} pid=${pid}`)};
ALTER DATABASE ${name} ALLOW_CONNECTIONS false;
COMMIT;`,
  )
}

async function reopen(outside: Session, database: string): Promise<void> {
  const name = quoteIdentifier(database)
  await outside.run(
    `ROLLBACK;
BEGIN;
ALTER DATABASE ${name} ALLOW_CONNECTIONS true;
COMMENT ON DATABASE ${name} IS NULL;
COMMIT;`,
  )
}
