import { OperatorError } from '../../errors.ts'
import { identifierText } from '../../postgres/identifier.ts'
import type { Session } from '../../postgres/types.ts'
import { SAFE_SETTINGS } from '../inspect/catalog.ts'
import { catalogChanged, readCatalog, untilStable } from '../inspect/catalog-read.ts'
import { classify } from '../inspect/classify.ts'
import { parseManifest } from '../inspect/manifest.ts'
import { ownObjects } from '../inspect/own-objects.ts'
import { MATHESAR_SCHEMAS, type MathesarSchema } from '../sources/schemas.ts'
import { keepClearingOrder } from './clearing-order.ts'
import { type DependentsRow, dependentsQuery, type FoundDependent } from './dependents-query.ts'
import { effectsOf, isKnown, type Strategies } from './effects.ts'
import { moveTargets } from './move-targets.ts'
import { type RowCount, readRowCounts } from './row-counts.ts'
import { planStrategies } from './strategies.ts'
import type { Dependent, SurveyOptions } from './types.ts'

/**
 * Lists what stands in the way of removing the Mathesar schemas: everything outside that depends on anything inside,
 * directly or through other objects, and a user's own objects inside; after them the routines whose text names the
 * schemas (kind `mention`), which are in nobody's way. Each once, in a stable order, with the rows of its relation. A
 * small constant number of round trips, whatever the number of tables.
 *
 * Errors: `LOCKED` where the catalog changes all the time; those of `toOperatorError`. A relation whose rows cannot be counted has an estimate, or null.
 */
export async function listDependents(session: Session, options: SurveyOptions = {}): Promise<Dependent[]> {
  return (await listWithStrategies(session, options)).dependents
}

/** The same together with what the strategies would do. One round trip more than `findDependents`, and those of counting. */
export async function listWithStrategies(
  session: Session,
  options: SurveyOptions,
): Promise<{ dependents: Dependent[]; strategies: Strategies }> {
  const { found, strategies } = await untilStable(() => readBoth(session, options))
  const counts = await readRowCounts(
    session,
    found.flatMap(({ oid }) => (oid === null ? [] : [oid])),
    options,
  )
  return { dependents: toDependents(found, counts, strategies), strategies }
}

/** The same without the rows, in one round trip and without touching a user's table. */
export async function findDependents(session: Session, options: SurveyOptions = {}): Promise<Dependent[]> {
  return (await query(session, options)).map((dependent) => toDependent(dependent, new Map(), null))
}

/**
 * The dependents with what the strategies would do, without their rows. Two round trips. Errors: `catalogChanged`; those of
 * `toOperatorError`.
 */
export async function findWithStrategies(
  session: Session,
  options: SurveyOptions,
): Promise<{ dependents: Dependent[]; strategies: Strategies }> {
  const { found, strategies } = await readBoth(session, options)
  return { dependents: toDependents(found, new Map(), strategies), strategies }
}

/** Two queries, each with its own view of the catalog: what one of them lists and the other does not know has changed. */
async function readBoth(
  session: Session,
  options: SurveyOptions,
): Promise<{ found: FoundDependent[]; strategies: Strategies }> {
  const found = await query(session, options)
  const own = found.flatMap(({ kind, address }) => (kind === 'own object' ? [address] : []))
  const strategies = await planStrategies(session, doomedSchemas(options), own)
  if (!found.every((dependent) => isKnown(dependent, strategies))) throw catalogChanged(session)
  return { found, strategies }
}

/** Whether it stops a removal; a routine whose text merely names the schemas does not. */
export function isInTheWay({ kind }: Dependent): boolean {
  return kind !== 'mention'
}

/** The error that names what stands in the way; `details.data.dependents` lists all of it. */
export function dependentsError(dependents: readonly Dependent[], database: string): OperatorError {
  const [first] = dependents
  const rest = dependents.length - 1
  const others = rest < 1 ? '' : rest === 1 ? ' and one other object' : ` and ${rest} other objects`
  return new OperatorError(
    'DEPENDENTS_EXIST',
    `The Mathesar schemas of database "${database}" are in use by ${first ? nameOf(first) : 'something'}${others}.`,
    'Change or drop what is in the way first, or leave the schemas in place.',
    { data: { dependents } },
  )
}

/** Where a dependent is, such as `public.people.mail`; names are quoted where SQL needs that. */
export function placeOf({ schema, relation, column, kind, type }: Dependent): string {
  // A cast lies in no schema: this one is that of its function or of its type.
  if (kind === 'own object' && type === 'cast') return relation
  // PostgreSQL's own description of an object has its quotes already.
  const schemaText = schema === null ? '' : `${isDescribed(kind) ? schema : identifierText(schema)}.`
  const relationText = isNamed(kind) && relation !== '*' ? identifierText(relation) : relation
  return `${schemaText}${relationText}${column === null ? '' : `.${identifierText(column)}`}`
}

