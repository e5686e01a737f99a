import { OperatorError } from '../../errors.ts'
import { discardAll } from '../../postgres/discard.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { dependentsError, doomedSchemas, findDependents, listDependents } from '../dependents/dependents.ts'
import { handleDependents } from '../dependents/handle-dependents.ts'
import type { Dependent, Removal, RemoveOptions, SurveyOptions } from '../dependents/types.ts'
import { ExplainedError } from '../errors.ts'
import { untilStable } from '../inspect/catalog-read.ts'
import { planRemove } from '../inspect/privileges.ts'
import type { SchemaState } from '../inspect/types.ts'
import { actAsOwnerScript } from '../session/act-as.ts'
import { noticeReader } from '../session/progress.ts'
import { actAsScript, inSchemaTransaction, sqlstate } from '../session/transaction.ts'
import { descriptionOf } from '../sources/known.ts'
import { withAsciiParts } from '../sources/release/ascii.ts'
import { missingForExtensions } from './extensions.ts'
import { type HeldLock, nameHeldLocks, readHeldLocks } from './locks.ts'
import { CLEAR_KEPT_RECORD, canRunRemover, removerScript } from './remover.ts'
import { dropAllStatement, dropSchemasStatement } from './script.ts'
import type { Rehearsal } from './types.ts'

/**
 * Removes the Mathesar schemas, whoever installed them, in one transaction under the advisory lock.
 * Dependents stop the removal (`refuse`), are converted to plain types with every value kept (`convert`), or
 * are dropped if the operator has seen them (`cascade`); the removal drops nothing else. With `keepTypes` the
 * schema `mathesar_types` stays. With `remover` the function by which a release removes itself runs first.
 *
 * Errors: `DEPENDENTS_EXIST` with `details.data.dependents`, `INSUFFICIENT_PRIVILEGE`, `SCHEMA_CONFLICT`
 * (several owners), `LOCKED`, and `UnknownOutcomeError` if the connection was lost at COMMIT.
 */
export function removeSchema(session: Session, options: RemoveOptions): Promise<Removal> {
  return runRemoval(session, options, null)
}

/**
 * Runs the whole removal and rolls it back: the same statements under the same locks, the same proof that no
 * value is lost, and the triggers and checks that are deferred until COMMIT.
 *
 * Errors: those that `removeSchema` would raise, except `UnknownOutcomeError`.
 */
export async function rehearseRemoval(
  session: Session,
  options: RemoveOptions,
): Promise<Removal & { rehearsal: Rehearsal }> {
  const started = performance.now()
  let requested: number | null = null
  let held: HeldLock[] = []
  let notAnalyzed: readonly string[] = []
  const removal = await runRemoval(session, options, {
    onLock: () => {
      requested ??= performance.now()
    },
    onAnalyzed: (relations) => {
      notAnalyzed = relations
    },
    beforeRollback: async () => {
      held = await readHeldLocks(session)
    },
  })
  const ended = performance.now()
  // Code of other users may have left advisory locks and prepared statements in the session, which outlast
  // the rollback.
  await discardAll(session)
  const rehearsal = {
    durationMs: Math.round(ended - started),
    lockedMs: Math.round(ended - (requested ?? ended)),
    lockTimeoutMs: options.lockTimeoutMs,
    locks: await nameHeldLocks(session, held),
    notAnalyzed: [...notAnalyzed],
  }
  return { ...removal, rehearsal }
}

/** The calls by which a rehearsal measures the removal that it runs. */
interface RehearsalHooks {
  /** Called before locks on relations are requested, the first time and later ones. */
  onLock: () => void
  /** Called with the labels of the relations that the removal would analyze. */
  onAnalyzed: (relations: readonly string[]) => void
  beforeRollback: () => Promise<void>
}

