import { OperatorError } from '../../errors.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import { append } from '../append.ts'
import { ExplainedError } from '../errors.ts'
import type { Guard } from '../session/guard.ts'
import { addressOf, CATALOG, parseAddress } from './address.ts'
import type { Trusted } from './code-query.ts'
import type { Conversion, Fate } from './conversion-types.ts'
import type { Graph, GraphCode, GraphRelation, GraphType } from './graph.ts'

/**
 * As whom a step runs: null is the session's own role, a name is SET LOCAL ROLE, and a guard has no way back. With `trusted` it
 * is the session's own role too, and expressions of these relations run with its rights.
 */
export type StepRole = string | Guard | { trusted: readonly Trusted[] } | null

/** What has an owner, perhaps with code that runs where it is merely defined or changed. */
interface Owned {
  owner: string
  /** The partition key runs code. */
  keyCode?: boolean
  /** Constants in the definition run code as they are read. */
  readCode?: boolean
}

/**
 * The role for statements that run nobody's code: a superuser defines an object himself and gives it its owner afterwards;
 * anybody else, who may act as the owner, does so. Two sorts of code run even then, so that it takes a guard: PostgreSQL
 * simplifies the expressions of a partition key whenever it loads them, and it reads constants as soon as it parses.
 */
export function definer(graph: Graph, { owner, keyCode = false, readCode = false }: Owned): StepRole {
  const role = graph.superuser || owner === graph.role ? null : owner
  return (keyCode || readCode) && needsGuard(graph, owner) ? { owner } : role
}

/** The role for what runs code of a table's owner: expressions of columns, checks, casts, operators. */
export function runner(conversion: Conversion, relation: GraphRelation): StepRole {
  return familyRoles(relation, conversion).run
}

/** The same for the checks of a domain. */
export function typeRunner({ graph }: Conversion, { owner, schema, code }: GraphType): StepRole {
  return guarded(graph, owner, [schema], code !== null, [])
}

/** The role that fills a materialized view: PostgreSQL runs its query as the owner, and in a superuser's case with all rights. */
export function filler({ graph }: Conversion, view: GraphRelation): StepRole {
  const trusts = graph.superuser && isSuperuser(graph, view.owner)
  return trusts ? { trusted: [view] } : definer(graph, { owner: view.owner })
}

/** As whom to work on a table where PostgreSQL carries the command on to other tables: see `definer` and `runner`. */
export interface FamilyRoles {
  define: StepRole
  run: StepRole
}

/**
 * The owner. Where some of the other tables belong to somebody else nobody but the session's own role may change all of them,
 * and `whyNotRun` sees to it that there is no code in any.
 */
export function familyRoles(relation: GraphRelation, conversion: Conversion): FamilyRoles {
  const { graph } = conversion
  const relatives = relativesOf(relation, conversion)
  if (hasSeveralOwners(graph, relatives)) return { define: null, run: { trusted: relatives } }
  const { owner } = relation
  const hasCode = relatives.some(({ code }) => code !== null)
  return {
    define: definer(graph, { owner, keyCode: relatives.some(({ keyCode }) => keyCode) }),
    run: guarded(graph, owner, neededSchemas(relation, conversion), hasCode, relatives),
  }
}

/** The table is partitioned, or is a partition, by a key that runs code. */
export function hasKeyCode(relation: GraphRelation, conversion: Pick<Conversion, 'relations'>): boolean {
  const parents = relation.parents.flatMap((oid) => conversion.relations.get(oid) ?? [])
  return relation.keyCode || parents.some((parent) => hasKeyCode(parent, conversion))
}

/** The role that drops an attribute of a composite type, and with it a column of the tables that are made of the type. */
export function attributeDropper(
  type: GraphRelation,
  tables: readonly GraphRelation[],
  conversion: Conversion,
): StepRole {
  const { graph } = conversion
  const changed = [type, ...tables.flatMap((table) => relativesOf(table, conversion))]
  if (hasSeveralOwners(graph, changed)) return null
  return definer(graph, { owner: type.owner, keyCode: changed.some(({ keyCode }) => keyCode) })
}

