import { append } from '../append.ts'
import { addressOf, CATALOG, parseAddress } from './address.ts'
import type { Conversion, Fate } from './conversion-types.ts'
import type { Graph, GraphColumn, GraphEdge, GraphObject, GraphRelation } from './graph.ts'
import { plainTypes } from './plain-types.ts'
import { remedyFor } from './remedies.ts'
import { remembered } from './remember.ts'
import { whyNotRun } from './rights.ts'

/** Classes of objects that can be dropped and put back. */
const RESTORED: ReadonlySet<string> = new Set([
  CATALOG.class,
  CATALOG.routine,
  CATALOG.default,
  CATALOG.constraint,
  CATALOG.rewrite,
  CATALOG.trigger,
  CATALOG.policy,
  CATALOG.statistics,
  CATALOG.publicationTable,
])
/** What goes with the schemas: it says something about what is inside, and about nothing else. */
const GONE: ReadonlySet<string> = new Set([
  CATALOG.publicationTable,
  CATALOG.publicationSchema,
  CATALOG.defaultPrivileges,
])
/** PostgreSQL itself carries these along when the type of a column changes. */
const CARRIED: ReadonlySet<string> = new Set([CATALOG.constraint, CATALOG.statistics])

/**
 * Decides what becomes of each object that depends on the Mathesar schemas, if their removal converts.
 *
 * Begins with what moves: columns and types that are, or contain, a Mathesar type. PostgreSQL changes the type of a
 * column only if no view, rule, trigger, policy, generated column, SQL-standard body or publication uses it (manual,
 * ALTER TABLE); these are dropped and restored, and so is, in turn, all that depends on them.
 */
