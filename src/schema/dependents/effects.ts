import { CATALOG, parseAddress } from './address.ts'
import type { Cascade } from './cascade.ts'
import type { Conversion, Fate } from './conversion-types.ts'
import type { FoundDependent } from './dependents-query.ts'
import type { Dependent } from './types.ts'

/** The part of a dependent that says what each strategy would do to it. */
export type Effects = Pick<Dependent, 'effects' | 'refusesConvert' | 'remedy'>

/** What both strategies are going to do. */
export interface Strategies {
  /** What `convert` does once the user's own objects inside have been moved out: it knows only what depends on the others. */
  conversion: Conversion
  /** The same with all that depends on anything inside, which `cascade` drops. */
  whole: Conversion
  cascade: Cascade
}

const IN_THE_WAY = 'stands in the way'

/** What becomes of a dependent under each strategy; without `strategies` only what its kind alone tells. */
export function effectsOf(found: FoundDependent, strategies: Strategies | null): Effects {
  if (found.kind === 'mention') {
    const stays = 'stays; may fail when it is called'
    return {
      effects: { refuse: 'stays', convert: stays, cascade: stays },
      refusesConvert: false,
      remedy: null,
    }
  }
  if (found.kind === 'own object') {
    return {
      effects: { refuse: IN_THE_WAY, convert: 'has to be moved first', cascade: 'is dropped' },
      refusesConvert: true,
      remedy: moveStatement(found),
    }
  }
  if (strategies === null) {
    const unknown = 'depends on more than its kind'
    return {
      effects: { refuse: IN_THE_WAY, convert: unknown, cascade: unknown },
      refusesConvert: false,
      remedy: null,
    }
  }
  const fate = fateOf(found.address, strategies.conversion)
  const cascade = cascadeEffect(found, strategies)
  const convert = convertEffect(found, fate, strategies.conversion)
  return {
    effects: { refuse: IN_THE_WAY, convert, cascade },
    refusesConvert: fate?.kind === 'refuse',
    remedy: fate?.kind === 'refuse' ? fate.remedy : null,
  }
}

/** Returns the plan that a strategy follows. */
export function planOf({ conversion, whole }: Strategies, strategy: 'convert' | 'cascade'): Conversion {
  return strategy === 'convert' ? conversion : whole
}

/** Whether the strategies have taken a dependent into account, which those do that depend. */
export function isKnown({ kind, address }: FoundDependent, { whole }: Strategies): boolean {
  if (kind === 'mention' || kind === 'own object') return true
  const { relations, columns, objects, types } = whole
  const { catalog, oid, sub } = parseAddress(address)
  if (catalog === CATALOG.class)
    return sub > 0 ? columns.has(address) : relations.has(oid) || objects.has(address)
  return catalog === CATALOG.type ? types.byOid(oid) !== undefined : objects.has(address)
}

function fateOf(address: string, { fates, same }: Conversion): Fate | undefined {
  return fates.get(address) ?? fates.get(same(address))
}

function convertEffect({ address }: FoundDependent, fate: Fate | undefined, conversion: Conversion): string {
  const { columns, relations, types } = conversion
  const column = columns.get(address)
  if (column !== undefined && relations.get(column.relation)?.kind === 'c' && fate?.kind === 'rebuild') {
    return `becomes ${types.newName(column.type) ?? column.typeName}`
  }
  switch (fate?.kind) {
    case 'alter':
      return column?.typeName === fate.newType ? 'its type is rebuilt' : `becomes ${fate.newType}`
    case 'rebuild':
      return 'is rebuilt on plain types'
    case 'restore':
    case 'recompute':
      return 'is put back the same'
    case 'regenerate':
      return fate.plain
        ? 'keeps its values, as a plain column, the last one'
        : 'is put back, as the last column'
    case 'plain':
      return 'keeps its values, as a plain column'
    case 'gone':
      return 'goes with the schemas'
    case 'refuse':
      return `can't be converted: it ${fate.reason}`
    default:
      return 'stays'
  }
}

function cascadeEffect({ address, kind }: FoundDependent, { whole, cascade }: Strategies): string {
  const { catalog } = parseAddress(address)
  if (catalog === CATALOG.publicationSchema || catalog === CATALOG.defaultPrivileges)
    return 'goes with the schemas'
  const doomed = cascade.doomed.has(address) || cascade.doomed.has(whole.same(address))
  if (!doomed) return 'stays, but loses what is of a Mathesar type'
  if (whole.columns.get(address)?.partitionKey) return 'stops it: it is part of the partition key'
  if (kind === 'column' || kind === 'generated column') return 'is dropped, with its values'
  return 'is dropped'
}

/** The kinds of objects that can be moved out of the schemas, which keeps all that is in them. */
const MOVABLE: ReadonlySet<string> = new Set([
  'table',
  'view',
  'materialized view',
  'foreign table',
  'sequence',
  'function',
  'procedure',
  'aggregate',
  'type',
  'domain',
  'collation',
  'conversion',
  'operator',
  'operator class',
  'operator family',
  'statistics object',
  'text search configuration',
  'text search dictionary',
  'text search parser',
  'text search template',
  'extension',
])

/** Whether an own object can be moved to another schema; anything else of a user's can only be dropped and created again. */
export function isMovable({ kind, type }: Pick<Dependent, 'kind' | 'type'>): boolean {
  return kind === 'own object' && type !== null && MOVABLE.has(type)
}

/** Kinds that are never named with a schema. */
const UNQUALIFIED: ReadonlySet<string> = new Set(['cast', 'extension'])

function moveStatement({
  schema,
  relation,
  kind,
  type,
  target = 'public',
  parts = [],
}: FoundDependent): string | null {
  if (type === null) return null
  const name = UNQUALIFIED.has(type) || schema === null ? relation : `${schema}.${relation}`
  const word = type === 'statistics object' ? 'STATISTICS' : type.toUpperCase()
  if (!isMovable({ kind, type })) return `DROP ${word} ${name};`
  // The parts first: their arguments are named by the place of the type.
  const moved = [
    ...parts.map((part) => part.replace(/^[a-z]+/, (kind) => kind.toUpperCase())),
    `${word} ${name}`,
  ]
  const move = moved.map((object) => `ALTER ${object} SET SCHEMA ${target};`).join(' ')
  return target === 'public' ? move : `CREATE SCHEMA IF NOT EXISTS ${target}; ${move}`
}