/** Code of this owner must not run with the session's rights. */
function needsGuard(graph: Graph, owner: string): boolean {
  return owner !== graph.role && !isSuperuser(graph, owner)
}

/**
 * A guard; where it can't be made or lacks USAGE on a schema, and there is no code, the session's own role or SET LOCAL ROLE.
 * With code it is still a guard, which then fails: `missingRights` tells beforehand.
 */
function guarded(
  graph: Graph,
  owner: string,
  schemas: readonly string[],
  hasCode: boolean,
  relations: readonly GraphRelation[],
): StepRole {
  if (!needsGuard(graph, owner)) return graph.superuser ? { trusted: relations } : definer(graph, { owner })
  if (hasCode) return { owner }
  if (unusable(graph, owner, schemas).length > 0) return { trusted: relations }
  return isImpossible(graph, owner) ? owner : { owner }
}

/** A guard is created among the temporary objects; a superuser may give one to anybody. */
function isImpossible(graph: Graph, owner: string): boolean {
  return !graph.superuser && graph.withoutTemporary.includes(owner)
}

function isSuperuser(graph: Graph, role: string): boolean {
  return graph.superusers.includes(role)
}

function unusable(graph: Graph, owner: string, schemas: readonly string[]): string[] {
  const closed = graph.unusable.filter(({ role }) => role === owner).map(({ schema }) => schema)
  return [...new Set(schemas)].filter((schema) => closed.includes(schema))
}

/** All superusers count as one owner: they lend each other nothing. */
function hasSeveralOwners(graph: Graph, relations: readonly GraphRelation[]): boolean {
  return new Set(relations.map(({ owner }) => (isSuperuser(graph, owner) ? null : owner))).size > 1
}

/** The schemas whose names the statements on a table use. */
function neededSchemas(relation: GraphRelation, conversion: Conversion): string[] {
  const { types } = conversion
  const relatives = relativesOf(relation, conversion)
  const columns = relatives.flatMap(({ oid }) => types.columns(oid))
  const named = columns.flatMap(({ type: oid }) => {
    const type = types.byOid(oid)
    const element = types.byOid(type?.element ?? '0') ?? type
    return element !== undefined && types.isRebuilt(element.oid) ? [element.schema] : []
  })
  // A constant of this type is computed as long as the type is there.
  const money = columns.some(({ type }) => types.holdsMoney(type)) ? ['mathesar_types'] : []
  return [...relatives.map(({ schema }) => schema), ...named, ...money]
}

const known = new WeakMap<Conversion, (relation: GraphRelation) => GraphRelation[]>()

/** What changes together with a relation: itself first, all that inherit it, and the other tables of their foreign keys. */
export function relativesOf(relation: GraphRelation, conversion: Conversion): GraphRelation[] {
  const relatives = known.get(conversion) ?? relativesIn(conversion)
  known.set(conversion, relatives)
  return relatives(relation)
}

function relativesIn({ relations, objects }: Conversion): (relation: GraphRelation) => GraphRelation[] {
  const children = new Map<string, string[]>()
  for (const { oid, parents } of relations.values())
    for (const parent of parents) append(children, parent, oid)
  const partners = new Map<string, string[]>()
  for (const { detail, relation } of objects.values()) {
    if (!detail.startsWith('reference ')) continue
    const other = detail.slice('reference '.length)
    append(partners, relation, other)
    append(partners, other, relation)
  }
  return (relation) => {
    const family = new Set([relation.oid])
    for (const oid of family) for (const child of children.get(oid) ?? []) family.add(child)
    return [...family]
      .flatMap((oid) => [oid, ...(partners.get(oid) ?? [])])
      .flatMap((oid) => relations.get(oid) ?? [])
  }
}

/** Fates of a column in which its table's expressions may run. */
const CHANGES: ReadonlySet<Fate['kind']> = new Set(['alter', 'plain', 'regenerate', 'recompute'])

