import { CATALOG, parseAddress } from './address.ts'
import type { Graph, GraphColumn, GraphType } from './graph.ts'

/** What the types that depend on the Mathesar schemas become. */
export interface PlainTypes {
  /** The type is one of the Mathesar schemas, or contains one. */
  isAffected(oid: string): boolean
  /** Name of the type that takes its place, ready for SQL; null where nothing can. */
  newName(oid: string): string | null
  /** A type of the operator's own that is made again on plain types: a domain, composite or range. */
  isRebuilt(oid: string): boolean
  /** PostgreSQL has to write the table anew to change a column from this type. */
  rewrites(oid: string): boolean
  /** It contains `multicurrency_money`, whose values are written differently as plain ones. */
  holdsMoney(oid: string): boolean
  /** It is, or contains, the row type of a table or a view. */
  holdsRows(oid: string): boolean
  /** It is, or contains, a domain with checks that is rebuilt, other than as a domain over one. */
  containsConstrained(oid: string): boolean
  byOid(oid: string): GraphType | undefined
  /** The columns or attributes of a relation that depend, by its OID. */
  columns(relation: string): GraphColumn[]
}

const MULTICURRENCY = 'multicurrency_money'

/**
 * Decides for every type. Domains of the Mathesar schemas become the type below (`email` and `uri` text, `mathesar_money`
 * numeric, the JSON domains jsonb), `multicurrency_money` becomes jsonb; arrays of them likewise; an operator's own domains,
 * composites and ranges are rebuilt under their names. Anything else inside has no plain type.
 */
export function plainTypes(graph: Graph): PlainTypes {
  const types = new Map(graph.types.map((type) => [type.oid, type]))
  const attributesOf = new Map<string, GraphColumn[]>()
  for (const column of graph.columns) {
    const list = attributesOf.get(column.relation)
    if (list) list.push(column)
    else attributesOf.set(column.relation, [column])
  }
  const columns = (relation: string) => attributesOf.get(relation) ?? []

  // PostgreSQL makes a multirange type together with its range.
  const multiranges = new Map<string, string[]>()
  for (const { object, on, type } of graph.edges) {
    const of = parseAddress(object)
    if (type === 'i' && of.catalog === CATALOG.type && types.get(of.oid)?.kind === 'm')
      multiranges.set(of.oid, [parseAddress(on).oid])
  }

  /** The types that a type is directly made of, as far as they are known here. */
  const parts = (type: GraphType): string[] => {
    if (type.element !== '0') return [type.element]
    if (type.kind === 'm') return multiranges.get(type.oid) ?? []
    if (type.base !== '0') return [type.base]
    return type.relation === '0' ? [] : columns(type.relation).map((column) => column.type)
  }
  const search = (test: (type: GraphType) => boolean) => {
    const known = new Map<string, boolean>()
    const holds = (oid: string): boolean => {
      const type = types.get(oid)
      if (type === undefined) return false
      const before = known.get(oid)
      if (before !== undefined) return before
      known.set(oid, false)
      const result = test(type) || parts(type).some(holds)
      known.set(oid, result)
      return result
    }
    return holds
  }

  const isAffected = search((type) => type.inside)
  const holdsMoney = search((type) => type.inside && type.bareName === MULTICURRENCY)
  const holdsRows = search((type) => !type.inside && type.relation !== '0' && !type.standalone)
  const isRebuilt = (oid: string): boolean => {
    const type = types.get(oid)
    if (type === undefined || type.inside || !isAffected(oid)) return false
    return type.kind === 'd' || type.kind === 'r' || (type.kind === 'c' && type.standalone)
  }
  const newName = (oid: string): string | null => {
    const type = types.get(oid)
    if (type === undefined) return null
    if (type.element !== '0') {
      const element = newName(type.element)
      return element === null ? null : `${element}[]`
    }
    if (!type.inside) return isRebuilt(oid) || type.kind === 'm' ? type.name : null
    if (type.kind === 'd') return types.has(type.base) ? newName(type.base) : type.baseName
    return type.bareName === MULTICURRENCY && type.schema === 'mathesar_types' ? 'jsonb' : null
  }
  const rewrites = (oid: string): boolean => {
    const type = types.get(oid)
    if (type === undefined) return false
    if (type.kind === 'd') return rewrites(type.base)
    return isAffected(oid)
  }
  const containsConstrained = (oid: string): boolean => {
    const type = types.get(oid)
    if (type === undefined) return false
    if (type.kind === 'd') return containsConstrained(type.base)
    const constrained = search((part) => isRebuilt(part.oid) && part.kind === 'd' && part.constrained)
    return parts(type).some(constrained)
  }
  return {
    isAffected,
    newName,
    isRebuilt,
    rewrites,
    holdsMoney,
    holdsRows,
    containsConstrained,
    byOid: (oid) => types.get(oid),
    columns,
  }
}
