import type { OperatorError } from '../../errors.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import { append } from '../append.ts'
import { ExplainedError } from '../errors.ts'
import { addressOf, CATALOG, parseAddress } from './address.ts'
import type { Conversion } from './conversion-types.ts'
import { parentColumns, rootsOf } from './fates.ts'
import type { GraphEdge, GraphRelation } from './graph.ts'
import { dropStatement } from './remedies.ts'
import { remembered } from './remember.ts'
import { attributeDropper, definer, familyRoles } from './rights.ts'
import type { Step } from './steps.ts'

/** What `cascade` drops. */
export interface Cascade {
  /** Addresses, as `Conversion.same` gives them; attributes of composite types by their own. */
  doomed: ReadonlySet<string>
  /** One command each, but for what goes by itself: rules with views, indexes with constraints … */
  steps: Step[]
}

/**
 * What PostgreSQL's DROP … CASCADE would drop, as single commands that drop nothing else (RESTRICT), in an order that
 * allows it. A composite type loses the attribute that is of a Mathesar type and stays otherwise, and so do columns of it.
 */
export function cascadeSteps(conversion: Conversion): Cascade {
  const { graph } = conversion
  const identify = identifier(conversion)
  const dependents = new Map<string, GraphEdge[]>()
  const doomed = new Set<string>()
  const waiting: string[] = []
  const doom = (address: string) => {
    if (doomed.has(address)) return
    doomed.add(address)
    waiting.push(address)
  }
  for (const edge of graph.edges) {
    if (edge.inside !== null) doom(identify(edge.object))
    else for (const on of targets(edge.on, identify)) append(dependents, on, edge)
  }
  for (let address = waiting.pop(); address !== undefined; address = waiting.pop()) {
    for (const edge of dependents.get(address) ?? []) doom(identify(edge.object))
  }
  // They go with that of the table at the top, or after it.
  for (const { address, inherited } of graph.columns) {
    if (inherited > 0 && doomed.has(identify(address))) doomed.add(address)
  }
  return { doomed, steps: dropSteps(conversion, doomed, identify) }
}

/** What depends on a column also goes when the whole relation does. */
function targets(on: string, identify: (address: string) => string): string[] {
  const { catalog, oid, sub } = parseAddress(on)
  const whole = catalog === CATALOG.class && sub > 0 ? [identify(addressOf(CATALOG.class, oid))] : []
  return [...new Set([identify(on), ...whole])]
}

/**
 * Like `same`, but an attribute of a composite type is not the type, while an array or a multirange is what it is made of:
 * they come and go together; and so do inherited columns with those of the table at the top.
 */
function identifier(conversion: Conversion): (address: string) => string {
  const { graph, same, relations, types, columns } = conversion
  // A multirange belongs to its range, operators and functions of an operator class to the class.
  const wholes = new Map<string, string>()
  for (const { object, on, type } of graph.edges) {
    const { catalog, oid } = parseAddress(object)
    const ofClass = catalog === CATALOG.operatorOfClass || catalog === CATALOG.functionOfClass
    const toClass = ofClass && parseAddress(on).catalog === CATALOG.operatorClass
    if (toClass || (type === 'i' && types.byOid(oid)?.kind === 'm')) wholes.set(object, on)
  }
  return remembered((address) => {
    const { catalog, oid, sub } = parseAddress(address)
    const element = catalog === CATALOG.type ? (types.byOid(oid)?.element ?? '0') : '0'
    if (element !== '0') return same(addressOf(CATALOG.type, element))
    const column = columns.get(address)
    if (column !== undefined && column.inherited > 0) {
      const [root = oid] = rootsOf(column, conversion)
      const top = types.columns(root).find(({ name }) => name === column.name)
      return top?.address ?? address
    }
    const whole = wholes.get(address)
    if (whole !== undefined) return whole
    const attribute = catalog === CATALOG.class && sub > 0 && relations.get(oid)?.kind === 'c'
    return attribute ? address : same(address)
  })
}