export function decideFates(graph: Graph): Conversion {
  const types = plainTypes(graph)
  const relations = new Map(graph.relations.map((relation) => [relation.oid, relation]))
  const columns = new Map(graph.columns.map((column) => [column.address, column]))
  const objects = new Map(graph.objects.map((object) => [object.address, object]))
  const same = aliases(graph, relations, objects)
  const fates = new Map<string, Fate>()
  const conversion = { graph, types, fates, relations, columns, objects, same }
  const dependents = new Map<string, GraphEdge[]>()
  /** The types that an object names. */
  const uses = new Map<string, string[]>()
  for (const edge of graph.edges) {
    const on = edge.inside === null ? same(edge.on) : edge.on
    append(dependents, on, edge)
    const { catalog, oid } = parseAddress(edge.on)
    if (catalog === CATALOG.type) append(uses, same(edge.object), oid)
  }

  const differing = differingNotNulls(conversion)
  const moving: string[] = []
  /** What can only be dropped and created again by hand. */
  const dropped: string[] = []
  const settle = (address: string, fate: Fate) => {
    const before = fates.get(address)
    if (before !== undefined && rank(before) >= rank(fate)) return
    fates.set(address, fate)
    if (MOVES.has(fate.kind)) moving.push(address)
  }
  const refusal = (address: string, reason: string): Fate => ({
    kind: 'refuse',
    reason,
    remedy: remedyFor(address, conversion),
  })
  const refuse = (address: string, reason: string) => settle(address, refusal(address, reason))

  /** PostgreSQL changes a column together with all that inherit it, so that one of them can stand in the way of all. */
  const refuseColumn = (column: GraphColumn, relation: GraphRelation, reason: string) => {
    refuse(column.address, reason)
    const remedy = remedyFor(column.address, conversion)
    for (const root of rootsOf(column, conversion)) {
      const top = types.columns(root).find(({ name }) => name === column.name)
      if (top !== undefined && top !== column)
        settle(top.address, {
          kind: 'refuse',
          reason: `goes on to ${relation.name}, where it ${reason}`,
          remedy,
        })
    }
  }

  for (const column of graph.columns) {
    const relation = relations.get(column.relation)
    if (relation === undefined || !types.isAffected(column.type)) continue
    if (relation.kind === 'm' && types.holdsRows(column.type))
      refuse(same(column.address), 'has a column of the row type of a table or a view')
    if (!['r', 'p', 'f'].includes(relation.kind)) continue
    const reason = whyNotAltered(column, relation, conversion)
    if (reason !== null) refuseColumn(column, relation, reason)
    else
      settle(column.address, {
        kind: 'alter',
        newType: types.newName(column.type) ?? '',
        rewrites: types.rewrites(column.type),
      })
  }
  for (const type of graph.types) {
    if (type.inside) {
      moving.push(addressOf(CATALOG.type, type.oid))
      continue
    }
    if (type.element !== '0' || type.kind === 'm' || (type.relation !== '0' && !type.standalone)) continue
    const address = addressOf(CATALOG.type, type.oid)
    if (!types.isRebuilt(type.oid)) continue
    if (types.holdsRows(type.oid)) {
      const remedy = `DROP ${type.kind === 'd' ? 'DOMAIN' : 'TYPE'} ${type.name};`
      settle(address, { kind: 'refuse', reason: 'contains the row type of a table or a view', remedy })
    } else if (type.extension !== null) refuse(address, `belongs to the extension ${type.extension}`)
    else if (type.ownFunctions) refuse(address, 'is a range with functions of its own')
    else settle(address, { kind: 'rebuild' })
  }
  for (const type of graph.types) {
    // Arrays and multiranges move with what they are made of.
    if (!type.inside && (type.element !== '0' || type.kind === 'm') && types.isAffected(type.oid))
      moving.push(addressOf(CATALOG.type, type.oid))
  }

  for (const edge of graph.edges) {
    if (edge.inside === null) continue
    const reason = whyNotWithout(edge, conversion)
    if (reason === null) continue
    const address = same(edge.object)
    const { catalog } = parseAddress(address)
    if (reason === 'gone' || GONE.has(catalog)) settle(address, { kind: 'gone' })
    else settle(address, plain(address) ?? refusal(address, reason))
  }

  for (let address = moving.pop(); address !== undefined; address = moving.pop()) {
    for (const edge of dependents.get(address) ?? []) {
      const dependent = same(edge.object)
      const fate = dependent === address ? null : fateAfter(dependent, edge, address)
      if (fate !== null) settle(dependent, fate)
    }
  }
  // What uses something that has to be dropped has to be dropped before it.
  for (let address = dropped.pop(); address !== undefined; address = dropped.pop()) {
    for (const edge of dependents.get(address) ?? []) {
      const dependent = same(edge.object)
      const object = objects.get(dependent)
      if (object === undefined || dependent === address || edge.type === 'i') continue
      if (
        CARRIED_ALONG.has(object.detail) ||
        OF_PARENT.has(object.detail) ||
        fates.get(dependent)?.kind === 'refuse'
      )
        continue
      refuse(dependent, `uses ${nameOf(address)}, which has to be dropped`)
      dropped.push(dependent)
    }
  }
  for (const [address, fate] of [...fates]) {
    const why = whyNotRun(address, fate, conversion)
    if (why !== null) settle(address, { kind: 'refuse', ...why })
  }
  // PostgreSQL drops nothing by RESTRICT that something else uses: that has to be dropped before.
  const blocked = [...fates].flatMap(([address, { kind }]) => (kind === 'refuse' ? [address] : []))
  for (let address = blocked.pop(); address !== undefined; address = blocked.pop()) {
    if (!objects.has(address)) continue
    for (const edge of dependents.get(address) ?? []) {
      const dependent = same(edge.object)
      const object = objects.get(dependent)
      if (object === undefined || dependent === address || edge.type !== 'n') continue
      if (CARRIED_ALONG.has(object.detail) || OF_PARENT.has(object.detail)) continue
      if (fates.get(dependent)?.kind === 'refuse') continue
      refuse(dependent, `uses ${nameOf(address)}, which has to be dropped`)
      blocked.push(dependent)
    }
  }
  return conversion

  /**
   * The fate of a stored generated column that calls a Mathesar function. Before PostgreSQL 15 the function would take such a
   * column along even if its expression was dropped before, so that its values have to go to a new column.
   */
  function plain(address: string): Fate | null {
    const column = columns.get(address)
    if (column?.generated !== 's') return null
    const { type } = column
    if (graph.serverVersion < 150_000)
      return types.rewrites(type) ? null : { kind: 'regenerate', plain: true }
    const newType = types.isAffected(type) ? types.newName(type) : null
    return { kind: 'plain', newType, rewrites: newType !== null && types.rewrites(type) }
  }

  /** What becomes of an object, since one that it depends on moves; null: nothing. */
  function fateAfter(dependent: string, edge: GraphEdge, moved: string): Fate | null {
    const { catalog, sub, oid } = parseAddress(dependent)
    if (catalog === CATALOG.class && sub > 0) return fateOfColumn(dependent, edge, moved)
    if (catalog === CATALOG.type) {
      // A domain's default may use what has to be dropped.
      const byType = parseAddress(moved).catalog === CATALOG.type
      return byType || types.isRebuilt(oid)
        ? null
        : refusal(dependent, 'uses something that has to be dropped')
    }
    if (catalog === CATALOG.class && sub === 0 && isTable(oid)) return fateOfTable(dependent, moved)
    const object = objects.get(dependent)
    if (object === undefined || CARRIED_ALONG.has(object.detail)) return null
    // PostgreSQL would make it again under another name, and without its settings.
    if (OF_PARENT.has(object.detail) && !(edge.type === 'P' && objects.has(moved))) return null
    const fate = fates.get(moved)
    if (fate?.kind === 'plain' && fate.newType === null) return null
    const byColumn = fate?.kind === 'alter' || fate?.kind === 'plain'
    const ofDomain =
      object.detail.startsWith('domain ') && types.isRebuilt(object.detail.slice('domain '.length))
    const onPartitioned = relations.get(object.relation)?.kind === 'p' && INDEXES.has(object.detail)
    // Its two sides change one after the other; only those that PostgreSQL need not write anew can be compared in between.
    const torn = byColumn && fate.rewrites && object.detail.startsWith('reference ')
    // PostgreSQL would make its triggers again, enabled.
    if (object.disabledOn !== null) {
      const remedy = `ALTER TABLE ${object.disabledOn} ENABLE TRIGGER ALL;`
      return { kind: 'refuse', reason: 'is a foreign key whose triggers are disabled', remedy }
    }
    // PostgreSQL changes such columns only once their constraints against NULL are dropped, which those of a key can't be.
    const column = columns.get(moved)
    const inKey = byColumn && object.detail === 'constraint p' && column !== undefined
    const renamed =
      inKey && [...rootsOf(column, conversion)].some((root) => differing.has(`${root} ${column.name}`))
    const isCarried = CARRIED.has(catalog) || object.detail === 'index'
    const carried = isCarried && !onPartitioned && !torn && !renamed
    if (ofDomain || (byColumn && carried && !namesMovingType(dependent))) return { kind: 'keep' }
    // A sequence that belongs to a column is carried along with it.
    if (byColumn && object.detail === 'class S') return { kind: 'keep' }
    if (!RESTORED.has(catalog) || ['routine a', 'class S'].includes(object.detail)) {
      if (edge.type === 'i') return null
      dropped.push(dependent)
      return refusal(
        dependent,
        `uses ${nameOf(moved)}, which has to change: drop it, and create it again afterwards`,
      )
    }
    if (object.extension !== null) return refusal(dependent, `belongs to the extension ${object.extension}`)
    const relation = relations.get(
      catalog === CATALOG.class && object.relation === '0' ? oid : object.relation,
    )
    if (relation?.foreignTemporary)
      return refusal(dependent, 'belongs to a temporary relation of another session')
    if (object.signature.some((type) => types.byOid(elementOf(type))?.inside)) {
      return refusal(dependent, 'takes or returns a Mathesar type')
    }
    return { kind: 'restore' }
  }

  function isTable(oid: string): boolean {
    return ['r', 'p', 'f'].includes(relations.get(oid)?.kind ?? '')
  }

  /** A table that depends as a whole: by its partition key, which no command changes, or by the type that it is made of. */
  function fateOfTable(dependent: string, moved: string): Fate | null {
    const on = parseAddress(moved)
    const { kind, ofType } = relations.get(parseAddress(dependent).oid) ?? {}
    if (kind !== 'p' || on.oid === ofType || ![CATALOG.type, CATALOG.routine].some((c) => c === on.catalog))
      return null
    return { kind: 'refuse', reason: `uses ${nameOf(moved)} in its partition key`, remedy: null }
  }

  /** What it is and its name, for messages. */
  function nameOf(address: string): string {
    const { catalog, oid, sub } = parseAddress(address)
    const type = catalog === CATALOG.type ? types.byOid(oid) : undefined
    if (type !== undefined) return `${type.kind === 'd' ? 'domain' : 'type'} ${type.name}`
    if (catalog === CATALOG.class && sub > 0) {
      return `column ${relations.get(oid)?.name ?? ''}.${columns.get(address)?.name ?? ''}`
    }
    return objects.get(address)?.label ?? 'something'
  }

  /** A column that depends: generated from one that moves, or of the row type of a view that has to be dropped. */
  function fateOfColumn(dependent: string, edge: GraphEdge, moved: string): Fate | null {
    const column = columns.get(dependent)
    const kind = relations.get(column?.relation ?? '')?.kind ?? ''
    if (column === undefined || !['r', 'p', 'f'].includes(kind)) return null
    const on = parseAddress(moved)
    if (on.catalog === CATALOG.type) {
      // It is of the type, or its expression names the type; before PostgreSQL 15 only the sort of dependency tells.
      const named = parseAddress(edge.object).catalog === CATALOG.default || edge.type === 'a'
      return named && column.generated !== '' ? regenerated(column) : null
    }
    if (column.generated !== '') return regenerated(column)
    if (on.catalog !== CATALOG.class) return null
    return refusal(dependent, 'is of the row type of a view that has to be dropped')
  }

  /**
   * The fate of a generated column whose expression reads what changes. Until it has its expression back it is NULL, which
   * its constraints may not allow.
   */
  function regenerated(column: GraphColumn): Fate {
    const constrained = (dependents.get(column.address) ?? []).some(({ object }) =>
      /^(constraint|reference) /.test(objects.get(same(object))?.detail ?? ''),
    )
    const inPlace =
      graph.serverVersion >= 170_000 && !column.notNull && !constrained && !types.isAffected(column.type)
    return inPlace ? { kind: 'recompute' } : { kind: 'regenerate', plain: false }
  }

  /** Whether an object names a type that moves, in an expression: then its text has to change. */
  function namesMovingType(address: string): boolean {
    return (uses.get(address) ?? []).some((oid) => types.isAffected(oid))
  }

  /** The element of an array, else the type itself. */
  function elementOf(oid: string): string {
    const element = types.byOid(oid)?.element ?? '0'
    return element === '0' ? oid : element
  }
}

