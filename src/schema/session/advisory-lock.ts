import type { Session } from '../../postgres/types.ts'
import { compose } from '../compose.ts'
import { SAFE_SETTINGS, SCHEMA_NAMES } from '../inspect/catalog.ts'
import advisoryLockHolderSql from './advisory-lock-holder.sql'
import lockHolderSql from './lock-holder.sql'
import objectLockHolderSql from './object-lock-holder.sql'

/**
 * The two numbers of the advisory lock that every install and removal of the Mathesar schemas holds for the
 * length of its transaction; the first is `msar` in ASCII. Advisory locks belong to one database, so work on
 * two databases never waits for each other.
 */
export const ADVISORY_LOCK_KEY = [1836278130, 1] as const

/**
 * A statement that waits for the lock, at most `lock_timeout` (SQLSTATE 55P03). The server releases it at the
 * end of the transaction.
 */
export const ADVISORY_LOCK_SQL = `SELECT pg_catalog.pg_advisory_xact_lock(${ADVISORY_LOCK_KEY.join(', ')})`

/** Another session, as an operator can find it in pg_stat_activity. */
export interface LockHolder {
  pid: number
  applicationName: string
  /** The relation that it holds, where that is one of an operator's own. */
  relation: string | null
}

const ADVISORY_LOCK_HOLDER_QUERY = compose(advisoryLockHolderSql, {
  lockHolder: lockHolderSql,
  first: String(ADVISORY_LOCK_KEY[0]),
  second: String(ADVISORY_LOCK_KEY[1]),
})

/** Returns the session that holds the advisory lock of this database now; `null` if none does any more. */
export async function advisoryLockHolder(session: Session): Promise<LockHolder | null> {
  const rows = await session.run<LockHolder>(`${SAFE_SETTINGS}\n${ADVISORY_LOCK_HOLDER_QUERY}`)
  return rows[0] ?? null
}

/**
 * Returns the session that holds a lock which stood in the way of work on the objects: first of all one on
 * the Mathesar schemas or something in them, or on one of `relations` (OIDs), else ACCESS EXCLUSIVE on any
 * relation.
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
