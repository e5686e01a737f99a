import { quoteIdentifier, quoteLiteral } from '../quote.ts'
import type { Session } from '../types.ts'
import OUTSIDE_QUERY from './outside.sql'

const MARK = 'Closed by mathesarctl, which created it and is about to drop it again:'

/** What another database of the server shows of a database. */
export interface OutsideRow {
  oid: string
  isOpen: boolean
  isOwned: boolean
  isAltered: boolean
  comment: string | null
  /** The number of other sessions in it, and of prepared transactions. */
  sessions: number
  /** Seconds since 1970 on the server's clock. */
  now: number
  /** The server's process for the session that asks. */
  pid: number
}

/** Which run closed a database; its comment says so. */
export interface CloseMark {
  /** Seconds since 1970 on the server's clock. */
  at: number
  /** The server's process for the session that closed it. */
  pid: number
}

/**
 * Reads a database from another one; `null` if it does not exist. The session of the server's process
 * `own` does not count (0: all count); the server's own workers never do.
 */
export async function readOutside(
  outside: Session,
  database: string,
  own: number,
): Promise<OutsideRow | null> {
  const [row] = await outside.check(() => outside.query<OutsideRow>(OUTSIDE_QUERY, [database, own]))
  return row ?? null
}

/** Reads the comment of a database that a run closed; `null` for every other comment. */
export function readMark(comment: string | null): CloseMark | null {
  const text = comment?.startsWith(MARK) ? comment.slice(MARK.length) : ''
  const [, at, pid] = /^ at=(\d{1,12}) pid=(\d{1,10})$/.exec(text) ?? []
  return at === undefined || pid === undefined ? null : { at: Number(at), pid: Number(pid) }
}

/** Closes a database to all sessions, and marks it as closed by this run. */
export async function closeDatabase(
  outside: Session,
  database: string,
  { at, pid }: CloseMark,
): Promise<void> {
  const name = quoteIdentifier(database)
  // In one transaction: a later run recognizes by the mark what it may open again.
  await outside.run(
    `BEGIN;
COMMENT ON DATABASE ${name} IS ${quoteLiteral(`${MARK} at=${at} pid=${pid}`)};
ALTER DATABASE ${name} ALLOW_CONNECTIONS false;
COMMIT;`,
  )
}

/** Opens a closed database again, and removes the mark. */
export async function openAgain(outside: Session, database: string): Promise<void> {
  const name = quoteIdentifier(database)
  await outside.run(
    `ROLLBACK;
BEGIN;
ALTER DATABASE ${name} ALLOW_CONNECTIONS true;
COMMENT ON DATABASE ${name} IS NULL;
COMMIT;`,
  )
}
