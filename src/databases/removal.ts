import { OperatorError } from '../errors.ts'
import { quoteIdentifier } from '../postgres/quote.ts'
import type { ConnectionSettings, ServerFacts, Session } from '../postgres/types.ts'
import { dependentsError, doomedSchemas, nameOf, placeOf } from '../schema/dependents/dependents.ts'
import { inClearingOrder } from '../schema/dependents/handle-dependents.ts'
import { ExplainedError } from '../schema/errors.ts'
import { planRemove } from '../schema/inspect/privileges.ts'
import { foreignWarning } from '../schema/inspect/remains.ts'
import { type RoleFacts, readSchemaState } from '../schema/inspect/state.ts'
import { planLocks } from '../schema/removal/locks.ts'
import { rehearseRemoval, removeSchema } from '../schema/removal/remove.ts'
import { surveyRemoval } from '../schema/removal/survey.ts'
import type {
  BeforeCommit,
  ConvertedColumn,
  Dependent,
  DependentsStrategy,
  Rehearsal,
  RelationLock,
  Removal,
  RemovalSurvey,
  RemoveOptions,
  SchemaState,
} from '../schema/types.ts'
import { warnOfEventTriggers } from './check-target.ts'
import { DEFAULT_LOCK_TIMEOUT_MS, DEFAULT_REHEARSAL_LOCK_TIMEOUT_MS, type RunOptions } from './events.ts'

/** How a removal of the Mathesar schemas goes about what depends on them; for a stored database and for any other. */

/** What the operator may choose where something depends on the schemas. `leave`: the schemas stay as they are. */
export const REMOVAL_CHOICES = ['convert', 'keep-types', 'cascade', 'leave', 'cancel'] as const
export type RemovalChoice = (typeof REMOVAL_CHOICES)[number]

/** What the operator is asked to consent to. */
export type RemovalStage = 'rehearse' | 'remove'
/** `rehearse`: not yet; run it first and roll it back. */
export type RemovalConsent = boolean | 'rehearse'

/** Consent to a removal; `Plan` is what the operator is shown. */
export interface RemovalConsentInput<Plan> {
  /** Run the whole removal, roll it back and report, in the place of the removal. */
  rehearse?: boolean
  /** Asked after all checks and before the first lock, for a rehearsal too; `false` ends it. */
  confirm?: (plan: Plan, stage: RemovalStage) => Promise<RemovalConsent>
  /** Asked after a rehearsal that went well: whether the removal follows. Without it, it does not. */
  goOn?: (rehearsed: SchemaRemovalResult, plan: Plan) => Promise<boolean>
}

export interface SchemaRemovalInput {
  /** Remove `msar` and `__msar` alone. */
  keepTypes?: boolean
  /** What to do about dependents. Without it `choose` is asked if there are any, and without that they stop it. */
  onDependents?: DependentsStrategy
  /** Asked where something depends on the schemas and nothing says what to do about it. */
  choose?: (plan: RemovalOffer) => Promise<RemovalChoice>
}

/** What a removal of the schemas is about to do. */
export interface SchemaRemovalPlan {
  /** The name of the PostgreSQL database. */
  database: string
  /** The Mathesar schemas as they were found, those that stay included. */
  state: SchemaState
  keepTypes: boolean
  /** What to do about dependents, if there are any. */
  strategy: DependentsStrategy
  /** What is in the way, and what it costs. */
  survey: RemovalSurvey
  /** Of a rehearsal: the locks that it takes on relations. */
  locks?: RelationLock[]
  /** Of a rehearsal: the size of the tables and materialized views that are written anew, with indexes. */
  rewrittenBytes?: number
}

/** The same before anybody has chosen. */
export interface RemovalOffer extends Omit<SchemaRemovalPlan, 'strategy' | 'locks' | 'rewrittenBytes'> {
  /** What would be in the way if the types stayed; `null` where they stay already, or are not there. */
  keepingTypes: RemovalSurvey | null
}