/** Runs a removal. With `rehearsal` it ends with ROLLBACK instead of COMMIT. */
async function runRemoval(
  session: Session,
  options: RemoveOptions,
  rehearsal: RehearsalHooks | null,
): Promise<Removal> {
  const { strategy = 'refuse', keepTypes = false } = options
  let relations: readonly string[] = []
  const onDependentsLock = (oids: readonly string[]) => {
    relations = oids
    rehearsal?.onLock()
  }
  const remove = () =>
    inSchemaTransaction(
      session,
      options.lockTimeoutMs,
      async (reading) => {
        const { state, facts } = reading
        const doomed = doomedSchemas({ keepTypes })
        const schemas = state.schemas.filter(({ name }) => doomed.includes(name))
        if (schemas.length === 0) return NOTHING
        const plan = planRemove({ ...state, schemas }, facts)
        const { actAs } = plan
        if (strategy === 'refuse') await refuseDependents(session, keepTypes)
        if (strategy === 'cascade') {
          const missing = await missingForExtensions(session, doomed, actAs ?? facts.role)
          if (missing !== null) throw missing
        }
        const outcome =
          strategy === 'refuse'
            ? null
            : await handleDependents(
                session,
                strategy,
                { ...options, rehearse: rehearsal !== null },
                onDependentsLock,
              )
        const names = schemas.map(({ name }) => name)
        const { remover } = options
        const runsRemover = remover != null && canRunRemover(remover, reading, plan)
        const isConverted = session.serverEncoding !== 'UTF8'
        const sent = runsRemover && isConverted ? withAsciiParts(remover, true) : remover
        const script = [
          runsRemover && sent != null ? actAsOwnerScript(reading, actAs, [removerScript(sent, names)]) : '',
          actAsScript(actAs),
          dropAllStatement(names, outcome?.gone ?? []),
          dropSchemasStatement(names, runsRemover),
          ...(keepTypes && isRecordStale(state) ? [CLEAR_KEPT_RECORD] : []),
          actAs === null ? '' : 'RESET ROLE;',
        ].join('\n')
        rehearsal?.onLock()
        await session.run(script, noticeReader(options)).catch((error: unknown) => {
          throw outcome === null ? error : newDependentError(error)
        })
        await outcome?.check()
        rehearsal?.onAnalyzed(outcome?.analyzed ?? [])
        const { dropped, converted, notes } = outcome ?? NOTHING
        return { dropped: [...dropped, ...names.map((name) => `schema ${name}`)], converted, notes }
      },
      {
        name: 'the removal',
        onLock: options.onLock,
        hasStatementTimeout: true,
        relations: () => relations,
        ...(rehearsal ? { beforeRollback: rehearsal.beforeRollback } : {}),
        beforeCommit: options.beforeCommit,
      },
    )
  // An attempt that failed to read the catalog has changed nothing.
  return describeRefusal(
    session,
    () => untilStable(remove),
    (dependent) => dependent.kind !== 'mention',
    { keepTypes },
  )
}

/** Returns whether a record on a schema that stays would be that of an install of which nothing is left. */
function isRecordStale({ staleRecord, ...state }: SchemaState): boolean {
  return staleRecord !== null || (state.kind === 'ours' && descriptionOf(state.record)?.upgrade === 'own')
}

/**
 * Returns the error for a dependent that stops the drop. The removal has handled all dependents that it knew,
 * so this one is new.
 */
function newDependentError(error: unknown): unknown {
  if (!isDatabaseError(error) || error.code !== '2BP01') return error
  return new ExplainedError(
    'DEPENDENTS_EXIST',
    'Another session created something meanwhile that depends on what is removed: ' +
      `${error.detail ?? error.message}.`,
    'Nothing was changed. Run the command again, and look at the new list.',
    { sqlstate: error.code, cause: error },
  )
}

const NOTHING: Removal = { dropped: [], converted: [], notes: [] }

async function refuseDependents(session: Session, keepTypes: boolean): Promise<void> {
  const dependents = (await findDependents(session, { keepTypes })).filter(({ kind }) => kind !== 'mention')
  if (dependents.length > 0) throw dependentsError(dependents, session.settings.database)
}

/**
 * Runs a function that drops objects. If dependents stop it, throws an error that lists them with their rows:
 * all of them, or those that `isInTheWay` accepts. It lists them after the transaction, so that counting rows
 * neither holds a lock of the transaction nor waits for one.
 */
export async function describeRefusal<T>(
  session: Session,
  drop: () => Promise<T>,
  isInTheWay: (dependent: Dependent) => boolean = () => true,
  options: SurveyOptions = {},
): Promise<T> {
  try {
    return await drop()
  } catch (error) {
    if (!isRefusal(error) || error instanceof ExplainedError) throw error
    const dependents = (await listDependents(session, options).catch(() => [])).filter(isInTheWay)
    if (dependents.length === 0) throw error instanceof OperatorError ? unlistedError(error) : error
    throw dependentsError(dependents, session.settings.database)
  }
}

/**
 * Returns whether dependents stopped a drop or a replacement. 42P13: a function that is in use can't be
 * replaced by one with another result.
 */
function isRefusal(error: unknown): boolean {
  const state = sqlstate(error)
  return (
    state === '2BP01' ||
    state === '42P13' ||
    (error instanceof OperatorError && error.code === 'DEPENDENTS_EXIST')
  )
}

/**
 * Returns the error for a server that refused, where the dependents had disappeared by the time they were
 * listed, or could not be listed.
 */
function unlistedError(error: OperatorError): OperatorError {
  if (error.code === 'DEPENDENTS_EXIST') return error
  return new OperatorError(
    'DEPENDENTS_EXIST',
    `The server refused to drop the Mathesar schemas: ${error.message}`,
    'Nothing was changed. The command "schema dependents" lists what is in the way.',
    error.details,
  )
}
