import { append } from '../append.ts'
import { addressOf, CATALOG } from './address.ts'
import type { Conversion } from './conversion-types.ts'
import type { Dependent } from './types.ts'

/** The positions of dependents among those whose statements clear the way, by the graph of the catalog. */
const positions = new WeakMap<Dependent, number>()

/**
 * Keeps in which order the statements of what can't be converted can be run: each after those of all that
 * depends on what it changes.
 *
 * @param refused what can't be converted, with its address
 */
export function keepClearingOrder(
  refused: readonly { dependent: Dependent; address: string }[],
  { graph, objects, same }: Conversion,
): void {
  const dependents = new Map<string, string[]>()
  for (const { object, on, inside } of graph.edges) {
    if (inside === null) append(dependents, same(on), same(object))
  }
  for (const { address, relation } of objects.values()) {
    if (relation !== '0') append(dependents, same(addressOf(CATALOG.class, relation)), same(address))
  }
  const order = new Map<string, number>()
  const seen = new Set<string>()
  const visit = (address: string): void => {
    if (seen.has(address)) return
    seen.add(address)
    for (const dependent of dependents.get(address) ?? []) visit(dependent)
    order.set(address, order.size)
  }
  const byKind = [...refused].sort((a, b) => byKinds(a.dependent, b.dependent))
  for (const { address } of byKind) visit(same(address))
  for (const { dependent, address } of refused) {
    const position = order.get(same(address))
    if (position !== undefined) positions.set(dependent, position)
  }
}

/**
 * Returns dependents in an order in which their remedies can be run one after the other: a user's own objects
 * first, since what uses them alone needs nothing else, then what the catalog shows, else as far as kinds tell.
 */
export function inClearingOrder(dependents: readonly Dependent[]): Dependent[] {
  return [...dependents].sort((a, b) => {
    const [isOwn, isOtherOwn] = [a.kind === 'own object', b.kind === 'own object']
    if (isOwn !== isOtherOwn) return isOwn ? -1 : 1
    const [first, second] = [positions.get(a), positions.get(b)]
    if (first !== undefined && second !== undefined) return first - second
    if (first !== undefined || second !== undefined) return first === undefined ? 1 : -1
    return byKinds(a, b)
  })
}

function byKinds(a: Dependent, b: Dependent): number {
  return ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind)
}

/** Kinds in an order in which they can be dropped, as far as kinds tell; others come first. */
const ORDER: readonly string[] = [
  'policy',
  'rule',
  'trigger',
  'index',
  'constraint',
  'default',
  'view',
  'materialized view',
  'generated column',
  'column',
  'cast',
  'operator class',
  'operator family',
  'operator',
  'aggregate',
  'function',
  'procedure',
  'domain',
  'type',
]
