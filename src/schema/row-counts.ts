import { endsConnection, isDatabaseError } from '../postgres/sqlstate.ts'
import type { Session } from '../postgres/types.ts'
import { SAFE_SETTINGS } from './catalog.ts'

/** A relation up to this size is counted, others are estimated. */
const SMALL_BYTES = 16 * 1024 * 1024

/** No more than this is read, and no more relations than that are locked, to count rows. */
const TOTAL_BYTES = 256 * 1024 * 1024
const TOTAL_RELATIONS = 1000

/** Counting is a convenience: it waits for nobody's lock longer than this. */
const LIMITS = `SET LOCAL lock_timeout = 500;
SET LOCAL statement_timeout = 30000;`

interface Size {
  oid: string
  name: string
  bytes: string | null
  /** PostgreSQL's estimate; null if it has none. */
  estimate: number | null
  countable: boolean
}

/**
 * The number of rows of relations, by OID: exact for small tables that the role may read in full, else PostgreSQL's
 * estimate (`pg_class.reltuples`), null where there is none. Two round trips; never rejects for a table that is locked,
 * too slow or gone.
 */
export async function readRowCounts(
  session: Session,
  oids: readonly string[],
): Promise<ReadonlyMap<string, number | null>> {
  const unique = [...new Set(oids)]
  if (unique.length === 0) return new Map()
  const sizes = await unlessRefused(() => session.run<Size>(sizesQuery(unique)))
  const counts = new Map(sizes.map(({ oid, estimate }) => [oid, estimate]))
  const small = chooseSmall(sizes)
  if (small.length === 0) return counts
  const query = small.map(
    ({ oid, name }) => `SELECT '${oid}' AS oid, pg_catalog.count(*) AS rows FROM ${name}`,
  )
  const counted = await unlessRefused(() =>
    session.run<{ oid: string; rows: string }>(`${SAFE_SETTINGS}\n${LIMITS}\n${query.join('\nUNION ALL ')};`),
  )
  for (const { oid, rows } of counted) counts.set(oid, Number(rows))
  return counts
}

/** The smallest first, as long as the sums stay within the limits. */
function chooseSmall(sizes: readonly Size[]): Size[] {
  const candidates = sizes
    .filter(({ countable, bytes }) => countable && bytes !== null && Number(bytes) <= SMALL_BYTES)
    .sort((a, b) => Number(a.bytes) - Number(b.bytes) || Number(a.oid) - Number(b.oid))
  let total = 0
  return candidates.slice(0, TOTAL_RELATIONS).filter(({ bytes }) => {
    total += Number(bytes)
    return total <= TOTAL_BYTES
  })
}

/** Partitions and inheriting tables belong to their parent. A size is not asked where that would wait for a lock. */
function sizesQuery(oids: readonly string[]): string {
  return `${SAFE_SETTINGS}
${LIMITS}
WITH RECURSIVE tree AS (
  SELECT o.oid AS root, o.oid FROM unnest('{${oids.join(',')}}'::oid[]) o(oid)
  UNION
  SELECT t.root, h.inhrelid FROM tree t JOIN pg_catalog.pg_inherits h ON h.inhparent = t.oid
), locked AS MATERIALIZED (
  SELECT l.relation
  FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_database b ON b.oid = l.database AND b.datname = current_database()
  WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()
), summed AS (
  SELECT t.root, bool_or(t.oid IN (SELECT k.relation FROM locked k)) AS locked,
    sum(CASE WHEN t.oid NOT IN (SELECT k.relation FROM locked k) AND c.relkind IN ('r', 'm')
      THEN pg_relation_size(c.oid) ELSE 0 END) AS bytes,
    -- Before PostgreSQL 14 a relation that was never analysed says 0 in 0 pages.
    sum(CASE WHEN c.reltuples < 0 OR (c.reltuples = 0 AND c.relpages = 0) THEN NULL ELSE c.reltuples END)
      FILTER (WHERE c.relkind <> 'p') AS estimate
  FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid
  GROUP BY t.root
)
SELECT c.oid::text AS oid, c.oid::regclass::text AS name, s.bytes::text AS bytes, s.estimate::float8 AS estimate,
  NOT s.locked AND c.relkind IN ('r', 'm', 'p') AND NOT row_security_active(c.oid)
    AND (c.relkind <> 'm' OR c.relispopulated)
    AND has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(c.relnamespace, 'USAGE') AS countable
FROM summed s JOIN pg_catalog.pg_class c ON c.oid = s.root;`
}

/** What the server refuses to tell is left untold; a lost connection is not. */
async function unlessRefused<T>(work: () => Promise<T[]>): Promise<T[]> {
  try {
    return await work()
  } catch (error) {
    if (isDatabaseError(error) && !endsConnection(error.code)) return []
    throw error
  }
}