function dropSteps(
  conversion: Conversion,
  doomed: ReadonlySet<string>,
  identify: (address: string) => string,
): Step[] {
  const { graph } = conversion
  const commands = new Map<string, Step>()
  // Made by PostgreSQL together with something else, and dropped with it.
  const parts = new Set(graph.edges.filter(({ type }) => type === 'i').map(({ object }) => object))
  for (const address of doomed) {
    if (parts.has(address) && conversion.objects.has(address)) continue
    const step = dropStep(address, conversion, doomed)
    if (step !== null) commands.set(address, step)
  }
  // What depends on something goes before it, also where what is between the two needs no command.
  const dependents = new Map<string, string[]>()
  for (const { object, on } of graph.edges) {
    for (const target of targets(on, identify)) {
      const from = identify(object)
      if (from !== target && doomed.has(from)) append(dependents, target, from)
    }
  }
  for (const [attribute, column] of typedColumns(conversion)) append(dependents, attribute, column)
  for (const [address, before] of inheritedParts(conversion)) {
    if (!commands.has(address)) continue
    for (const parent of before) if (commands.has(parent)) append(dependents, address, parent)
  }
  const ordered: Step[] = []
  const done = new Set<string>()
  const visit = (address: string) => {
    if (done.has(address)) return
    done.add(address)
    for (const dependent of dependents.get(address) ?? []) visit(dependent)
    const step = commands.get(address)
    if (step !== undefined) ordered.push(step)
  }
  for (const address of [...commands.keys()].sort()) visit(address)
  return ordered
}

/** The attributes of composite types, each with a column of a typed table that goes together with it. */
function typedColumns({ graph, relations, types }: Conversion): [string, string][] {
  return graph.columns.flatMap((column): [string, string][] => {
    const type = types.byOid(relations.get(column.relation)?.ofType ?? '0')
    const attribute = types.columns(type?.relation ?? '0').find(({ name }) => name === column.name)
    return attribute === undefined ? [] : [[attribute.address, column.address]]
  })
}

/**
 * Columns and checks that tables declare themselves though they inherit them too, each with those of all tables above: only
 * when these are gone PostgreSQL lets them be dropped.
 */
export function inheritedParts(conversion: Conversion): Map<string, string[]> {
  const { graph, relations, objects } = conversion
  const parts = new Map<string, string[]>()
  for (const column of graph.columns) {
    if (column.inherited === 0 || !column.local) continue
    for (const above = parentColumns(column, conversion); above.length > 0; ) {
      const parent = above.pop()
      if (parent === undefined) break
      append(parts, column.address, parent.address)
      above.push(...parentColumns(parent, conversion))
    }
  }
  const checks = new Map<string, string>()
  for (const { address, detail, relation, name } of objects.values()) {
    if (detail === 'constraint c' || detail === 'inherited check') checks.set(`${relation} ${name}`, address)
  }
  for (const { address, detail, relation, name } of objects.values()) {
    if (detail !== 'constraint c') continue
    for (const above = [...(relations.get(relation)?.parents ?? [])]; above.length > 0; ) {
      const oid = above.pop() ?? ''
      const check = checks.get(`${oid} ${name}`)
      if (check !== undefined) append(parts, address, check)
      above.push(...(relations.get(oid)?.parents ?? []))
    }
  }
  return parts
}

/** The error for what no command can drop by itself; null: there is nothing of the kind. Code `DEPENDENTS_EXIST`. */
export function stopsCascade({ columns, relations }: Conversion, { doomed }: Cascade): OperatorError | null {
  for (const address of doomed) {
    const column = columns.get(address)
    const relation = relations.get(column?.relation ?? '')
    if (!column?.partitionKey || relation === undefined) continue
    if (doomed.has(addressOf(CATALOG.class, relation.oid))) continue
    return new ExplainedError(
      'DEPENDENTS_EXIST',
      `The column ${relation.name}.${quoteIdentifier(column.name)} can't be dropped: it is part of the partition key.`,
      `Nothing was changed. Drop the table first (DROP TABLE ${relation.name};), or move its rows to a table with another partition key.`,
    )
  }
  return null
}