/** Parts of other objects, which come and go with them. */
const CARRIED_ALONG: ReadonlySet<string> = new Set([
  'not null',
  'inherited',
  'inherited check',
  'internal',
  'index of constraint',
])

/** What a partition has of an index or a constraint of the partitioned table. */
export const OF_PARENT: ReadonlySet<string> = new Set(['index of parent', 'constraint of parent'])

/** Indexes of partitioned tables, and constraints that have one: PostgreSQL can't attach those of EXCLUDE. */
const INDEXES: ReadonlySet<string> = new Set(['index', 'constraint p', 'constraint u'])

/** A type, a column or an object with one of these fates moves what depends on it. */
const MOVES: ReadonlySet<string> = new Set(['alter', 'rebuild', 'restore', 'regenerate', 'plain'])

const RANKS: Record<Fate['kind'], number> = {
  keep: 0,
  alter: 1,
  rebuild: 1,
  restore: 2,
  recompute: 3,
  regenerate: 3,
  plain: 4,
  gone: 5,
  refuse: 6,
}

function rank({ kind }: Fate): number {
  return RANKS[kind]
}

/** Maps addresses that are the same object to one: that of a view, a generated column, a constraint or a type. */
function aliases(
  graph: Graph,
  relations: ReadonlyMap<string, GraphRelation>,
  objects: ReadonlyMap<string, GraphObject>,
): (address: string) => string {
  const known = new Map<string, string>()
  const typeOf = new Map(
    graph.types.filter(({ standalone }) => standalone).map((type) => [type.relation, type.oid]),
  )
  for (const { oid, kind, rowType, arrayOfRowType } of graph.relations) {
    if (kind !== 'v' && kind !== 'm') continue
    const view = addressOf(CATALOG.class, oid)
    known.set(addressOf(CATALOG.type, rowType), view)
    known.set(addressOf(CATALOG.type, arrayOfRowType), view)
  }
  for (const object of graph.objects) {
    if (object.detail === '_RETURN') known.set(object.address, addressOf(CATALOG.class, object.relation))
    if (object.detail === 'generated')
      known.set(object.address, addressOf(CATALOG.class, object.relation, object.column))
  }
  for (const { object, on, type } of graph.edges) {
    if (type === 'i' && objects.get(object)?.detail === 'index of constraint') known.set(object, on)
  }
  return remembered((address) => {
    const alias = known.get(address)
    if (alias !== undefined) return alias
    const { catalog, oid } = parseAddress(address)
    if (catalog !== CATALOG.class) return address
    const kind = relations.get(oid)?.kind
    if (kind === 'v' || kind === 'm') return addressOf(CATALOG.class, oid)
    const composite = kind === 'c' ? typeOf.get(oid) : undefined
    return composite === undefined ? address : addressOf(CATALOG.type, composite)
  })
}