/** What is told of every removal of the schemas, done or planned. */
export interface SchemaRemovalResult {
  /** Columns that became plain ones, or would. */
  converted: ConvertedColumn[]
  /** What was dropped, or would be: dependents such as `column public.t.email`, and the schemas. */
  dropped: string[]
  /** What the operator should know, such as a generated column that is a plain one now. */
  notes: string[]
  /** `mathesar_types` was there and stays. */
  typesKept: boolean
  /** Only of what is planned: everything that depends on the schemas, then routines that mention them. */
  dependents?: Dependent[]
  /** Only of what is planned: what would become of the dependents, and what each strategy would cost. */
  strategy?: DependentsStrategy
  cost?: Pick<RemovalSurvey, 'convert' | 'cascade'>
  /** Only of a rehearsal: the locks on relations that were announced, the largest relation first. */
  locks?: RelationLock[]
  /** Only of a rehearsal: the size of the tables and materialized views that are written anew, with indexes. */
  rewrittenBytes?: number
  /** Only of a rehearsal: what was measured. */
  rehearsal?: Rehearsal
}

/**
 * Looks at the schemas and at what depends on them, and settles what to do about it. Changes nothing. `null`: the operator
 * wants the schemas to stay.
 *
 * Errors: `DEPENDENTS_EXIST` with `data.dependents` where they stop it, `INSUFFICIENT_PRIVILEGE`, `ABORTED`.
 */
export async function planRemoval(
  session: Session,
  facts: ServerFacts,
  input: SchemaRemovalInput,
  options: RunOptions,
): Promise<SchemaRemovalPlan | null> {
  const { database } = session.settings
  const state = await readSchemaState(session)
  let keepTypes = input.keepTypes === true
  let survey = await surveyRemoval(session, { keepTypes })
  let strategy = input.onDependents
  warnOfMentions(survey, options)
  if (survey.schemas.length > 0) warnOfForeign(state, options)
  if (survey.schemas.length > 0) warnOfEventTriggers(facts, options, 'removal')
  while (strategy === undefined && survey.dependents.length > 0 && input.choose) {
    // Who may not remove them at all need not choose how.
    requireRole(state, facts, keepTypes)
    const keepingTypes =
      !keepTypes && survey.schemas.includes('mathesar_types')
        ? await surveyRemoval(session, { keepTypes: true })
        : null
    const choice = await input.choose({ database, state, keepTypes, survey, keepingTypes })
    if (choice === 'leave') return null
    if (choice === 'cancel') throw aborted()
    if (choice !== 'keep-types') strategy = choice
    else if (keepingTypes) [keepTypes, survey] = [true, keepingTypes]
  }
  const plan: SchemaRemovalPlan = { database, state, keepTypes, strategy: strategy ?? 'refuse', survey }
  refuseDependents(plan)
  requireRole(state, facts, keepTypes)
  const missing = survey.missing[plan.strategy]
  if (missing !== null) throw missing
  return plan
}

/** What a removal would do, after `planRemoval` has found that it can be done. */
export function plannedRemoval(plan: SchemaRemovalPlan): SchemaRemovalResult {
  const { survey, strategy } = plan
  const schemas = survey.schemas.map((name) => `schema ${name}`)
  return {
    converted: strategy === 'convert' ? survey.converted : [],
    dropped: strategy === 'cascade' ? [...survey.dropped, ...schemas] : schemas,
    notes: hstoreNotes(plan),
    typesKept: keepsTypes(plan),
    dependents: [...survey.dependents, ...survey.mentions],
    strategy,
    cost: { convert: survey.convert, cascade: survey.cascade },
  }
}

/** Removes the schemas as planned, and touches no dependent that was not listed. */
export async function runRemoval(
  session: Session,
  plan: SchemaRemovalPlan,
  options: RunOptions,
  beforeCommit?: BeforeCommit,
): Promise<SchemaRemovalResult> {
  options.onProgress?.({ type: 'step', step: 'remove', detail: plan.survey.schemas.join(', ') })
  const lockTimeoutMs = options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS
  const how = removeOptions(plan, { ...options, lockTimeoutMs }, 'remove')
  const removal: Removal = await removeSchema(session, { ...how, beforeCommit }).catch((error: unknown) => {
    throw withWayOut(error, plan, session.settings)
  })
  return { ...removal, notes: [...removal.notes, ...hstoreNotes(plan)], typesKept: keepsTypes(plan) }
}

/** Casts from hstore that stay with the types: no later Mathesar knows them. */
function hstoreNotes({ keepTypes, state: { hstoreCasts } }: SchemaRemovalPlan): string[] {
  if (!keepTypes || hstoreCasts.length === 0) return []
  return [
    `mathesar_types keeps ${hstoreCasts.length === 1 ? 'a cast' : `${hstoreCasts.length} casts`} from hstore that Mathesar 0.1 left; the removal by a later Mathesar fails because of that. To drop them: DROP FUNCTION ${hstoreCasts.join(', ')};`,
  ]
}

