import { checkServer } from '../postgres/checks.ts'
import { readServerFacts } from '../postgres/facts.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import { schemaStatus } from '../schema/inspect/status.ts'
import { checkInstall } from '../schema/install/check.ts'
import { refuseInTheWay } from '../schema/install/foresee.ts'
import { installSchema } from '../schema/install/install.ts'
import { surveyRemoval } from '../schema/removal/survey.ts'
import { bundledSource } from '../schema/sources/index.ts'
import { totalObjects } from '../schema/sources/pieces.ts'
import type { SchemaSource, SourceVersion } from '../schema/sources/types.ts'
import type {
  Dependent,
  MathesarReleases,
  RemovalSurvey,
  SchemaRecord,
  SchemaStatus,
  SurveyOptions,
} from '../schema/types.ts'
import type { StoredDatabase } from '../store/types.ts'
import { checkTarget, warnOfEventTriggers } from './check-target.ts'
import {
  chooseAction,
  type ExistingSchemaChoice,
  isReplacement,
  type SchemaAction,
  warnOfDropped,
  warnOfReplacement,
  warnOfSuperseded,
} from './choose-action.ts'
import { DEFAULT_LOCK_TIMEOUT_MS, type RunOptions } from './events.ts'
import { type InternalDatabase, refuseInternalByName } from './internal-target.ts'
import { recordedRelease } from './misfit.ts'
import { withOpen } from './open.ts'
import {
  decideRemoval,
  plannedRemoval,
  planRemoval,
  type RemovalConsentInput,
  runRemoval,
  type SchemaRemovalInput,
  type SchemaRemovalPlan,
  type SchemaRemovalResult,
} from './removal/index.ts'

/** Work on the Mathesar schemas of a database that need not be stored. */

/** The result of `schema install`. */
export interface InstallSchemaResult {
  status: 'installed' | 'unchanged' | 'planned'
  action: SchemaAction
  schema: {
    source: string
    version: string | null
    objects: number
    /** The releases that adopted schemas may be of. */
    release: MathesarReleases | null
  }
}

/**
 * Installs the Mathesar schemas in one transaction, by default the bundled ones; nothing is stored.
 * Errors: those of `addDatabase` that do not concern the store.
 */
export async function installSchemaInto(
  settings: ConnectionSettings,
  input: {
    /** By default the bundled SQL. */
    source?: SchemaSource
    /** Null: the operator chose nothing. */
    existingSchema?: ExistingSchemaChoice | null
    internal?: readonly InternalDatabase[]
    dryRun?: boolean
  } = {},
  options: RunOptions = {},
): Promise<InstallSchemaResult> {
  refuseInternalByName(settings, input.internal ?? [])
  return withOpen(settings, options, async (session) => {
    const { facts, state } = await checkTarget(session, input.internal ?? [], options)
    const source = input.source ?? bundledSource()
    const action = chooseAction(state, input.existingSchema ?? null, source, settings.database)
    const describe = (record: SchemaRecord | null) => ({
      source: record?.source ?? 'adopted',
      version: record?.version ?? null,
      release: record === null && state.kind === 'foreign' ? state.releases : null,
      objects: record?.objects ?? state.schemas.reduce((sum, schema) => sum + schema.objects, 0),
    })
    warnOfDropped(state, action, source, options)
    if (action === 'keep' || action === 'adopt')
      return { status: 'unchanged', action, schema: describe(state.record) }
    warnOfReplacement(state, action, source, options)
    warnOfSuperseded(state, action, source, options)
    warnOfEventTriggers(facts, options)
    await checkInstall(session, source, state, facts)
    await refuseInTheWay(session, source)
    if (input.dryRun) {
      const objects = totalObjects(source.parts)
      return {
        status: 'planned',
        action,
        schema: { source: source.name, version: source.version, objects, release: null },
      }
    }
    const record = await installSchema(session, source, state, {
      lockTimeoutMs: options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS,
      installId: crypto.randomUUID(),
      replace: isReplacement(action),
      onProgress: (progress) => options.onProgress?.({ type: 'progress', step: 'install', progress }),
      onNotice: (message) => options.onProgress?.({ type: 'detail', message }),
      onLock: (holder) => options.onProgress?.({ type: 'lock', holder }),
      onRetry: (attempt, attempts) => options.onProgress?.({ type: 'retry', attempt, attempts }),
    })
    return { status: 'installed', action, schema: describe(record) }
  })
}

