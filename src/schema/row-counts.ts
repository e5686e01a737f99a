import { endsConnection, isDatabaseError } from '../postgres/sqlstate.ts'
import type { Session } from '../postgres/types.ts'
import { SAFE_SETTINGS } from './catalog.ts'

/** A relation up to this size is counted, others are estimated. */
const SMALL_BYTES = 16 * 1024 * 1024

/** No more than this is read, and no more relations than that, to count rows. */
const TOTAL_BYTES = 256 * 1024 * 1024
const TOTAL_RELATIONS = 1000

/** So much is counted in one statement where everything is: a limit of time on statements holds for each. */
const BATCH_BYTES = 64 * 1024 * 1024
const BATCH_RELATIONS = 250

/** Counting is a convenience: it waits for nobody's lock longer than this. */
const PATIENCE = 'SET LOCAL lock_timeout = 500;'
const TIME_LIMIT = 'SET LOCAL statement_timeout = 30000;'

/** The rows of a relation: counted, or PostgreSQL's estimate; null where it has none. */
export interface RowCount {
  rows: number | null
  counted: boolean
}

interface Size {
  oid: string
  /** Null where the size could not be asked for without waiting for a lock. */
  bytes: string | null
  /** PostgreSQL's estimate; null if it has none. */
  estimate: number | null
  countable: boolean
}

/**
 * The number of rows of relations, by OID: counted for small tables that the role may read in full, else PostgreSQL's
 * estimate (`pg_class.reltuples`). With `exact` all are counted that can be, however large, as long as the session's own
 * statement_timeout allows. Two round trips, with `exact` one more for every so many relations. Never rejects for a table
 * that is locked, too slow or gone, nor does the count of another one suffer from it.
 */
export async function readRowCounts(
  session: Session,
  oids: readonly string[],
  { exact = false }: { exact?: boolean } = {},
): Promise<ReadonlyMap<string, RowCount>> {
  const unique = [...new Set(oids)]
  if (unique.length === 0) return new Map()
  const limits = exact ? PATIENCE : `${PATIENCE}\n${TIME_LIMIT}`
  const ask = (sizes: boolean) =>
    unlessRefused(() => session.run<Size>(`${SAFE_SETTINGS}\n${limits}\n${sizesQuery(unique, sizes)}`))
  const sizes = (await ask(true)) ?? (await ask(false)) ?? []
  const counts = new Map<string, RowCount>(
    sizes.map(({ oid, estimate }) => [oid, { rows: estimate, counted: false }]),
  )
  const countable = sizes
    .filter((size) => size.countable)
    .sort((a, b) => bytesOf(a) - bytesOf(b) || Number(a.oid) - Number(b.oid))
  for (const batch of exact ? batches(countable) : [smallOnes(countable)]) {
    if (batch.length === 0) continue
    const script = `${SAFE_SETTINGS}\n${limits}\n${countScript(batch.map(({ oid }) => oid))}`
    const [row] = (await unlessRefused(() => session.run<{ counts: [string, number][] }>(script))) ?? []
    for (const [oid, rows] of row?.counts ?? []) counts.set(oid, { rows, counted: true })
  }
  return counts
}

/** What is not known is taken to be large. */
function bytesOf({ bytes }: Size): number {
  return bytes === null ? Number.MAX_SAFE_INTEGER : Number(bytes)
}

/** The smallest first, as long as the sums stay within the limits. */
function smallOnes(sizes: readonly Size[]): Size[] {
  let total = 0
  return sizes.slice(0, TOTAL_RELATIONS).filter((size) => {
    total += bytesOf(size)
    return bytesOf(size) <= SMALL_BYTES && total <= TOTAL_BYTES
  })
}