/** What came of the question for consent: the removal may begin, or not, or there was a rehearsal and that is all. */
export type RemovalDecision =
  | { kind: 'remove' | 'declined' }
  | { kind: 'rehearsed'; result: SchemaRemovalResult }

/**
 * Asks for the operator's consent to a removal, and rehearses it first where that is wanted; `planOf` gives what the
 * operator is shown of a removal. Only a rehearsal locks anything, and nothing of it remains.
 *
 * Errors: those of a rehearsal are those that the removal would raise.
 */
export async function decideRemoval<Plan>(
  session: Session,
  removal: SchemaRemovalPlan,
  planOf: (removal: SchemaRemovalPlan) => Plan,
  { rehearse = false, confirm, goOn }: RemovalConsentInput<Plan>,
  options: RunOptions,
): Promise<RemovalDecision> {
  const consent = (plan: SchemaRemovalPlan, stage: RemovalStage) => confirm?.(planOf(plan), stage) ?? true
  if (!rehearse) {
    const answer = await consent(removal, 'remove')
    if (answer !== 'rehearse') return { kind: answer ? 'remove' : 'declined' }
  }
  const { strategy, keepTypes } = removal
  const { locks, filledBytes } = await planLocks(session, { strategy, keepTypes })
  const tableBytes = strategy === 'convert' ? removal.survey.convert.rewrittenBytes : 0
  const plan = { ...removal, locks, rewrittenBytes: tableBytes + filledBytes }
  if ((await consent(plan, 'rehearse')) === false) return { kind: 'declined' }
  const result = await runRehearsal(session, plan, options)
  if (goOn && (await goOn(result, planOf(plan))))
    return { kind: (await consent(plan, 'remove')) === false ? 'declined' : 'remove' }
  return rehearse ? { kind: 'rehearsed', result } : { kind: 'declined' }
}

/** Runs the removal as planned and rolls it back. */
async function runRehearsal(
  session: Session,
  plan: SchemaRemovalPlan & { locks: RelationLock[]; rewrittenBytes: number },
  options: RunOptions,
): Promise<SchemaRemovalResult> {
  const { survey, strategy, locks, rewrittenBytes } = plan
  options.onProgress?.({ type: 'step', step: 'rehearse', detail: survey.schemas.join(', ') })
  const lockTimeoutMs = options.lockTimeoutMs ?? DEFAULT_REHEARSAL_LOCK_TIMEOUT_MS
  const how = removeOptions(plan, { ...options, lockTimeoutMs }, 'rehearse')
  const rehearsed = await rehearseRemoval(session, how).catch((error: unknown) => {
    throw withWayOut(error, plan, session.settings)
  })
  return {
    ...rehearsed,
    notes: [...rehearsed.notes, ...hstoreNotes(plan), ...unannouncedLocks(locks, rehearsed.rehearsal)],
    typesKept: keepsTypes(plan),
    strategy,
    locks,
    rewrittenBytes,
  }
}

/** Locks that were taken though nobody had announced them, such as those of an event trigger. */
function unannouncedLocks(announced: readonly RelationLock[], rehearsal: Rehearsal): string[] {
  const known = new Set(announced.map(({ relation, mode }) => `${relation} ${mode}`))
  const others = rehearsal.locks.filter(({ relation, mode }) => !known.has(`${relation} ${mode}`))
  return others.map(
    ({ relation, mode }) => `${relation} was locked too (${mode}), by code that runs with the removal.`,
  )
}

function removeOptions(
  { strategy, keepTypes, survey }: SchemaRemovalPlan,
  { lockTimeoutMs, onProgress }: RunOptions & { lockTimeoutMs: number },
  step: RemovalStage,
): RemoveOptions {
  return {
    lockTimeoutMs,
    strategy,
    keepTypes,
    shown: survey.dependents,
    onProgress: (progress) => onProgress?.({ type: 'progress', step, progress }),
  }
}

/** Ends a removal that the operator does not want. */
export function aborted(): OperatorError {
  return new OperatorError('ABORTED', 'Nothing was removed.', 'Run the command again when you are ready.')
}

function keepsTypes({ keepTypes, state }: SchemaRemovalPlan): boolean {
  return keepTypes && state.schemas.some(({ name }) => name === 'mathesar_types')
}