/** Kinds whose `relation` is the name of an object; of other kinds it is a signature or a description. */
const NAMED_KINDS: ReadonlySet<string> = new Set([
  'column',
  'generated column',
  'default',
  'table',
  'foreign table',
  'view',
  'materialized view',
  'sequence',
  'index',
  'constraint',
  'trigger',
  'policy',
  'rule',
  'statistics object',
  'publication',
  'type',
  'domain',
])

/** Kinds whose `relation` is a signature, after a name that the query has quoted. */
const SIGNATURE_KINDS: ReadonlySet<string> = new Set([
  'function',
  'aggregate',
  'procedure',
  'operator',
  'operator class',
  'default privileges',
  'mention',
])

function isNamed(kind: string): boolean {
  return NAMED_KINDS.has(kind)
}

function isDescribed(kind: string): boolean {
  return !NAMED_KINDS.has(kind) && !SIGNATURE_KINDS.has(kind)
}

/** A dependent in a few words, such as `column public.t.email` or `index t_email on public.t`. */
export function nameOf(dependent: Dependent): string {
  const { column, kind, type, name } = dependent
  const place = placeOf(dependent)
  if (kind === 'own object') return `${type ?? 'object'} ${place} inside them`
  const word = kind === 'type' && column !== null ? 'attribute' : kind
  return name ? `${kind} ${identifierText(name)} on ${place}` : `${word} ${place}`
}

/** The schemas that a removal drops. */
export function doomedSchemas({ keepTypes = false }: SurveyOptions): MathesarSchema[] {
  return MATHESAR_SCHEMAS.filter((name) => !keepTypes || name !== 'mathesar_types')
}

async function query(session: Session, options: SurveyOptions): Promise<FoundDependent[]> {
  const text = dependentsQuery(doomedSchemas(options))
  const row = await readCatalog<DependentsRow>(session, SAFE_SETTINGS, text, isWhole)
  return [...ownDependents(row), ...row.dependents, ...row.mentions]
}

/** Nothing in it has vanished while it was read: then the server gives no name. */
function isWhole({ dependents, mentions, inside }: DependentsRow): boolean {
  const isNamed = ({ relation, kind, reference }: FoundDependent) =>
    relation !== null && kind !== null && reference !== null
  return (
    dependents.every(isNamed) && mentions.every(isNamed) && inside.every(({ identity }) => identity !== null)
  )
}

function ownDependents({ inside, inventory, manifest }: DependentsRow): FoundDependent[] {
  const { kind } = classify(inventory)
  const facts = { kind, manifest: parseManifest(manifest), hstoreCasts: inventory.hstoreCasts }
  const own = ownObjects(inside, facts).map((object) => {
    const [type, name] = splitIdentity(object.identity, object.schema)
    return { ...object, type, name }
  })
  const targets = moveTargets(own)
  return own.map(({ schema, type, name, relation, address, rangeParts }, index) => ({
    schema,
    relation: name,
    column: null,
    kind: 'own object',
    name: null,
    type,
    reference: schema,
    oid: relation,
    address,
    ...(targets[index] === undefined ? {} : { target: targets[index] }),
    parts: rangeParts ?? [],
  }))
}

/** `materialized view msar.notes` → its kind and its name in the schema. A cast or an extension has no schema in it. */
function splitIdentity(identity: string, schema: string): [kind: string, name: string] {
  const end = identity.indexOf(` ${schema}.`)
  const kind = identity.slice(0, end)
  if (end > 0 && /^[a-z ]+$/.test(kind)) return [kind, identity.slice(end + schema.length + 2)]
  const space = identity.indexOf(' ')
  return [identity.slice(0, space), identity.slice(space + 1)]
}

function toDependents(
  found: readonly FoundDependent[],
  counts: ReadonlyMap<string, RowCount>,
  strategies: Strategies,
): Dependent[] {
  const all = found.map((one) => ({ dependent: toDependent(one, counts, strategies), address: one.address }))
  const refused = all.filter(({ dependent }) => dependent.refusesConvert && dependent.kind !== 'own object')
  keepClearingOrder(refused, strategies.conversion)
  return all.map(({ dependent }) => dependent)
}

function toDependent(
  found: FoundDependent,
  counts: ReadonlyMap<string, RowCount>,
  strategies: Strategies | null,
): Dependent {
  const { oid, address: _, target: __, parts: ___, ...dependent } = found
  const { rows, counted } = counts.get(oid ?? '') ?? { rows: null, counted: false }
  return { ...dependent, rows, counted, ...effectsOf(found, strategies) }
}
