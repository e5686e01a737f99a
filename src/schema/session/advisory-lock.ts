import type { Session } from '../../postgres/types.ts'
import { SAFE_SETTINGS, SCHEMA_NAMES } from '../inspect/catalog.ts'

/**
 * The two numbers of the advisory lock that every install and removal of the Mathesar schemas holds for the length of
 * its transaction; the first is `msar` in ASCII. Advisory locks belong to one database, so work on two databases never
 * waits for each other.
 */
export const ADVISORY_LOCK_KEY = [1836278130, 1] as const

/** Waits for the lock, at most `lock_timeout` (SQLSTATE 55P03); it goes with the transaction, however that ends. */
export const ADVISORY_LOCK_SQL = `SELECT pg_catalog.pg_advisory_xact_lock(${ADVISORY_LOCK_KEY.join(', ')})`

/** Another session, as an operator can find it in pg_stat_activity. */
export interface LockHolder {
  pid: number
  applicationName: string
  /** The relation that it holds, where that is one of an operator's own. */
  relation: string | null
}

const HOLDER_COLUMNS = `l.pid, coalesce(a.application_name, '') AS "applicationName",
    (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = l.relation AND c.oid >= 16384 AND l.locktype = 'relation') AS relation
  FROM pg_catalog.pg_locks l
  LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
  JOIN pg_catalog.pg_database b ON b.oid = l.database AND b.datname = current_database()
  WHERE l.granted AND l.pid <> pg_backend_pid()`

/** Who holds the advisory lock of this database now; `null` if nobody does any more. */
export async function advisoryLockHolder(session: Session): Promise<LockHolder | null> {
  const rows = await session.run<LockHolder>(`${SAFE_SETTINGS}
SELECT ${HOLDER_COLUMNS}
    AND l.locktype = 'advisory' AND l.classid = ${ADVISORY_LOCK_KEY[0]} AND l.objid = ${ADVISORY_LOCK_KEY[1]}
    AND l.objsubid = 2;`)
  return rows[0] ?? null
}

/**
 * Who holds a lock that stood in the way of work on the objects: first of all one on the Mathesar schemas or something
 * in them, or on one of `relations` (OIDs), else ACCESS EXCLUSIVE on any relation.
 */
export async function objectLockHolder(
  session: Session,
  relations: readonly string[] = [],
): Promise<LockHolder | null> {
  const rows = await session.run<LockHolder>(`${SAFE_SETTINGS}
WITH schemas AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname IN (${SCHEMA_NAMES})),
  inside AS (
    SELECT 'pg_catalog.pg_namespace'::regclass::oid AS classid, oid AS objid FROM schemas
    UNION ALL
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d JOIN schemas s ON s.oid = d.refobjid
    WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, unnest('{${relations.join(',')}}'::oid[])
  )
SELECT ${HOLDER_COLUMNS}
    AND l.locktype IN ('object', 'relation')
    AND (l.mode = 'AccessExclusiveLock' OR l.classid IS NOT NULL OR l.relation IN (SELECT i.objid FROM inside i))
ORDER BY EXISTS (
    SELECT FROM inside i
    WHERE (l.locktype = 'object' AND l.classid = i.classid AND l.objid = i.objid)
      OR (l.locktype = 'relation' AND i.classid = 'pg_catalog.pg_class'::regclass AND l.relation = i.objid)
  ) DESC, l.mode = 'AccessExclusiveLock' DESC, l.pid
LIMIT 1;`)
  return rows[0] ?? null
}
