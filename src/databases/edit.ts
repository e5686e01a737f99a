import { OperatorError, usageError } from '../errors.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import { remainsText } from '../schema/inspect/remains.ts'
import type { SchemaState } from '../schema/types.ts'
import { requireHoldable, requireRename } from '../store/capabilities.ts'
import { checkName } from '../store/name.ts'
import type { Store, StoredDatabase } from '../store/types.ts'
import { checkAbilities, checkTarget, type Target } from './check-target.ts'
import type { RunOptions } from './events.ts'
import { installHint } from './install-hint.ts'
import { type InternalDatabase, refuseInternalByName } from './internal-target.ts'
import { notFound } from './not-found.ts'
import { reportConnection, warnOfUnstored, withOpen, withStoredPassword } from './open.ts'
import { type Recovery, recoverInterrupted } from './recover/index.ts'
import { warnOfRestart } from './restart.ts'
import { findOtherRecords, setSchemaOfOthers, warnOfOtherRecords } from './same-database.ts'
import { changedFields, isSameTarget } from './same-settings.ts'
import { refuseLookalike, resolveStoredName } from './stored-name.ts'
import { storedSchemaOf } from './stored-schema.ts'

export interface EditDatabaseInput {
  name: string
  /** The fields to change, with their new values. */
  changes: Partial<ConnectionSettings>
  rename?: string
  internal?: readonly InternalDatabase[]
  dryRun?: boolean
  /** Called after all checks and before the first change; `false` ends the edit with `ABORTED`. */
  confirm?: (plan: EditPlan) => Promise<boolean>
}

/** The values of a record by their fields, and its name; never its password. */
export type RecordValues = Partial<
  Record<'name' | Exclude<keyof ConnectionSettings, 'password'>, string | number | null>
>

/** What an edit will change, after every check has passed. */
export interface EditPlan {
  name: string
  /** The fields that will change. */
  changed: string[]
  /** The values of these fields before and after. */
  before: RecordValues
  after: RecordValues
  /** The record will have a password. */
  hasPassword: boolean
  /** Other stored databases that lead to the same database. */
  alsoStoredAs: string[]
}

export interface EditDatabaseResult {
  name: string
  status: 'changed' | 'unchanged' | 'planned'
  /** The fields that changed. */
  changed: string[]
  /** The values of these fields before the run, without the password. */
  before: RecordValues
  database: StoredDatabase
  /** Other stored databases that lead to the same database; empty if the server was not reached. */
  alsoStoredAs: string[]
}

/**
 * Changes the stored settings of a database, after a connection with the new values has proved them. Errors:
 * `NOT_FOUND`, `NAME_TAKEN`, `USAGE`, `INTERNAL_DATABASE_TARGET`, `INSUFFICIENT_PRIVILEGE`,
 * `SECRET_KEY_MISMATCH`, `LOCKED`, `ABORTED`, and all those of connecting; then nothing was changed.
 */
export async function editDatabase(
  store: Store,
  given: EditDatabaseInput,
  options: RunOptions = {},
): Promise<EditDatabaseResult> {
  const name = await resolveStoredName(store, given.name)
  const input = {
    ...given,
    name,
    ...(given.rename === undefined ? {} : { rename: given.rename.normalize('NFC') }),
  }
  const { dryRun } = input
  const recoveries = dryRun ? [] : await recoverInterrupted(store, { ...options, name })
  const before = await store.find(name)
  if (!before) throw notFound(name, await store.names())
  const change = await planChange(store, input)
  const old = valuesOf(change.fields, { ...change.old, name })
  const unchanged = { name, changed: change.fields, before: old, database: before, alsoStoredAs: [] }
  if (change.fields.length === 0) return { ...unchanged, status: 'unchanged' }

  // A new name alone is no reason to reach the server.
  const isProofNeeded = change.fields.some((field) => field !== 'name')
  const proved = isProofNeeded ? await proveChange(store, input, change, options) : null
  const alsoStoredAs = proved?.alsoStoredAs ?? []
  if (dryRun) return { ...unchanged, status: 'planned', alsoStoredAs }
  await askForConsent(input, change, { before: old, alsoStoredAs })
  for (const recovery of recoveries) await giveUpRemoval(store, recovery, options)
  const database = await store.update(name, input.changes, change.rename)
  if (proved !== null) {
    const schema = storedSchemaOf(proved.target.state)
    await store.setSchema(database.name, schema)
    await setSchemaOfOthers(store, alsoStoredAs, schema)
  }
  warnOfRestart(store, options)
  return { ...unchanged, name: database.name, status: 'changed', database, alsoStoredAs }
}

