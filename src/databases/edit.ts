import { OperatorError, usageError } from '../errors.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import { remainsText } from '../schema/remains.ts'
import type { SchemaState } from '../schema/types.ts'
import { checkName } from '../store/name.ts'
import type { Store, StoredDatabase } from '../store/types.ts'
import { checkTarget } from './check-target.ts'
import type { RunOptions } from './events.ts'
import { type InternalDatabase, refuseInternalByName } from './internal-target.ts'
import { notFound } from './not-found.ts'
import { describeTarget, withOpen } from './open.ts'
import { type Recovery, recoverInterrupted } from './recover.ts'
import { changedFields } from './same-settings.ts'
import { storedSchemaOf } from './stored-schema.ts'

export interface EditDatabaseInput {
  name: string
  /** Only what is to change. */
  changes: Partial<ConnectionSettings>
  rename?: string
  internal?: readonly InternalDatabase[]
  dryRun?: boolean
}

export interface EditDatabaseResult {
  name: string
  status: 'changed' | 'unchanged' | 'planned'
  /** The fields that changed; never their values. */
  changed: string[]
  database: StoredDatabase
}

/**
 * Changes what is stored of a database, after a connection with the new values has proved them.
 * Errors: `NOT_FOUND`, `NAME_TAKEN`, `USAGE`, `INTERNAL_DATABASE_TARGET`, `SECRET_KEY_MISMATCH`, `LOCKED`, and all
 * those of connecting; then nothing was changed.
 */
export async function editDatabase(
  store: Store,
  input: EditDatabaseInput,
  options: RunOptions = {},
): Promise<EditDatabaseResult> {
  const recoveries = await recoverInterrupted(store, { ...options, name: input.name })
  const before = await store.find(input.name)
  if (!before) throw notFound(input.name, await store.names())
  const old = await store.settings(input.name)
  const settings: ConnectionSettings = { ...old, ...input.changes }
  const changed: string[] = changedFields(old, settings)
  const rename = input.rename === input.name ? undefined : input.rename
  if (rename !== undefined) await checkRename(store, rename)
  if (rename !== undefined) changed.unshift('name')
  if (changed.length === 0) return { name: input.name, status: 'unchanged', changed, database: before }

  // A new name alone is no reason to reach the server.
  const proves = changed.some((field) => field !== 'name')
  const state = proves ? await prove(settings, input, options) : null
  if (input.dryRun) return { name: input.name, status: 'planned', changed, database: before }
  for (const recovery of recoveries) await giveUpRemoval(store, recovery, options)
  const database = await store.update(input.name, input.changes, rename)
  if (state !== null) await store.setSchema(database.name, storedSchemaOf(state))
  return { name: database.name, status: 'changed', changed, database }
}

async function checkRename(store: Store, rename: string): Promise<void> {
  const invalid = checkName(rename)
  if (invalid !== null) throw usageError(invalid, 'Choose another name.', 'rename')
  if ((await store.names()).includes(rename)) {
    throw new OperatorError('NAME_TAKEN', `The name "${rename}" is taken.`, 'Choose another name.', {
      field: 'rename',
    })
  }
}

async function prove(
  settings: ConnectionSettings,
  input: EditDatabaseInput,
  options: RunOptions,
): Promise<SchemaState> {
  const internal = input.internal ?? []
  refuseInternalByName(settings, internal)
  const { state } = await withOpen(settings, options, (session) => checkTarget(session, internal, options))
  options.onProgress?.({ type: 'check', check: 'connection', detail: describeTarget(settings) })
  if (state.kind === 'foreign' || state.kind === 'ours') return state
  options.onProgress?.({
    type: 'warning',
    message:
      state.kind === 'remains'
        ? `Database "${settings.database}" has ${remainsText(state)}.`
        : `Database "${settings.database}" has no Mathesar schemas.`,
    hint: 'Install them by running "mathesarctl db add" with the same name and values, or with "mathesarctl schema install".',
  })
  return state
}

/** Whoever changes a record wants to keep it: a removal that was interrupted and can't be looked up is given up. */
async function giveUpRemoval(store: Store, recovery: Recovery, options: RunOptions): Promise<void> {
  if (recovery.outcome !== 'waiting' || recovery.kind !== 'remove') return
  if (!(await store.dismiss(recovery.id))) return
  options.onProgress?.({
    type: 'warning',
    message: `The removal of "${recovery.name}" that was interrupted is given up; the record stays.`,
    hint: '"mathesarctl db test" tells whether its Mathesar schemas are still there.',
  })
}