export interface RemoveSchemaInput extends SchemaRemovalInput, RemovalConsentInput<SchemaRemovalPlan> {
  dryRun?: boolean
}

export interface RemoveSchemaResult extends SchemaRemovalResult {
  /** `rehearsed`: removed, and rolled back. */
  status: 'removed' | 'absent' | 'planned' | 'rehearsed' | 'declined'
  /** Only where the operator declined: a rehearsal succeeded before. */
  isRehearsed?: boolean
}

/**
 * Removes the Mathesar schemas in one transaction. Nothing that depends on them is touched unless
 * `onDependents` or `choose` decides so. Errors: `DEPENDENTS_EXIST`, `INSUFFICIENT_PRIVILEGE`, `LOCKED`,
 * `ABORTED`, and all those of connecting.
 */
export async function removeSchemaFrom(
  settings: ConnectionSettings,
  input: RemoveSchemaInput = {},
  options: RunOptions = {},
): Promise<RemoveSchemaResult> {
  const nothing = { converted: [], dropped: [], notes: [], typesKept: false }
  return withOpen(settings, options, async (session) => {
    const facts = await readServerFacts(session)
    checkServer(facts)
    const plan = await planRemoval(session, facts, input, options)
    if (plan === null) return { status: 'declined', ...nothing }
    const planned = plannedRemoval(plan)
    if (plan.survey.schemas.length === 0)
      return { status: 'absent', ...nothing, typesKept: planned.typesKept }
    if (input.dryRun) return { status: 'planned', ...planned }
    const decision = await decideRemoval(session, plan, (latest) => latest, input, options)
    if (decision.kind === 'declined') {
      return { status: 'declined', isRehearsed: decision.isRehearsed, ...nothing }
    }
    if (decision.kind === 'rehearsed') return { status: 'rehearsed', ...decision.result }
    return { status: 'removed', ...(await runRemoval(session, plan, options)) }
  })
}

/** What `schema status` reports. */
export interface SchemaStatusResult extends SchemaStatus {
  /** The source that the status was compared with. */
  comparedWith?: {
    source: string
    version: string
    checksum: string
    /** The record is that of an install of exactly this version and SQL. */
    isInstalled: boolean
  }
}

/**
 * Returns which Mathesar schemas a database has, and what was changed in them since. Errors: those of
 * connecting.
 *
 * @param source says whether the schemas are those of this source
 * @param stored the record of the database: the release that Mathesar recorded shows what is missing
 */
export async function schemaStatusOf(
  settings: ConnectionSettings,
  options: RunOptions = {},
  source: SourceVersion | null = null,
  stored: Pick<StoredDatabase, 'confirmedVersion'> | null = null,
): Promise<SchemaStatusResult> {
  const recorded = stored === null ? null : recordedRelease(stored)
  const status = await withOpen(settings, options, (session) => schemaStatus(session, recorded))
  if (source === null) return status
  const { name, version, checksum } = source
  const isInstalled = status.source === name && status.version === version && status.checksum === checksum
  return { ...status, comparedWith: { source: name, version, checksum, isInstalled } }
}

/**
 * Returns what depends on the Mathesar schemas: all that stands in the way of their removal, then routines
 * that only mention them. Errors: those of connecting.
 */
export async function dependentsOf(
  settings: ConnectionSettings,
  options: RunOptions = {},
): Promise<Dependent[]> {
  const { dependents, mentions } = await surveyOf(settings, {}, options)
  return [...dependents, ...mentions]
}

/**
 * Returns what a removal of the Mathesar schemas would meet, and what each strategy would do about it.
 * Errors: those of connecting.
 */
export async function surveyOf(
  settings: ConnectionSettings,
  input: SurveyOptions = {},
  options: RunOptions = {},
): Promise<RemovalSurvey> {
  return withOpen(settings, options, (session) => surveyRemoval(session, input))
}