function whyNotAltered(column: GraphColumn, relation: GraphRelation, conversion: Conversion): string | null {
  const { types, relations } = conversion
  if (types.holdsRows(column.type)) {
    const type = types.byOid(column.type)
    const of = type?.standalone ? undefined : relations.get(type?.relation ?? '')?.name
    return of === undefined ? 'contains the row type of a table or a view' : `is of the row type of ${of}`
  }
  if (types.newName(column.type) === null) return 'is of a type that has no plain one'
  if (relation.foreignTemporary) return 'belongs to a temporary table of another session'
  if (relation.extension !== null) return `belongs to the extension ${relation.extension}`
  if (column.partitionKey) return 'is part of the partition key'
  if (column.foreign && types.holdsMoney(column.type)) return 'gets its values from another server'
  const roots = rootsOf(column, conversion)
  return roots.size > 1 ? 'is inherited from several tables' : null
}

/** The tables at the top of the inheritance that a column comes from. */
export function rootsOf(
  column: GraphColumn,
  conversion: Pick<Conversion, 'types' | 'relations'>,
): ReadonlySet<string> {
  const parents = parentColumns(column, conversion)
  if (parents.length === 0) return new Set([column.relation])
  return new Set(parents.flatMap((parent) => [...rootsOf(parent, conversion)]))
}