/** The same rule as for an install: whoever removes the schemas acts as their owner. */
function requireRole(state: SchemaState, facts: RoleFacts, keepTypes: boolean): void {
  const doomed = doomedSchemas({ keepTypes })
  const schemas = state.schemas.filter(({ name }) => doomed.includes(name))
  if (schemas.length > 0) planRemove({ ...state, schemas }, facts)
}

/** Says of routines whose text names the schemas that they may fail without them. */
export function mentionsWarning(mentions: readonly Dependent[]): { message: string; hint: string } {
  return {
    message: `The Mathesar schemas are named in the text of ${mentions.map(placeOf).join(', ')}.`,
    hint: `PostgreSQL does not know of that; ${mentions.length === 1 ? 'it' : 'they'} may fail once the schemas are gone.`,
  }
}

function warnOfForeign(state: SchemaState, options: RunOptions): void {
  if (state.kind !== 'foreign') return
  const hint = 'Disconnect the database in that Mathesar as well.'
  options.onProgress?.({ type: 'warning', message: foreignWarning(state), hint })
}

function warnOfMentions({ mentions }: RemovalSurvey, options: RunOptions): void {
  if (mentions.length > 0) options.onProgress?.({ type: 'warning', ...mentionsWarning(mentions) })
}

function refuseDependents(plan: SchemaRemovalPlan): void {
  const { survey, strategy, database } = plan
  const { dependents, mentions } = survey
  const refused = strategy === 'convert' ? dependents.filter(({ refusesConvert }) => refusesConvert) : []
  if (strategy === 'refuse' ? dependents.length === 0 : refused.length === 0) return
  const data = { dependents, ...(mentions.length > 0 ? { mentions } : {}) }
  if (strategy === 'refuse') {
    const { code, message } = dependentsError(dependents, database)
    throw new OperatorError(code, message, waysOut(plan), { data })
  }
  const which = refused.length === 1 ? 'one object' : `${refused.length} objects`
  throw new OperatorError(
    'DEPENDENTS_EXIST',
    `In database "${database}" ${which} that ${refused.length === 1 ? 'depends' : 'depend'} on the Mathesar schemas can't be converted: ${listOf(refused)}.`,
    `${refused.some(({ remedy }) => remedy !== null) ? 'Clear the way with the statements that are given for them' : 'Change or drop them'}, then run the command again.${otherWays(plan) === '' ? '' : ` Or: ${otherWays(plan)}`}`,
    { data: { ...data, refused: inClearingOrder(refused) } },
  )
}

/** As many as a sentence bears. */
function listOf(dependents: readonly Dependent[]): string {
  const named = dependents.slice(0, 5).map(nameOf)
  const rest = dependents.length - named.length
  return named.join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

function waysOut(plan: SchemaRemovalPlan): string {
  const { refused } = plan.survey.convert
  const before = refused === 0 ? '' : `, once what it can't convert (${refused} of them) is out of the way`
  return `Choose what becomes of them: --on-dependents convert gives columns the plain type under theirs and keeps every value${before}${otherWays(plan) === '' ? '.' : `; ${otherWays(plan)}`} "mathesarctl schema dependents" shows what each choice would do to each object.`
}

/** The strategies that would do, as a sentence; empty where none would. */
function otherWays({ keepTypes, survey }: SchemaRemovalPlan): string {
  const keeps = !keepTypes && survey.schemas.includes('mathesar_types')
  const ways = [
    ...(keeps ? ['--keep-types leaves mathesar_types and all that uses it'] : []),
    ...(survey.missing.cascade === null
      ? ['--on-dependents cascade drops them, with the values in them']
      : []),
  ]
  return ways.length === 0 ? '' : `${ways.join('; ')}.`
}

/** The server's error, with what this removal could do about it. */
function withWayOut(error: unknown, plan: SchemaRemovalPlan, { user }: ConnectionSettings): unknown {
  if (!(error instanceof OperatorError)) return error
  if (error.details.sqlstate === '57014') {
    return error.with({
      hint: `Nothing was changed. Where it was the statement_timeout of the role or database, lift it: ALTER ROLE ${quoteIdentifier(user)} IN DATABASE ${quoteIdentifier(plan.database)} SET statement_timeout = 0; (or, with --dsn, for one run alone by options='-c statement_timeout=0').`,
    })
  }
  if (error.code === 'DEPENDENTS_EXIST' && !(error instanceof ExplainedError)) {
    return error.with({ hint: waysOut(plan) })
  }
  return error
}