/** Errors: `ABORTED` if the operator declines. */
async function askForConsent(
  { name, confirm }: EditDatabaseInput,
  { settings, rename = name, fields }: Change,
  shown: Pick<EditPlan, 'before' | 'alsoStoredAs'>,
): Promise<void> {
  if (confirm === undefined) return
  const after = valuesOf(fields, { ...settings, name: rename })
  const hasPassword = settings.password !== null
  if (await confirm({ name, changed: fields, ...shown, after, hasPassword })) return
  throw new OperatorError('ABORTED', 'Nothing was changed.', 'Run the command again when you are ready.')
}

function valuesOf(
  fields: readonly EditedField[],
  values: ConnectionSettings & { name: string },
): RecordValues {
  const shown = fields.filter((field) => field !== 'password')
  return Object.fromEntries(shown.map((field) => [field, values[field] ?? null]))
}

type EditedField = 'name' | keyof ConnectionSettings

/** The changes of an edit. */
interface Change {
  old: ConnectionSettings
  settings: ConnectionSettings
  /** The new name, where it differs from the old one. */
  rename: string | undefined
  /** The names of the fields that change, `name` among them. */
  fields: EditedField[]
}

/**
 * Errors: `SECRET_KEY_MISMATCH`, `USAGE` and `NAME_TAKEN` for the new name, `USAGE` for what the store can't
 * hold.
 */
async function planChange(store: Store, input: EditDatabaseInput): Promise<Change> {
  const old = await store.settings(input.name)
  const settings = { ...old, ...input.changes }
  const rename = input.rename === input.name ? undefined : input.rename
  if (rename !== undefined) await checkRename(store, input.name, rename)
  requireHoldable(input.changes, store.capabilities)
  const fields: EditedField[] = [
    ...(rename === undefined ? [] : ['name' as const]),
    ...changedFields(old, settings),
  ]
  return { old, settings, rename, fields }
}

async function checkRename(store: Store, name: string, rename: string): Promise<void> {
  requireRename(store.capabilities)
  const invalid = checkName(rename)
  if (invalid !== null) throw usageError(invalid, 'Choose another name.', 'rename')
  const stored = await store.names()
  if (stored.includes(rename)) {
    throw new OperatorError('NAME_TAKEN', `The name "${rename}" is taken.`, 'Choose another name.', {
      field: 'rename',
    })
  }
  const others = stored.filter((other) => other !== name)
  refuseLookalike(rename, others, 'rename')
}

/** A target that a connection with the new settings reached. */
interface ProvedTarget {
  target: Target
  /** Other stored databases that lead to the same database. */
  alsoStoredAs: string[]
}

async function proveChange(
  store: Store,
  { name, changes, internal = [] }: EditDatabaseInput,
  { old, settings, rename = name }: Change,
  options: RunOptions,
): Promise<ProvedTarget> {
  refuseInternalByName(settings, internal)
  warnOfUnstored(settings, options)
  const connecting = changes.password === undefined ? withStoredPassword(options) : options
  const target = await withOpen(settings, connecting, async (session) => {
    reportConnection(session, settings, options)
    const checked = await checkTarget(session, internal, options)
    await checkAbilities(session, options)
    return checked
  })
  warnOfMissingSchemas(target.state, { name: rename, database: settings.database }, options)
  const { identity } = target.facts
  const { sameNames } = await findOtherRecords(store, { name, settings, identity }, options)
  if (!isSameTarget(old, settings)) warnOfOtherRecords(sameNames, options)
  return { target, alsoStoredAs: sameNames }
}

function warnOfMissingSchemas(
  state: SchemaState,
  { name, database }: { name: string; database: string },
  options: RunOptions,
): void {
  if (state.kind === 'foreign' || state.kind === 'ours') return
  options.onProgress?.({
    type: 'warning',
    message: `Database "${database}" has ${state.kind === 'remains' ? remainsText(state) : 'no Mathesar schemas'}.`,
    hint: installHint('Once the change is stored, install them:', name),
  })
}

/**
 * An operator who changes a record wants to keep it: this ends an interrupted removal of unknown outcome.
 */
async function giveUpRemoval(store: Store, recovery: Recovery, options: RunOptions): Promise<void> {
  if (recovery.outcome !== 'waiting' || recovery.kind !== 'remove') return
  if (!(await store.dismiss(recovery.id))) return
  options.onProgress?.({
    type: 'warning',
    message: `The interrupted removal of "${recovery.name}" is abandoned; the record stays.`,
    hint: 'Run "mathesarctl db test" to see whether the database still has its Mathesar schemas.',
  })
}
