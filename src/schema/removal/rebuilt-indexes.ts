import { isDatabaseError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { compose } from '../compose.ts'
import { addressOf, CATALOG, parseAddress } from '../dependents/address.ts'
import type { Conversion } from '../dependents/conversion-types.ts'
import { oidArray, SAFE_SETTINGS } from '../inspect/catalog.ts'
import { isVanished } from '../inspect/catalog-read.ts'
import lockedRelationsSql from './locked-relations.sql'
import rebuiltIndexSizesSql from './rebuilt-index-sizes.sql'

/** Indexes that are built again: their number, and their size in bytes. */
export interface RebuiltIndexes {
  count: number
  bytes: number
}

const INDEXES: ReadonlySet<string> = new Set(['index', 'index of constraint', 'index of parent'])

/**
 * Measures the indexes that a conversion builds again, without those of rewritten tables: those that are
 * dropped and restored, and those that PostgreSQL does not carry along when the type of a column changes,
 * though it stores the new type in the same way: with an expression or a predicate, or with a column that the
 * index stores as another type than the table (multi-column GIN over an array, BRIN over a range).
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

function sizesQuery(restored: readonly string[], kept: readonly string[]): string {
  const query = compose(rebuiltIndexSizesSql, {
    lockedRelations: lockedRelationsSql,
    restored: oidArray(restored),
    kept: oidArray(kept),
  })
  return `${SAFE_SETTINGS}\nSET LOCAL lock_timeout = 500;\n${query}`
}
