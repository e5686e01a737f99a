import { endsConnection, isDatabaseError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { SAFE_SETTINGS } from '../inspect/catalog.ts'

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
  /** It, or one of its partitions, belongs to another role that is no superuser. */
  mayChange: boolean
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
    const script = `${SAFE_SETTINGS}\n${limits}\n${countScript(batch)}`
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
 *
 * To plan a query PostgreSQL simplifies the expressions of a table's indexes, statistics and partition key, and runs functions
 * on constants for that, with the rights of whoever asks. So a table whose expressions call functions of another role is
 * not counted, and one that another role owns is locked against new ones first. Checks are simplified only for constraint
 * exclusion.
 */
function countScript(relations: readonly Pick<Size, 'oid' | 'mayChange'>[]): string {
  const list = (values: readonly (string | boolean)[], type: string) => `'{${values.join(',')}}'::${type}[]`
  const oids = relations.map(({ oid }) => oid)
  const changing = relations.map(({ mayChange }) => mayChange)
  return `SET LOCAL row_security = off;
SET LOCAL constraint_exclusion = off;
DO $count$
DECLARE
  relations oid[] := ${list(oids, 'oid')};
  changing boolean[] := ${list(changing, 'boolean')};
  superuser boolean := (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user);
  trusted boolean;
  relation oid;
  name text;
  number bigint;
  counts text[] := '{}';
BEGIN
  FOR i IN 1 .. cardinality(relations) LOOP
    relation := relations[i];
    number := NULL;
    BEGIN
      SELECT format('%I.%I', n.nspname, c.relname) INTO STRICT name
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation;
      -- Only a superuser's own tables may still have an index with somebody else's function.
      trusted := NOT changing[i] AND NOT superuser;
      IF changing[i] THEN
        EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE NOWAIT', name);
      END IF;
      IF to_regclass(name)::oid = relation AND (trusted OR NOT EXISTS (
        WITH RECURSIVE ${TREE('SELECT relation, relation')}
        ${FOREIGN_CODE}
      )) THEN
        EXECUTE format('SELECT count(*) FROM %s', name) INTO number;
      END IF;
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

/** A recursive common table expression: the relations with their partitions and inheriting tables. */
const TREE = (roots: string) => `tree (root, oid) AS (
  ${roots}
  UNION
  SELECT t.root, h.inhrelid FROM tree t JOIN pg_catalog.pg_inherits h ON h.inhparent = t.oid
)`

/** A query over `tree` with a row for each function in its indexes, statistics and partition key that is another role's, and no superuser's. */
const FOREIGN_CODE = `SELECT
        FROM (
          SELECT 'pg_catalog.pg_class'::regclass::oid AS classid, t.oid AS objid FROM tree t
          UNION ALL
          SELECT 'pg_catalog.pg_class'::regclass, x.indexrelid FROM tree t JOIN pg_catalog.pg_index x ON x.indrelid = t.oid
          UNION ALL
          SELECT 'pg_catalog.pg_statistic_ext'::regclass, s.oid
          FROM tree t JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid = t.oid
        ) e
        JOIN pg_catalog.pg_depend d ON d.classid = e.classid AND d.objid = e.objid AND d.refobjid >= 16384
        LEFT JOIN pg_catalog.pg_operator o ON d.refclassid = 'pg_catalog.pg_operator'::regclass AND o.oid = d.refobjid
        JOIN pg_catalog.pg_proc p
          ON p.oid = CASE d.refclassid WHEN 'pg_catalog.pg_proc'::regclass THEN d.refobjid ELSE o.oprcode END
        JOIN pg_catalog.pg_roles r ON r.oid = p.proowner AND NOT r.rolsuper AND r.rolname <> current_user`

/**
 * Partitions and inheriting tables belong to their parent; what lies on another server, or in another session's memory, is
 * not counted. A size is not asked for where that would wait for a lock.
 */
function sizesQuery(oids: readonly string[], sizes: boolean): string {
  return `WITH RECURSIVE ${TREE(`SELECT o.oid, o.oid FROM unnest('{${oids.join(',')}}'::oid[]) o(oid)`)}, locked AS MATERIALIZED (
  SELECT l.relation
  FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_database b ON b.oid = l.database AND b.datname = current_database()
  WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()
), summed AS (
  SELECT t.root, bool_or(c.relkind = 'f') AS remote, bool_or(o.rolname <> current_user AND NOT o.rolsuper) AS foreign_owner, bool_or(t.oid IN (SELECT k.relation FROM locked k)) AS locked,
    sum(CASE WHEN ${sizes} AND c.relkind IN ('r', 'm') AND t.oid NOT IN (SELECT k.relation FROM locked k)
      THEN pg_relation_size(c.oid) ELSE 0 END) AS bytes,
    -- Before PostgreSQL 14 a relation that was never analysed says 0 in 0 pages.
    sum(CASE WHEN c.reltuples < 0 OR (c.reltuples = 0 AND c.relpages = 0) THEN NULL ELSE c.reltuples END)
      FILTER (WHERE c.relkind <> 'p') AS estimate
  FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid
  JOIN pg_catalog.pg_roles o ON o.oid = c.relowner
  GROUP BY t.root
)
SELECT c.oid::text AS oid, CASE WHEN ${sizes} AND NOT s.locked THEN s.bytes::text END AS bytes, s.estimate::float8 AS estimate,
  s.foreign_owner AS "mayChange", NOT s.remote AND c.relkind IN ('r', 'm', 'p') AND NOT row_security_active(c.oid)
    AND (c.relpersistence <> 't' OR c.relnamespace = pg_my_temp_schema())
    -- A materialized view can't be locked against its owner.
    AND (c.relkind <> 'm' OR (c.relispopulated AND NOT s.foreign_owner))
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