/**
 * Columns, as OID and name of the column at the top, whose constraint against NULL has another name in some table than in one
 * that it inherits the column from. PostgreSQL names such constraints from version 18 on.
 */
function differingNotNulls(conversion: Conversion): ReadonlySet<string> {
  const { columns, objects } = conversion
  const names = new Map(
    [...objects.values()]
      .filter(({ detail }) => detail === 'not null')
      .map(({ relation, column, name }) => [addressOf(CATALOG.class, relation, column), name]),
  )
  const differing = new Set<string>()
  for (const [address, name] of names) {
    const column = columns.get(address)
    if (column === undefined) continue
    if (parentColumns(column, conversion).every((parent) => (names.get(parent.address) ?? name) === name))
      continue
    for (const root of rootsOf(column, conversion)) differing.add(`${root} ${column.name}`)
  }
  return differing
}

/** The same column in the tables that it is inherited from. */
export function parentColumns(
  column: GraphColumn,
  { types, relations }: Pick<Conversion, 'types' | 'relations'>,
): GraphColumn[] {
  if (column.inherited === 0) return []
  const parents = relations.get(column.relation)?.parents ?? []
  return parents.flatMap((parent) => types.columns(parent)).filter(({ name }) => name === column.name)
}

/** Why an object can't go on without what it depends on inside the schemas; null where a plain type takes its place. */
function whyNotWithout(edge: GraphEdge, { types, objects, relations }: Conversion): string | null {
  const on = parseAddress(edge.on)
  if (on.catalog !== CATALOG.type) return `uses ${edge.inside}`
  if (types.newName(on.oid) === null) return `uses ${edge.inside}, which has no plain type`
  const { catalog, sub } = parseAddress(edge.object)
  if (catalog === CATALOG.type || (catalog === CATALOG.class && sub > 0)) return null
  const table = catalog === CATALOG.class ? relations.get(parseAddress(edge.object).oid) : undefined
  if (table !== undefined && on.oid === table.ofType) return `is a table of ${edge.inside}`
  if (table?.kind === 'p') return `uses ${edge.inside} in its partition key`
  const object = objects.get(edge.object)
  if (object === undefined || !types.holdsMoney(on.oid)) return null
  if (object.detail === 'constant default' || catalog === CATALOG.routine) return null
  return `makes or compares values of ${edge.inside}`
}
