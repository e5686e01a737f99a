import { quoteIdentifier } from '../../postgres/quote.ts'
import { carriedStatement } from '../../postgres/raw-text.ts'
import { CATALOG, parseAddress } from './address.ts'
import type { Conversion } from './conversion-types.ts'
import type { GraphRelation } from './graph.ts'
import { definer } from './rights.ts'

/** The relations that are changed, or that something is on which is changed. */
export function touchedRelations(conversion: Conversion, addresses: Iterable<string>): GraphRelation[] {
  const { relations, objects } = conversion
  const touched = new Set<GraphRelation>()
  for (const address of addresses) {
    const { catalog, oid } = parseAddress(address)
    const relation = relations.get(catalog === CATALOG.class ? oid : (objects.get(address)?.relation ?? ''))
    const on = relations.get(objects.get(address)?.relation ?? '')
    for (const found of [relation, on]) if (found !== undefined && found.kind !== 'c') touched.add(found)
  }
  return [...touched]
}

/**
 * Statements that lock tables before anything is looked at for good, parents before children and otherwise by OID, as
 * others do too. Views and materialized views are locked when they are dropped: LOCK TABLE would lock all that they read.
 */
export function lockStatements(conversion: Conversion, addresses: Iterable<string>): string[] {
  const { graph, relations } = conversion
  const depth = (relation: GraphRelation): number =>
    relation.parents.reduce((deepest, oid) => {
      const parent = relations.get(oid)
      return Math.max(deepest, parent === undefined ? 0 : 1 + depth(parent))
    }, 0)
  return touchedRelations(conversion, addresses)
    .filter(({ kind, foreignTemporary }) => (kind === 'r' || kind === 'p') && !foreignTemporary)
    .sort((a, b) => depth(a) - depth(b) || Number(a.oid) - Number(b.oid))
    .flatMap((relation) => {
      // LOCK TABLE runs no code, not even that of a partition key.
      const role = definer(graph, { owner: relation.owner })
      const lock = `${carriedStatement(`LOCK TABLE ONLY ${relation.name} IN ACCESS EXCLUSIVE MODE`)};`
      return typeof role !== 'string'
        ? [lock]
        : [`SET LOCAL ROLE ${quoteIdentifier(role)};`, lock, 'RESET ROLE;']
    })
}
