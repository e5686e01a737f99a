import { compose } from '../../postgres/compose.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { addressOf, CATALOG, parseAddress } from '../dependents/address.ts'
import type { Conversion } from '../dependents/conversion-types.ts'
import { oidArray, SAFE_SETTINGS } from '../inspect/catalog.ts'
import { catalogError, isVanished } from '../inspect/catalog-read.ts'
import lockedRelationsSql from './locked-relations.sql'
import rebuiltIndexSizesSql from './rebuilt-index-sizes.sql'

/** The indexes that PostgreSQL rebuilds: their number, and their size in bytes. */
export interface RebuiltIndexes {
  count: number
  bytes: number
}

const INDEXES: ReadonlySet<string> = new Set(['index', 'index of constraint', 'index of parent'])

/**
 * Measures the indexes that a conversion rebuilds, except those of rewritten tables. These are the indexes
 * that the conversion drops and restores, and those that PostgreSQL rebuilds when the type of a column
 * changes, although it stores the new type in the same way: indexes with an expression or a predicate, or
 * with a column whose type in the index differs from that in the table (multi-column GIN over an array, BRIN
 * over a range).
 */
export async function findRebuiltIndexes(
  session: Session,
  { objects, fates, same }: Conversion,
  rewrittenTables: readonly string[],
): Promise<RebuiltIndexes> {
  const rewritten = new Set(rewrittenTables)
  const restoredOids: string[] = []
  const keptOids: string[] = []
  for (const { address, detail, relation } of objects.values()) {
    if (!INDEXES.has(detail) || rewritten.has(relation)) continue
    const { oid } = parseAddress(address)
    const fate = fates.get(address) ?? fates.get(same(address))
    if (fate?.kind === 'restore' || fates.get(addressOf(CATALOG.class, relation))?.kind === 'restore')
      restoredOids.push(oid)
    else if (fate?.kind === 'keep') keptOids.push(oid)
  }
  if (restoredOids.length + keptOids.length === 0) return { count: 0, bytes: 0 }
  try {
    const [row] = await session.run<RebuiltIndexes>(sizesQuery(restoredOids, keptOids))
    return row ?? { count: 0, bytes: 0 }
  } catch (error) {
    // Another session has just locked or dropped one: the removal continues without the figure.
    if (isDatabaseError(error) && (error.code === '55P03' || isVanished(error)))
      return { count: restoredOids.length, bytes: 0 }
    throw catalogError(session, error)
  }
}

function sizesQuery(restoredOids: readonly string[], keptOids: readonly string[]): string {
  const query = compose(rebuiltIndexSizesSql, {
    lockedRelations: lockedRelationsSql,
    restored: oidArray(restoredOids),
    kept: oidArray(keptOids),
  })
  return `${SAFE_SETTINGS}\nSET LOCAL lock_timeout = 500;\n${query}`
}
