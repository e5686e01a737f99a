import { CATALOG, parseAddress } from './address.ts'
import type { Conversion } from './conversion-types.ts'

/**
 * OIDs of types and routines outside the schemas that are dropped where what is at these addresses changes, even if they are
 * made again: PostgreSQL takes no lock on them when another session makes something that uses them.
 */
export function goneOids({ graph, types, relations }: Conversion, addresses: Iterable<string>): string[] {
  const oids = graph.types.flatMap(({ oid, inside }) => (!inside && types.isAffected(oid) ? [oid] : []))
  for (const address of addresses) {
    const { catalog, oid, sub } = parseAddress(address)
    const relation = catalog === CATALOG.class && sub === 0 ? relations.get(oid) : undefined
    if (catalog === CATALOG.routine || catalog === CATALOG.type) oids.push(oid)
    if (relation !== undefined) oids.push(relation.rowType, relation.arrayOfRowType)
  }
  return [...new Set(oids)].filter((oid) => oid !== '0')
}