function dropStep(address: string, conversion: Conversion, doomed: ReadonlySet<string>): Step | null {
  const { graph, relations, columns, types, objects } = conversion
  const { catalog, oid, sub } = parseAddress(address)
  const made = (label: string, owner: string, statement: string, on?: GraphRelation): Step => ({
    phase: 'drop',
    label,
    statements: [statement],
    // PostgreSQL carries what is done to a table on to those that inherit it.
    role: on === undefined ? definer(graph, { owner }) : familyRoles(on, conversion).define,
    remedy: null,
  })
  if (catalog === CATALOG.class && sub > 0) {
    const column = columns.get(address)
    const relation = relations.get(oid)
    if (column === undefined || relation === undefined) return null
    if (doomed.has(addressOf(CATALOG.class, oid))) return null
    const name = quoteIdentifier(column.name)
    if (relation.kind === 'c') {
      const type = graph.types.find((candidate) => candidate.relation === oid)
      const typed = graph.relations.filter(({ ofType }) => ofType === type?.oid)
      // Typed tables lose the column with the attribute; they are in the list themselves.
      const way = typed.length > 0 ? 'CASCADE' : 'RESTRICT'
      return {
        phase: 'drop',
        label: `attribute ${relation.name}.${name}`,
        statements: [`ALTER TYPE ${relation.name} DROP ATTRIBUTE ${name} ${way}`],
        role: attributeDropper(relation, typed, conversion),
        remedy: null,
      }
    }
    if (!column.local && !rootsOf(column, conversion).has(oid)) return null
    if (relation.ofType !== '0' && types.isAffected(relation.ofType)) return null
    const command = relation.kind === 'f' ? 'FOREIGN TABLE' : 'TABLE'
    return made(
      `column ${relation.name}.${name}`,
      relation.owner,
      `ALTER ${command} ${relation.name} DROP COLUMN ${name} RESTRICT`,
      relation,
    )
  }
  const table = catalog === CATALOG.class ? relations.get(oid) : undefined
  if (table !== undefined && ['r', 'p', 'f'].includes(table.kind)) {
    const word = table.kind === 'f' ? 'FOREIGN TABLE' : 'TABLE'
    return made(`${word.toLowerCase()} ${table.name}`, table.owner, `DROP ${word} ${table.name} RESTRICT`)
  }
  if (catalog === CATALOG.type) {
    const type = types.byOid(oid)
    if (type === undefined || type.element !== '0' || type.kind === 'm') return null
    if (type.relation !== '0' && !type.standalone) return null
    const word = type.kind === 'd' ? 'DOMAIN' : 'TYPE'
    return made(`${word.toLowerCase()} ${type.name}`, type.owner, `DROP ${word} ${type.name} RESTRICT`)
  }
  const object = objects.get(address)
  if (object === undefined || PARTS.has(object.detail) || GOES_BY_ITSELF.has(catalog)) return null
  if (doomed.has(addressOf(CATALOG.class, object.relation))) return null
  const statement = dropStatement(object, conversion)
  const on = catalog === CATALOG.constraint ? relations.get(object.relation) : undefined
  return statement === null ? null : made(object.label, object.owner ?? graph.role, statement, on)
}

const PARTS: ReadonlySet<string> = new Set([
  'not null',
  'inherited',
  'inherited check',
  'internal',
  'index of constraint',
  'index of parent',
  'constraint of parent',
])
/** Goes with the schemas, at the latest. */
const GOES_BY_ITSELF: ReadonlySet<string> = new Set([
  CATALOG.publicationSchema,
  CATALOG.defaultPrivileges,
  CATALOG.operatorOfClass,
  CATALOG.functionOfClass,
])
