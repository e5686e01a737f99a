import { OperatorError, usageError } from '../errors.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import { remainsText } from '../schema/inspect/remains.ts'
import { checkName } from '../store/name.ts'
import type { Store, StoredDatabase } from '../store/types.ts'
import { checkAbilities, checkTarget, type Target } from './check-target.ts'
import type { RunOptions } from './events.ts'
import { type InternalDatabase, refuseInternalByName } from './internal-target.ts'
import { notFound } from './not-found.ts'
import { describeTarget, withOpen } from './open.ts'
import { type Recovery, recoverInterrupted } from './recover/index.ts'
import { warnOfRestart } from './restart.ts'
import { findOtherRecords, setSchemaOfOthers, warnOfOtherRecords } from './same-database.ts'
import { changedFields, sameTarget } from './same-settings.ts'
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
  /** Other stored databases that lead to the same database; empty where the server was not asked. */
  alsoStoredAs: string[]
}

/**
 * Changes what is stored of a database, after a connection with the new values has proved them. Errors:
 * `NOT_FOUND`, `NAME_TAKEN`, `USAGE`, `INTERNAL_DATABASE_TARGET`, `INSUFFICIENT_PRIVILEGE`,
 * `SECRET_KEY_MISMATCH`, `LOCKED`, and all those of connecting; then nothing was changed.
 */
export async function editDatabase(
  store: Store,
  input: EditDatabaseInput,
  options: RunOptions = {},
): Promise<EditDatabaseResult> {
  const recoveries = input.dryRun ? [] : await recoverInterrupted(store, { ...options, name: input.name })
  const before = await store.find(input.name)
  if (!before) throw notFound(input.name, await store.names())
  const old = await store.settings(input.name)
  const settings: ConnectionSettings = { ...old, ...input.changes }
  const changed: string[] = changedFields(old, settings)
  const rename = input.rename === input.name ? undefined : input.rename
  if (rename !== undefined) await checkRename(store, rename)
  if (rename !== undefined) changed.unshift('name')
  const unchanged = { name: input.name, changed, database: before, alsoStoredAs: [] }
  if (changed.length === 0) return { ...unchanged, status: 'unchanged' }

  // A new name alone is no reason to reach the server.
  const proves = changed.some((field) => field !== 'name')
  const target = proves ? await prove(settings, input, options) : null
  const alsoStoredAs =
    target === null ? [] : await othersOf(store, input.name, old, settings, target, options)
  if (input.dryRun) return { ...unchanged, status: 'planned', alsoStoredAs }
  for (const recovery of recoveries) await giveUpRemoval(store, recovery, options)
  const database = await store.update(input.name, input.changes, rename)
  if (target !== null) {
    const schema = storedSchemaOf(target.state)
    await store.setSchema(database.name, schema)
    await setSchemaOfOthers(store, alsoStoredAs, schema)
  }
  warnOfRestart(store, options)
  return { name: database.name, status: 'changed', changed, database, alsoStoredAs }
}

/** The other records of the target; says so where it is another target than before. */
async function othersOf(
  store: Store,
  name: string,
  old: ConnectionSettings,
  settings: ConnectionSettings,
  { facts: { identity } }: Target,
  options: RunOptions,
): Promise<string[]> {
  const { same } = await findOtherRecords(store, { name, settings, identity }, options)
  if (!sameTarget(old, settings)) warnOfOtherRecords(same, options)
  return same
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
): Promise<Target> {
  const internal = input.internal ?? []
  refuseInternalByName(settings, internal)
  const target = await withOpen(settings, options, async (session) => {
    const checked = await checkTarget(session, internal, options)
    await checkAbilities(session, options)
    return checked
  })
  options.onProgress?.({ type: 'check', check: 'connection', detail: describeTarget(settings) })
  const { state } = target
  if (state.kind === 'foreign' || state.kind === 'ours') return target
  options.onProgress?.({
    type: 'warning',
    message:
      state.kind === 'remains'
        ? `Database "${settings.database}" has ${remainsText(state)}.`
        : `Database "${settings.database}" has no Mathesar schemas.`,
    hint: 'Install them by running "mathesarctl db add" with the same name and values, or with "mathesarctl schema install".',
  })
  return target
}

/**
 * Whoever changes a record wants to keep it: a removal that was interrupted and can't be looked up is given
 * up.
 */
async function giveUpRemoval(store: Store, recovery: Recovery, options: RunOptions): Promise<void> {
  if (recovery.outcome !== 'waiting' || recovery.kind !== 'remove') return
  if (!(await store.dismiss(recovery.id))) return
  options.onProgress?.({
    type: 'warning',
    message: `The removal of "${recovery.name}" that was interrupted is given up; the record stays.`,
    hint: '"mathesarctl db test" reports whether its Mathesar schemas are still there.',
  })
}
