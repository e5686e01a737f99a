import { OperatorError } from '../../errors.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import { addressOf, CATALOG, parseAddress } from './address.ts'
import type { Conversion, Fate } from './conversion-types.ts'
import type { GraphType } from './graph.ts'
import { missingRights, refusedDrops } from './rights.ts'

/** Whoever changes something must be its owner; what is to be changed, with owners, and what would have to be created. */
interface Needed {
  label: string
  owner: string
  mayActAsOwner: boolean
  /** Null: it is not made again. */
  ownerCreates: boolean | null
}

const CHANGES: ReadonlySet<Fate['kind']> = new Set([
  'alter',
  'rebuild',
  'restore',
  'recompute',
  'regenerate',
  'plain',
])

/**
 * The error for a role that may not do all that a conversion takes, so that nobody waits for a refusal halfway: code
 * `INSUFFICIENT_PRIVILEGE`, with the objects and the GRANT that is missing. Null: nothing is missing.
 */
export function missingForConvert(conversion: Conversion): OperatorError | null {
  const { graph } = conversion
  const changed = [...conversion.fates].flatMap(([address, { kind }]) => (CHANGES.has(kind) ? [address] : []))
  const needed = [...neededObjects(conversion, changed)]
  const foreign = foreignOwners(conversion, needed)
  if (foreign !== null) return foreign
  const rights = missingRights(conversion)
  if (rights !== null) return rights
  if (graph.superuser) return null
  const range = graph.serverVersion < 140_000 ? undefined : rebuiltRange(conversion)
  if (range !== undefined) {
    return new OperatorError(
      'INSUFFICIENT_PRIVILEGE',
      `Only a superuser can rebuild the range type ${range.name}: PostgreSQL gives the functions of its multirange to nobody else.`,
      'Nothing was changed. Run this as a superuser, or give the columns of this type another one first, such as numrange.',
      { data: { role: graph.role, objects: [`type ${range.name}`] } },
    )
  }
  const homeless = needed.find(({ ownerCreates }) => ownerCreates === false)
  if (homeless === undefined) return null
  return new OperatorError(
    'INSUFFICIENT_PRIVILEGE',
    `Role "${homeless.owner}" owns ${homeless.label}, but may no longer create anything in its schema, so it could not be put back.`,
    `Nothing was changed. Run this as a superuser, or grant the role CREATE on that schema.`,
    { data: { role: homeless.owner, objects: [homeless.label] } },
  )
}

/** The same for dropping what is at these addresses. */
export function missingForCascade(conversion: Conversion, doomed: Iterable<string>): OperatorError | null {
  const addresses = [...doomed]
  return (
    foreignOwners(conversion, [...neededObjects(conversion, addresses)]) ??
    refusedDrops(conversion, addresses)
  )
}

function foreignOwners({ graph }: Conversion, needed: readonly Needed[]): OperatorError | null {
  const foreign = needed.filter(({ mayActAsOwner }) => !mayActAsOwner)
  const [first] = foreign
  if (first === undefined) return null
  const owners = [...new Set(foreign.map(({ owner }) => owner))]
  return new OperatorError(
    'INSUFFICIENT_PRIVILEGE',
    `Role "${graph.role}" may not change ${first.label}, which depends on the Mathesar schemas: it belongs to role "${first.owner}"${others(foreign.length - 1)}.`,
    `Nothing was changed. Run this as a superuser, or let an administrator run: ${owners.map((owner) => `GRANT ${quoteIdentifier(owner)} TO ${quoteIdentifier(graph.role)};`).join(' ')}`,
    { data: { role: graph.role, owners, objects: foreign.map(({ label }) => label) } },
  )
}

function others(count: number): string {
  return count < 1
    ? ''
    : count === 1
      ? ', and one other object is not its own either'
      : `, and ${count} other objects are not its own either`
}

/** A range that has to be made again, together with its multirange. */
function rebuiltRange({ graph, fates }: Conversion): GraphType | undefined {
  return graph.types.find(
    ({ oid, kind }) => kind === 'r' && fates.get(addressOf(CATALOG.type, oid))?.kind === 'rebuild',
  )
}

function* neededObjects(
  { fates, relations, objects, types, graph }: Conversion,
  addresses: Iterable<string>,
): Generator<Needed> {
  const told = new Set<string>()
  for (const address of addresses) {
    const { catalog, oid, sub } = parseAddress(address)
    if (catalog === CATALOG.class && sub > 0) {
      const relation = relations.get(oid)
      if (relation === undefined || told.has(oid)) continue
      told.add(oid)
      yield { label: `table ${relation.name}`, ...relation, ownerCreates: null }
      continue
    }
    const object = objects.get(address)
    const type = catalog === CATALOG.type ? types.byOid(oid) : undefined
    if (type !== undefined) yield { label: `type ${type.name}`, ...type }
    if (object === undefined) continue
    const on = relations.get(object.relation)
    // An owner of its own, or that of the table.
    const owner = object.owner ?? on?.owner ?? graph.role
    const makes =
      object.owner !== null && fates.get(addressOf(CATALOG.class, object.relation))?.kind !== 'restore'
    yield {
      label: object.label,
      owner,
      mayActAsOwner: object.mayActAsOwner,
      ownerCreates: makes ? object.ownerCreates : null,
    }
  }
}
