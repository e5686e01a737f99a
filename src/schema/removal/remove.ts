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
import { noticeReader } from '../session/progress.ts'
import { actAsScript, inSchemaTransaction, sqlstate } from '../session/transaction.ts'
import { type HeldLock, nameHeldLocks, readHeldLocks } from './locks.ts'
import { dropAllStatement, dropSchemasStatement } from './script.ts'
import type { Rehearsal } from './types.ts'

/**
 * Removes the Mathesar schemas, whoever installed them, in one transaction under the advisory lock. What
 * depends on them stops it (`refuse`), is converted to plain types with every value kept (`convert`), or is
 * dropped as far as it was shown (`cascade`); nothing else is ever dropped. With `keepTypes` the schema
 * `mathesar_types` stays.
 *
 * Errors: `DEPENDENTS_EXIST` with `details.data.dependents`, `INSUFFICIENT_PRIVILEGE`, `SCHEMA_CONFLICT`
 * (several owners), `LOCKED`, and `UnknownOutcomeError` if the connection was lost at COMMIT.
 */
export function removeSchema(session: Session, options: RemoveOptions): Promise<Removal> {
  return runRemoval(session, options, null)
}

/**
 * Runs the whole removal and rolls it back: the same statements under the same locks, the same proof that no
 * value is lost, and what is deferred until COMMIT. Nothing of it remains.
 *
 * Errors: those that `removeSchema` would raise; none says that the outcome is unknown.
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
  // What code of others may have left in the session outlasts a rollback: locks of its own, prepared
  // statements.
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

/** What a rehearsal wants to know of the removal that it runs. */
interface RehearsalHooks {
  /** Called before locks on relations are requested, the first time and later ones. */
  onLock: () => void
  /** Called with the labels of the relations that the removal would analyze. */
  onAnalyzed: (relations: readonly string[]) => void
  beforeRollback: () => Promise<void>
}

/** With `rehearsal` it is one: all of it, then ROLLBACK. */
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
      async ({ state, facts }) => {
        const doomed = doomedSchemas({ keepTypes })
        const schemas = state.schemas.filter(({ name }) => doomed.includes(name))
        if (schemas.length === 0) return NOTHING
        const { actAs } = planRemove({ ...state, schemas }, facts)
        if (strategy === 'refuse') await refuseDependents(session, keepTypes)
        const handled =
          strategy === 'refuse'
            ? null
            : await handleDependents(
                session,
                strategy,
                { ...options, rehearse: rehearsal !== null },
                onDependentsLock,
              )
        const names = schemas.map(({ name }) => name)
        const script = [
          actAsScript(actAs),
          dropAllStatement(names, handled?.gone ?? []),
          dropSchemasStatement(names),
          actAs === null ? '' : 'RESET ROLE;',
        ].join('\n')
        rehearsal?.onLock()
        await session.run(script, noticeReader(options)).catch((error: unknown) => {
          throw handled === null ? error : newcomer(error)
        })
        await handled?.check()
        rehearsal?.onAnalyzed(handled?.analyzed ?? [])
        const { dropped, converted, notes } = handled ?? NOTHING
        return { dropped: [...dropped, ...names.map((name) => `schema ${name}`)], converted, notes }
      },
      {
        what: 'the removal',
        limited: true,
        relations: () => relations,
        ...(rehearsal ? { beforeRollback: rehearsal.beforeRollback } : {}),
        beforeCommit: options.beforeCommit,
      },
    )
  // Nothing has been changed where the catalog was read in vain.
  return describeRefusal(
    session,
    () => untilStable(remove),
    (dependent) => dependent.kind !== 'mention',
    { keepTypes },
  )
}

/**
 * Returns the error for a drop that something stops: the removal has handled all dependents that it knew, so
 * it is new.
 */
function newcomer(error: unknown): unknown {
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
 * Runs work that drops; if dependents stop it, throws an error that lists them all with their rows, or those
 * of them that are `inTheWay`. They are listed once the transaction is over, so that counting neither holds
 * nor waits for a lock inside it.
 */
export async function describeRefusal<T>(
  session: Session,
  work: () => Promise<T>,
  inTheWay: (dependent: Dependent) => boolean = () => true,
  options: SurveyOptions = {},
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isRefusal(error) || error instanceof ExplainedError) throw error
    const dependents = (await listDependents(session, options).catch(() => [])).filter(inTheWay)
    if (dependents.length === 0) throw error instanceof OperatorError ? unlisted(error) : error
    throw dependentsError(dependents, session.settings.database)
  }
}

/** 42P13: a function that is in use can't be replaced by one with another result. */
function isRefusal(error: unknown): boolean {
  const state = sqlstate(error)
  return (
    state === '2BP01' ||
    state === '42P13' ||
    (error instanceof OperatorError && error.code === 'DEPENDENTS_EXIST')
  )
}

/**
 * The server refused, and what stood in the way was gone or could not be listed by the time it was
 * looked for.
 */
function unlisted(error: OperatorError): OperatorError {
  if (error.code === 'DEPENDENTS_EXIST') return error
  return new OperatorError(
    'DEPENDENTS_EXIST',
    `The server refused to drop the Mathesar schemas: ${error.message}`,
    'Nothing was changed. Look for what is in the way with: mathesarctl schema dependents.',
    error.details,
  )
}