/** The table or the materialized view whose code runs for a fate, and whether that of its family does too; null: none. */
function runsOn(
  address: string,
  fate: Fate,
  { relations, objects }: Conversion,
): { relation: GraphRelation; family: boolean } | null {
  const { catalog, oid, sub } = parseAddress(address)
  if (catalog === CATALOG.class && sub > 0) {
    const relation = CHANGES.has(fate.kind) ? relations.get(oid) : undefined
    return relation === undefined ? null : { relation, family: true }
  }
  const object = objects.get(address)
  if (fate.kind !== 'restore' || object === undefined) return null
  const relation = relations.get(object.detail === 'class m' ? oid : object.relation)
  if (relation === undefined) return null
  if (object.detail === 'constraint c' || object.detail.startsWith('reference '))
    return { relation, family: true }
  // PostgreSQL gives partitions the trigger too, and evaluates the partition key to find them.
  if (object.detail === 'trigger' && relation.kind === 'p') return { relation, family: true }
  // PostgreSQL itself evaluates these as the owner of the table.
  const built = /^(class m|index|index of parent|constraint ([pux]|of parent)|statistics)$/.test(
    object.detail,
  )
  return built ? { relation, family: false } : null
}

/** Why something can't be done, and the statements that clear the way. */
interface Refusal {
  reason: string
  remedy: string | null
}

/** Why code can't run for a fate with nobody gaining rights by it, and what would clear the way; null: it can. */
export function whyNotRun(address: string, fate: Fate, conversion: Conversion): Refusal | null {
  const { graph, types } = conversion
  const { catalog, oid } = parseAddress(address)
  if (!graph.superuser && catalog === CATALOG.type) return null
  if (catalog === CATALOG.type && fate.kind === 'rebuild') {
    const type = types.byOid(oid)
    return type === undefined ? null : foreignCode(graph, type, type.kind === 'd' ? 'DOMAIN' : 'TYPE')
  }
  const object = fate.kind === 'restore' ? conversion.objects.get(address) : undefined
  if (object !== undefined && object.code !== null) {
    const on = conversion.relations.get(object.relation)
    const owned = { name: object.label, owner: object.owner ?? on?.owner ?? graph.role, code: object.code }
    const why = foreignCode(graph, owned, null)
    if (why !== null) return why
  }
  const runs = runsOn(address, fate, conversion)
  if (runs === null) return null
  const { relation } = runs
  const relatives = runs.family ? relativesOf(relation, conversion) : [relation]
  const mixed = mixedFamily(graph, relatives, ({ code, keyCode }) => code !== null || keyCode)
  if (mixed !== null) return mixed
  for (const member of relatives) {
    const why = foreignCode(graph, member, COMMANDS[member.kind] ?? 'TABLE')
    if (why !== null) return why
  }
  return null
}

/** Tables of several owners that change together while there is code in one of them. */
function mixedFamily(
  graph: Graph,
  relatives: readonly GraphRelation[],
  hasCode: (relation: GraphRelation) => boolean,
): Refusal | null {
  const holder = hasSeveralOwners(graph, relatives) ? relatives.find(hasCode) : undefined
  if (holder === undefined) return null
  return {
    reason: `changes together with tables of other owners, and ${holder.name} runs code of an owner`,
    remedy: relatives
      .filter(({ owner }) => owner !== holder.owner)
      .map(
        ({ name, kind }) =>
          `ALTER ${COMMANDS[kind] ?? 'TABLE'} ${name} OWNER TO ${quoteIdentifier(holder.owner)};`,
      )
      .join(' '),
  }
}

/**
 * The error where dropping a column would run code of a partition key with more rights than its owner has:
 * `DEPENDENTS_EXIST` with what clears the way, or `INSUFFICIENT_PRIVILEGE` where no guard can be made. Null: nothing does.
 */