/** All of them; a large one has a statement of its own. */
function batches(sizes: readonly Size[]): Size[][] {
  const all: Size[][] = []
  let room = 0
  for (const size of sizes) {
    const last = all.at(-1)
    if (last !== undefined && bytesOf(size) <= room && last.length < BATCH_RELATIONS) {
      last.push(size)
    } else {
      all.push([size])
      room = BATCH_BYTES
    }
    room -= bytesOf(size)
  }
  return all
}

/**
 * Counts one relation after the other. Each in a subtransaction that always fails: so no lock is held longer than it takes to
 * count, no number of relations is too large for the server's table of locks, and whatever goes wrong concerns one relation.
 * When time is up, what was counted by then is told.
 */
function countScript(oids: readonly string[]): string {
  return `DO $count$
DECLARE
  relation oid;
  number bigint;
  counts text[] := '{}';
BEGIN
  FOREACH relation IN ARRAY '{${oids.join(',')}}'::oid[] LOOP
    number := NULL;
    BEGIN
      EXECUTE format('SELECT count(*) FROM %s', relation::regclass) INTO number;
      RAISE EXCEPTION 'counted';
    EXCEPTION
      WHEN query_canceled THEN EXIT;
      WHEN OTHERS THEN
        CONTINUE WHEN number IS NULL;
        counts := counts || format('["%s",%s]', relation, number);
    END;
  END LOOP;
  PERFORM set_config('mathesarctl.counts', '[' || array_to_string(counts, ',') || ']', true);
END
$count$;
SELECT current_setting('mathesarctl.counts')::json AS counts;`
}

/**
 * Partitions and inheriting tables belong to their parent; what lies on another server, or in another session's memory, is
 * not counted. A size is not asked for where that would wait for a lock.
 */
function sizesQuery(oids: readonly string[], sizes: boolean): string {
  return `WITH RECURSIVE tree AS (
  SELECT o.oid AS root, o.oid FROM unnest('{${oids.join(',')}}'::oid[]) o(oid)
  UNION
  SELECT t.root, h.inhrelid FROM tree t JOIN pg_catalog.pg_inherits h ON h.inhparent = t.oid
), locked AS MATERIALIZED (
  SELECT l.relation
  FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_database b ON b.oid = l.database AND b.datname = current_database()
  WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()
), summed AS (
  SELECT t.root, bool_or(c.relkind = 'f') AS remote, bool_or(t.oid IN (SELECT k.relation FROM locked k)) AS locked,
    sum(CASE WHEN ${sizes} AND c.relkind IN ('r', 'm') AND t.oid NOT IN (SELECT k.relation FROM locked k)
      THEN pg_relation_size(c.oid) ELSE 0 END) AS bytes,
    -- Before PostgreSQL 14 a relation that was never analysed says 0 in 0 pages.
    sum(CASE WHEN c.reltuples < 0 OR (c.reltuples = 0 AND c.relpages = 0) THEN NULL ELSE c.reltuples END)
      FILTER (WHERE c.relkind <> 'p') AS estimate
  FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid
  GROUP BY t.root
)
SELECT c.oid::text AS oid, CASE WHEN ${sizes} AND NOT s.locked THEN s.bytes::text END AS bytes, s.estimate::float8 AS estimate,
  NOT s.remote AND c.relkind IN ('r', 'm', 'p') AND NOT row_security_active(c.oid)
    AND (c.relpersistence <> 't' OR c.relnamespace = pg_my_temp_schema())
    AND (c.relkind <> 'm' OR c.relispopulated)
    AND has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(c.relnamespace, 'USAGE') AS countable
FROM summed s JOIN pg_catalog.pg_class c ON c.oid = s.root AND c.relkind IN ('r', 'm', 'p', 'f');`
}

/** What the server refuses to tell is left untold, which null says; a lost connection is not. */
async function unlessRefused<T>(work: () => Promise<T[]>): Promise<T[] | null> {
  try {
    return await work()
  } catch (error) {
    if (isDatabaseError(error) && !endsConnection(error.code)) return null
    throw error
  }
}
