import type { OperatorError } from '../../errors.ts'
import type { Session } from '../../postgres/types.ts'
import { ExplainedError } from '../errors.ts'
import { catalogChanged, isVanished } from '../inspect/catalog-read.ts'
import { stopsCascade } from './cascade.ts'
import { inClearingOrder } from './clearing-order.ts'
import { conversionNotes, conversionSteps, convertedColumns } from './conversion.ts'
import { readDefinitions } from './definitions.ts'
import { doomedSchemas, findWithStrategies, nameOf } from './dependents.ts'
import { planOf, type Strategies } from './effects.ts'
import { goneOids } from './gone.ts'
import { lockStatements, touchedRelations } from './locks.ts'
import { missingForCascade, missingForConvert } from './ownership.ts'
import { runSteps } from './run.ts'
import { planStrategies } from './strategies.ts'
import type { Dependent, Removal, RemoveOptions } from './types.ts'

/** What was done about the dependents; `check` is to be called once the schemas are gone, and throws if anything was lost. */
export interface Handled extends Removal {
  /** OIDs of types and routines that it dropped, for the look at what other sessions made meanwhile. */
  gone: string[]
  /** Labels of the relations that `check` analyzes, or in a rehearsal leaves out, such as `table public.people`. */
  analyzed: string[]
  check(): Promise<void>
}

/**
 * Converts what depends on the schemas, or drops it, within the transaction that is open: locks the tables concerned first,
 * and looks again once they can't change any more. `onLock` is told which relations (OIDs) that may wait for. A rehearsal
 * leaves ANALYZE out: what it tells PostgreSQL's cumulative statistics would outlive the rollback, and autovacuum would
 * take the tables for analyzed.
 *
 * Errors: `catalogChanged`; `DEPENDENTS_EXIST` where something can't be converted, or was not shown to the operator;
 * `INSUFFICIENT_PRIVILEGE`; those of the server.
 */
export async function handleDependents(
  session: Session,
  strategy: 'convert' | 'cascade',
  options: RemoveOptions & { rehearse: boolean },
  onLock: (relations: readonly string[]) => void,
): Promise<Handled> {
  const first = await planStrategies(session, doomedSchemas(options))
  // Before the locks, which are taken as the owners.
  throwIf(missingFor(first, strategy))
  const addresses = addressesOf(first, strategy)
  onLock(touchedRelations(planOf(first, strategy), addresses).map(({ oid }) => oid))
  const locks = lockStatements(planOf(first, strategy), addresses)
  if (locks.length > 0) {
    await session.run(locks.join('\n')).catch((error: unknown) => {
      throw isVanished(error) ? catalogChanged(session, error) : error
    })
  }
  const found = await findWithStrategies(session, options)
  const dependents = found.dependents.filter(({ kind }) => kind !== 'mention')
  refuseUnseen(dependents, options)
  const { cascade } = found.strategies
  const conversion = planOf(found.strategies, strategy)
  const gone = goneOids(conversion, addressesOf(found.strategies, strategy))
  const running = { onProgress: options.onProgress, superuser: conversion.graph.superuser }
  if (strategy === 'cascade') {
    throwIf(stopsCascade(conversion, cascade))
    throwIf(missingFor(found.strategies, strategy))
    await runSteps(session, cascade.steps, running)
    const dropped = dependents.filter(({ effects }) => effects.cascade.startsWith('is dropped')).map(nameOf)
    return { dropped, converted: [], notes: [], gone, analyzed: [], check: async () => {} }
  }
  refuseUnconvertible(dependents, session.settings.database)
  throwIf(missingFor(found.strategies, strategy))
  const definitions = await readDefinitions(session, conversion)
  const steps = conversionSteps(conversion, definitions)
  await runSteps(session, steps.before, running)
  const analyze = steps.after.filter(({ phase }) => phase === 'analyze')
  const after = options.rehearse ? steps.after.filter((step) => !analyze.includes(step)) : steps.after
  return {
    dropped: [],
    converted: convertedColumns(conversion),
    notes: conversionNotes(conversion),
    gone,
    analyzed: analyze.map(({ label }) => label),
    check: () => runSteps(session, after, running),
  }
}

/** The error for a role that may not do all that a strategy takes; null: nothing is missing. */
function missingFor(
  { conversion, whole, cascade }: Strategies,
  strategy: 'convert' | 'cascade',
): OperatorError | null {
  return strategy === 'convert' ? missingForConvert(conversion) : missingForCascade(whole, cascade.doomed)
}

function throwIf(error: OperatorError | null): void {
  if (error !== null) throw error
}

/** The addresses of all that a strategy changes. */
export function addressesOf({ conversion, cascade }: Strategies, strategy: 'convert' | 'cascade'): string[] {
  if (strategy === 'cascade') return [...cascade.doomed]
  return [...conversion.fates]
    .filter(([, { kind }]) => kind !== 'gone' && kind !== 'refuse')
    .map(([address]) => address)
}

/** Nothing is ever touched that the operator has not seen. */
function refuseUnseen(dependents: readonly Dependent[], { shown }: RemoveOptions): void {
  if (shown === undefined) return
  const seen = new Set(shown.map(keyOf))
  const unseen = dependents.filter((dependent) => !seen.has(keyOf(dependent)))
  const [one] = unseen
  if (one === undefined) return
  throw new ExplainedError(
    'DEPENDENTS_EXIST',
    `Since the dependents were listed ${unseen.length === 1 ? 'one more has' : `${unseen.length} more have`} come into being: ${nameOf(one)}${unseen.length === 1 ? '' : ' …'}.`,
    'Nothing was changed. Run the command again, and look at the new list.',
    { data: { dependents: unseen } },
  )
}

function keyOf({ schema, relation, column, kind, type, name }: Dependent): string {
  return JSON.stringify([schema, relation, column, kind, type, name])
}

/** Says by name what `convert` can't convert, and what would clear the way. Errors: `DEPENDENTS_EXIST`. */
export function refuseUnconvertible(dependents: readonly Dependent[], database: string): void {
  const refused = dependents.filter(({ refusesConvert }) => refusesConvert)
  const [one] = refused
  if (one === undefined) return
  const reason = one.effects.convert.replace(/^can't be converted: /, '')
  const rest = refused.length === 1 ? '' : ` So it is with ${refused.length - 1} more.`
  const remedies = inClearingOrder(refused).flatMap(({ remedy }) => (remedy === null ? [] : [remedy]))
  throw new ExplainedError(
    'DEPENDENTS_EXIST',
    `In database "${database}" ${nameOf(one)} can't be converted: ${reason}.${rest}`,
    `Nothing was changed. ${
      remedies.length === 0
        ? 'Change or drop it first, or keep the types (--keep-types).'
        : `This clears the way:\n${[...new Set(remedies)].join('\n')}`
    }`,
    { data: { dependents: refused } },
  )
}
