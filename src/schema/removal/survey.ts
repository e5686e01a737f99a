import { OperatorError } from '../../errors.ts'
import { compose } from '../../postgres/compose.ts'
import { identifierText } from '../../postgres/identifier.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { parseAddress } from '../dependents/address.ts'
import { stopsCascade } from '../dependents/cascade.ts'
import { convertedColumns } from '../dependents/conversion.ts'
import type { Conversion } from '../dependents/conversion-types.ts'
import { doomedSchemas, listWithStrategies, nameOf } from '../dependents/dependents.ts'
import type { Strategies } from '../dependents/effects.ts'
import { missingForCascade, missingForConvert } from '../dependents/ownership.ts'
import type { Dependent, SurveyOptions } from '../dependents/types.ts'
import { oidArray, SAFE_SETTINGS } from '../inspect/catalog.ts'
import { catalogError, isVanished } from '../inspect/catalog-read.ts'
import { planRemove } from '../inspect/privileges.ts'
import { readStateOf, type StateReading } from '../inspect/state.ts'
import { missingForExtensions } from './extensions.ts'
import lockedRelationsSql from './locked-relations.sql'
import { lockedByStrategy } from './locks.ts'
import { findRebuiltIndexes } from './rebuilt-indexes.ts'
import tableSizesSql from './table-sizes.sql'
import type { CascadeCost, ConvertCost, RemovalSurvey } from './types.ts'

/**
 * Returns what a removal of the Mathesar schemas would meet, and what each strategy would do about it.
 * Changes nothing, and waits for no lock. It takes a small, constant number of round trips, whatever the
 * number of tables.
 *
 * Errors: those of `toOperatorError`.
 */
export async function surveyRemoval(session: Session, options: SurveyOptions = {}): Promise<RemovalSurvey> {
  const reading = await readStateOf(session)
  const { state } = reading
  const doomed = doomedSchemas(options)
  const { dependents: all, strategies } = await listWithStrategies(session, options)
  const dependents = all.filter(({ kind }) => kind !== 'mention')
  return {
    schemas: state.schemas.map(({ name }) => name).filter((name) => doomed.includes(name)),
    dependents,
    mentions: all.filter(({ kind }) => kind === 'mention'),
    convert: await convertCost(session, dependents, strategies),
    cascade: cascadeCost(dependents, strategies),
    missing: {
      refuse: null,
      convert: missingForConvert(strategies.conversion),
      cascade:
        stopsCascade(strategies.whole, strategies.cascade) ??
        missingForCascade(strategies.whole, strategies.cascade.doomed) ??
        (await missingForOwnExtensions(session, reading, doomed, dependents)),
    },
    converted: convertedColumns(strategies.conversion),
    rebuilt: rebuiltAddresses(strategies.conversion)
      .map((address) => labelOf(address, strategies.conversion))
      .sort(),
    dropped: droppedOf(dependents).map(nameOf),
  }
}

/** Returns the error for extensions inside that the role of the removal may not drop; `null` if it may. */
async function missingForOwnExtensions(
  session: Session,
  { state, facts }: StateReading,
  doomed: readonly string[],
  dependents: readonly Dependent[],
): Promise<OperatorError | null> {
  if (!dependents.some(({ kind, type }) => kind === 'own object' && type === 'extension')) return null
  const schemas = state.schemas.filter(({ name }) => doomed.includes(name))
  let actAs: string | null
  try {
    actAs = planRemove({ ...state, schemas }, facts).actAs
  } catch (error) {
    // A role that may not remove the schemas at all can look at them.
    if (error instanceof OperatorError) return null
    throw error
  }
  return missingForExtensions(session, doomed, actAs ?? facts.role)
}

async function convertCost(
  session: Session,
  dependents: readonly Dependent[],
  strategies: Strategies,
): Promise<ConvertCost> {
  const { conversion } = strategies
  const rewritten = rewrittenTables(strategies)
  const indexes = await findRebuiltIndexes(session, conversion, rewritten)
  return {
    columns: convertedColumns(conversion).length,
    rows: rowsOf(dependents.filter(({ kind }) => kind === 'column')),
    rewrittenTables: rewritten.length,
    rewrittenBytes: await sizeOf(session, rewritten),
    rebuiltIndexes: indexes.count,
    rebuiltIndexBytes: indexes.bytes,
    lockedRelations: lockedByStrategy(strategies, 'convert').length,
    rebuiltObjects: rebuiltAddresses(conversion).length,
    refused: dependents.filter(({ refusesConvert }) => refusesConvert).length,
  }
}

/** Returns the addresses of the objects that a conversion drops and restores. */
function rebuiltAddresses({ fates }: Conversion): string[] {
  return [...fates].flatMap(([address, { kind }]) =>
    ['restore', 'recompute', 'regenerate', 'rebuild'].includes(kind) ? [address] : [],
  )
}

/** Returns the kind and the name of an object. */
function labelOf(address: string, { columns, objects, relations, types }: Conversion): string {
  const column = columns.get(address)
  if (column !== undefined) {
    return `column ${relations.get(column.relation)?.name ?? ''}.${identifierText(column.name)}`
  }
  const { oid } = parseAddress(address)
  return objects.get(address)?.label ?? `type ${types.byOid(oid)?.name ?? oid}`
}

function cascadeCost(dependents: readonly Dependent[], strategies: Strategies): CascadeCost {
  const dropped = droppedOf(dependents)
  const columns = dropped.filter(({ kind }) => kind === 'column' || kind === 'generated column')
  return {
    columns: columns.length,
    rows: rowsOf(columns),
    objects: dropped.length,
    lockedRelations: lockedByStrategy(strategies, 'cascade').length,
  }
}

function droppedOf(dependents: readonly Dependent[]): Dependent[] {
  return dependents.filter(({ effects }) => effects.cascade.startsWith('is dropped'))
}

/** Returns the rows of the relations that the dependents are in, each relation once. */
function rowsOf(dependents: readonly Dependent[]): number {
  const rows = new Map(
    dependents.map(({ schema, relation, rows: count }) => [`${schema}.${relation}`, count ?? 0]),
  )
  return [...rows.values()].reduce((sum, count) => sum + count, 0)
}

/** Returns the OIDs of the tables that PostgreSQL has to rewrite. */
function rewrittenTables({ conversion }: Strategies): string[] {
  const { fates, columns, relations } = conversion
  const oids = [...fates].flatMap(([address, fate]) => {
    const isRewritten =
      fate.kind === 'regenerate' ||
      fate.kind === 'recompute' ||
      ((fate.kind === 'alter' || fate.kind === 'plain') && fate.rewrites)
    const column = columns.get(address)
    return isRewritten && column !== undefined && relations.get(column.relation)?.kind === 'r'
      ? [column.relation]
      : []
  })
  return [...new Set(oids)]
}

/**
 * Returns the size on disk of tables with their indexes, in bytes; 0 if another session locks one at the same
 * time.
 */
async function sizeOf(session: Session, oids: readonly string[]): Promise<number> {
  if (oids.length === 0) return 0
  const query = compose(tableSizesSql, { lockedRelations: lockedRelationsSql, tables: oidArray(oids) })
  try {
    const [row] = await session.run<{ bytes: number }>(
      `${SAFE_SETTINGS}\nSET LOCAL lock_timeout = 500;\n${query}`,
    )
    return row?.bytes ?? 0
  } catch (error) {
    // Another session has just locked or dropped a table: the removal continues without the figure.
    if (isDatabaseError(error) && (error.code === '55P03' || isVanished(error))) return 0
    throw catalogError(session, error)
  }
}
