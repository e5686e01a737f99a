import { compose } from '../../postgres/compose.ts'
import type { Session } from '../../postgres/types.ts'
import { SAFE_SETTINGS, SCHEMA_NAMES } from '../inspect/catalog.ts'
import advisoryLockHolderSql from './advisory-lock-holder.sql'
import lockHolderSql from './lock-holder.sql'
import { HOLDER_MARK, type LockHolder } from './lock-holder.ts'
import objectLockHolderSql from './object-lock-holder.sql'
import waitForLockSql from './wait-for-lock.sql'

/**
 * The two keys of the advisory lock that every install and removal of the Mathesar schemas holds during its
 * transaction; the first is `msar` in ASCII. An advisory lock belongs to one database, so runs on different
 * databases never wait for each other.
 */
export const ADVISORY_LOCK_KEY = [1836278130, 1] as const

/**
 * The statement that acquires the lock, and waits at most `lock_timeout` for it (SQLSTATE 55P03). The server
 * releases the lock at the end of the transaction.
 */
export const ADVISORY_LOCK_SQL = `SELECT pg_catalog.pg_advisory_xact_lock(${ADVISORY_LOCK_KEY.join(', ')})`

const ADVISORY_LOCK_HOLDER_QUERY = compose(advisoryLockHolderSql, {
  lockHolder: lockHolderSql,
  first: String(ADVISORY_LOCK_KEY[0]),
  second: String(ADVISORY_LOCK_KEY[1]),
})

/**
 * A statement that waits for the lock in the same way, and before that reports the session that holds it, by
 * a notice that `decodeHolder` understands.
 */
export const WAIT_FOR_LOCK_SQL = compose(waitForLockSql, {
  holder: ADVISORY_LOCK_HOLDER_QUERY,
  mark: HOLDER_MARK,
  first: String(ADVISORY_LOCK_KEY[0]),
  second: String(ADVISORY_LOCK_KEY[1]),
})

/** Returns the session that holds the advisory lock of this database now; `null` if none does. */
export async function advisoryLockHolder(session: Session): Promise<LockHolder | null> {
  const rows = await session.run<LockHolder>(`${SAFE_SETTINGS}\n${ADVISORY_LOCK_HOLDER_QUERY}`)
  return rows[0] ?? null
}

/**
 * Returns the session whose lock stops a run: preferably a lock on the Mathesar schemas, on something in them
 * or on one of `relations` (OIDs), otherwise ACCESS EXCLUSIVE on any relation; `null` if there is none.
 */
export async function objectLockHolder(
  session: Session,
  relations: readonly string[] = [],
): Promise<LockHolder | null> {
  const query = compose(objectLockHolderSql, {
    lockHolder: lockHolderSql,
    schemas: SCHEMA_NAMES,
    relations: `'{${relations.join(',')}}'::oid[]`,
  })
  const rows = await session.run<LockHolder>(`${SAFE_SETTINGS}\n${query}`)
  return rows[0] ?? null
}