export function refusedDrops(conversion: Conversion, addresses: Iterable<string>): OperatorError | null {
  const { graph, relations } = conversion
  for (const address of addresses) {
    const { catalog, oid, sub } = parseAddress(address)
    const relation = catalog === CATALOG.class && sub > 0 ? relations.get(oid) : undefined
    const keyed = relation === undefined ? [] : relativesOf(relation, conversion)
    if (relation === undefined || !keyed.some(({ keyCode }) => keyCode)) continue
    const why =
      mixedFamily(graph, keyed, ({ keyCode }) => keyCode) ??
      keyed
        .filter(({ keyCode }) => keyCode)
        .map((member) => foreignCode(graph, member, 'TABLE'))
        .find((found) => found !== null)
    if (why) {
      return new ExplainedError(
        'DEPENDENTS_EXIST',
        `Table ${relation.name} can't lose a column: its partition key ${why.reason}.`,
        `Nothing was changed. This clears the way: ${why.remedy ?? ''}`,
        { data: { objects: [relation.name] } },
      )
    }
    if (!needsGuard(graph, relation.owner)) continue
    const error = missing(
      graph,
      relation,
      keyed.map(({ schema }) => schema),
    )
    if (error !== null) return error
  }
  return null
}

const COMMANDS: Readonly<Record<string, string>> = { f: 'FOREIGN TABLE', m: 'MATERIALIZED VIEW' }

/** A superuser's object whose expressions run code of somebody who is none. */
function foreignCode(
  graph: Graph,
  { owner, name, code }: { owner: string; name: string; code: GraphCode | null },
  command: string | null,
): Refusal | null {
  if (!graph.superuser || !isSuperuser(graph, owner) || code === null || code.owner === null) return null
  return {
    reason: `belongs to the superuser ${owner} but runs code of the role ${code.owner}, which would have a superuser's rights`,
    remedy: command === null ? null : `ALTER ${command} ${name} OWNER TO ${quoteIdentifier(code.owner)};`,
  }
}

/**
 * The error where code of an owner has to run, and no guard can be made for it or the owner could not find what it needs:
 * `INSUFFICIENT_PRIVILEGE` with the GRANT. Null: nothing is missing.
 */
export function missingRights(conversion: Conversion): OperatorError | null {
  const { graph, fates } = conversion
  const seen = new Set<GraphRelation>()
  for (const [address, fate] of fates) {
    const runs = runsOn(address, fate, conversion)
    if (runs === null || !runs.family || seen.has(runs.relation)) continue
    seen.add(runs.relation)
    const { relation } = runs
    const relatives = relativesOf(relation, conversion)
    if (hasSeveralOwners(graph, relatives) || !needsGuard(graph, relation.owner)) continue
    if (!relatives.some(({ code, keyCode }) => code !== null || keyCode)) continue
    const error = missing(graph, relation, neededSchemas(relation, conversion))
    if (error !== null) return error
  }
  for (const type of graph.types) {
    const fate = fates.get(addressOf(CATALOG.type, type.oid))
    if (fate?.kind !== 'rebuild' || type.code === null || !needsGuard(graph, type.owner)) continue
    const error = missing(graph, type, [type.schema])
    if (error !== null) return error
  }
  return null
}

function missing(
  graph: Graph,
  { name, owner }: { name: string; owner: string },
  schemas: readonly string[],
): OperatorError | null {
  const role = quoteIdentifier(owner)
  if (isImpossible(graph, owner)) {
    return new OperatorError(
      'INSUFFICIENT_PRIVILEGE',
      `Role "${owner}" owns ${name} and lacks the privilege TEMPORARY on database "${graph.database}", without which its code can't be run with its rights alone.`,
      `Nothing was changed. Run this as a superuser, or let the owner of the database run: GRANT TEMPORARY ON DATABASE ${quoteIdentifier(graph.database)} TO ${role};`,
      { data: { role: owner, privilege: 'TEMPORARY', database: graph.database, objects: [name] } },
    )
  }
  const [schema] = unusable(graph, owner, schemas)
  if (schema === undefined) return null
  return new OperatorError(
    'INSUFFICIENT_PRIVILEGE',
    `Role "${owner}" owns ${name} and lacks the privilege USAGE on schema "${schema}", without which its code can't be run with its rights alone.`,
    `Nothing was changed. Let an administrator run: GRANT USAGE ON SCHEMA ${quoteIdentifier(schema)} TO ${role};`,
    { data: { role: owner, privilege: 'USAGE', schema, objects: [name] } },
  )
}
