import { checkServer } from '../postgres/checks.ts'
import { readServerFacts } from '../postgres/facts.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import { dependentsError, isInTheWay, listDependents } from '../schema/dependents.ts'
import { installSchema, planInstall } from '../schema/install.ts'
import { planRemove } from '../schema/privileges.ts'
import { removeSchema } from '../schema/remove.ts'
import { bundledSource } from '../schema/sources/index.ts'
import { readSchemaState } from '../schema/state.ts'
import { schemaStatus } from '../schema/status.ts'
import type { Dependent, SchemaRecord, SchemaStatus } from '../schema/types.ts'
import { checkTarget, warnOfEventTriggers } from './check-target.ts'
import { chooseAction, type ExistingSchemaChoice, type SchemaAction } from './choose-action.ts'
import { DEFAULT_LOCK_TIMEOUT_MS, type RunOptions } from './events.ts'
import { type InternalDatabase, refuseInternalByName } from './internal-target.ts'
import { withOpen } from './open.ts'

/** The work on the Mathesar schemas of a database that need not be stored. */

/** The result of `schema install`. */
export interface InstallSchemaResult {
  status: 'installed' | 'unchanged' | 'planned'
  action: SchemaAction
  schema: { source: string; version: string | null; objects: number }
}

/**
 * Installs the bundled Mathesar schemas in one transaction; nothing is stored.
 * Errors: those of `addDatabase` that do not concern the store.
 */
export async function installSchemaInto(
  settings: ConnectionSettings,
  input: {
    existingSchema?: ExistingSchemaChoice
    internal?: readonly InternalDatabase[]
    dryRun?: boolean
  } = {},
  options: RunOptions = {},
): Promise<InstallSchemaResult> {
  refuseInternalByName(settings, input.internal ?? [])
  return withOpen(settings, options, async (session) => {
    const { facts, state } = await checkTarget(session, input.internal ?? [], options)
    const source = bundledSource()
    const action = chooseAction(state, input.existingSchema ?? 'adopt', source)
    const describe = (record: SchemaRecord | null) => ({
      source: record?.source ?? 'adopted',
      version: record?.version ?? null,
      objects: record?.objects ?? state.schemas.reduce((sum, schema) => sum + schema.objects, 0),
    })
    if (action === 'keep' || action === 'adopt')
      return { status: 'unchanged', action, schema: describe(state.record) }
    warnOfEventTriggers(facts, options)
    planInstall(state, facts)
    if (input.dryRun) {
      const objects = source.topics.reduce((sum, topic) => sum + topic.objects, 0)
      return { status: 'planned', action, schema: { source: source.name, version: source.version, objects } }
    }
    const record = await installSchema(session, source, state, {
      lockTimeoutMs: options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS,
      installId: crypto.randomUUID(),
      replace: action === 'replace',
      onProgress: (progress) => options.onProgress?.({ type: 'objects', action: 'install', ...progress }),
      onNotice: (message) => options.onProgress?.({ type: 'detail', message }),
    })
    return { status: 'installed', action, schema: describe(record) }
  })
}

/**
 * Removes the Mathesar schemas in one transaction that never cascades.
 * Errors: `DEPENDENTS_EXIST`, `INSUFFICIENT_PRIVILEGE`, `LOCKED`, and all those of connecting.
 */
export async function removeSchemaFrom(
  settings: ConnectionSettings,
  input: { dryRun?: boolean; confirm?: (schemas: string[]) => Promise<boolean> } = {},
  options: RunOptions = {},
): Promise<{ status: 'removed' | 'absent' | 'planned' | 'declined'; dropped: string[] }> {
  return withOpen(settings, options, async (session) => {
    const facts = await readServerFacts(session)
    checkServer(facts)
    const state = await readSchemaState(session)
    if (state.schemas.length === 0) return { status: 'absent', dropped: [] }
    const dependents = (await listDependents(session)).filter(isInTheWay)
    if (dependents.length > 0) throw dependentsError(dependents, settings.database)
    planRemove(state, facts)
    const names = state.schemas.map((schema) => `schema ${schema.name}`)
    if (input.dryRun) return { status: 'planned', dropped: names }
    if (input.confirm && !(await input.confirm(names))) return { status: 'declined', dropped: [] }
    const { dropped } = await removeSchema(session, {
      lockTimeoutMs: options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS,
      onProgress: (progress) => options.onProgress?.({ type: 'objects', action: 'remove', ...progress }),
    })
    return { status: 'removed', dropped }
  })
}

/** Which Mathesar schemas a database has, and what was changed in them since. Errors: those of connecting. */
export async function schemaStatusOf(
  settings: ConnectionSettings,
  options: RunOptions = {},
): Promise<SchemaStatus> {
  return withOpen(settings, options, schemaStatus)
}

/** What stands in the way of removing the Mathesar schemas. Errors: those of connecting. */
export async function dependentsOf(
  settings: ConnectionSettings,
  options: RunOptions = {},
): Promise<Dependent[]> {
  return withOpen(settings, options, listDependents)
}
