import { isDatabaseError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { addressOf, CATALOG, parseAddress } from '../dependents/address.ts'
import type { Conversion } from '../dependents/conversion-types.ts'
import { SAFE_SETTINGS } from '../inspect/catalog.ts'
import { isVanished } from '../inspect/catalog-read.ts'

/** Indexes that are built again, and their size, in bytes. */
export interface RebuiltIndexes {
  count: number
  bytes: number
}

const INDEXES: ReadonlySet<string> = new Set(['index', 'index of constraint', 'index of parent'])

/**
 * Tells which indexes a conversion builds again, apart from those of tables that are written anew: those that are dropped and
 * put back, and those that PostgreSQL does not carry along when the type of a column changes, though the new type is stored
 * the same: with an expression or a predicate, or with a column that the index stores as another type than the table
 * (multi-column GIN over an array, BRIN over a range).
 */
export async function findRebuiltIndexes(
  session: Session,
  { objects, fates, same }: Conversion,
  rewrittenTables: readonly string[],
): Promise<RebuiltIndexes> {
  const rewritten = new Set(rewrittenTables)
  const restored: string[] = []
  const kept: string[] = []
  for (const { address, detail, relation } of objects.values()) {
    if (!INDEXES.has(detail) || rewritten.has(relation)) continue
    const { oid } = parseAddress(address)
    const fate = fates.get(address) ?? fates.get(same(address))
    if (fate?.kind === 'restore' || fates.get(addressOf(CATALOG.class, relation))?.kind === 'restore')
      restored.push(oid)
    else if (fate?.kind === 'keep') kept.push(oid)
  }
  if (restored.length + kept.length === 0) return { count: 0, bytes: 0 }
  try {
    const [row] = await session.run<RebuiltIndexes>(sizesQuery(restored, kept))
    return row ?? { count: 0, bytes: 0 }
  } catch (error) {
    // Somebody locked or dropped one in this very moment: a removal goes on without the figure.
    if (isDatabaseError(error) && (error.code === '55P03' || isVanished(error)))
      return { count: restored.length, bytes: 0 }
    throw error
  }
}

const list = (oids: readonly string[]) => `'{${oids.join(',')}}'::oid[]`

/** Those of tables that are locked just now count by PostgreSQL's last figure. */
function sizesQuery(restored: readonly string[], kept: readonly string[]): string {
  return `${SAFE_SETTINGS}
SET LOCAL lock_timeout = 500;
WITH locked AS MATERIALIZED (
  SELECT l.relation FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_database b ON b.oid = l.database AND b.datname = current_database()
  WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()
), rebuilt AS (
  SELECT x.indexrelid, x.indrelid FROM pg_catalog.pg_index x
  WHERE x.indexrelid = ANY (${list(restored)})
    OR x.indexrelid = ANY (${list(kept)}) AND (x.indexprs IS NOT NULL OR x.indpred IS NOT NULL OR EXISTS (
      SELECT FROM unnest(x.indclass::oid[], x.indkey::int2[]) WITH ORDINALITY k(class, number, position)
      JOIN pg_catalog.pg_opclass o ON o.oid = k.class
      JOIN pg_catalog.pg_type t ON t.oid = o.opcintype AND t.typtype = 'p'
      JOIN pg_catalog.pg_attribute s ON s.attrelid = x.indexrelid AND s.attnum = k.position
      JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number
      WHERE s.atttypid <> a.atttypid))
)
SELECT count(*)::integer AS count, coalesce(sum(CASE
    WHEN r.indexrelid IN (SELECT k.relation FROM locked k) OR r.indrelid IN (SELECT k.relation FROM locked k)
      THEN c.relpages::bigint * 8192
    ELSE pg_relation_size(c.oid) END), 0)::float8 AS bytes
FROM rebuilt r JOIN pg_catalog.pg_class c ON c.oid = r.indexrelid AND c.relkind = 'i';`
}
