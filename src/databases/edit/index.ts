import { OperatorError } from '../../errors.ts'
import type { ConnectionSettings, Session } from '../../postgres/types.ts'
import { remainsText } from '../../schema/inspect/remains.ts'
import type { SchemaState } from '../../schema/types.ts'
import type { Store } from '../../store/types.ts'
import { findStored, storedRoles } from '../acting-role.ts'
import { checkAbilities, checkTarget, type Target } from '../check-target.ts'
import type { RunOptions } from '../events.ts'
import { installHint } from '../install-hint.ts'
import { refuseInternalByName } from '../internal-target.ts'
import { findUsers, requireUsers } from '../mathesar-users.ts'
import { closing, open, reportConnection, warnOfUnstored, withStoredPassword } from '../open.ts'
import { type Recovery, recoverInterrupted } from '../recover/index.ts'
import { warnOfRestart } from '../restart.ts'
import { findOtherRecords, setSchemaOfOthers, warnOfOtherRecords } from '../same-database.ts'
import { isSameTarget } from '../same-settings.ts'
import { warnOfStoredTls } from '../ssl-mode.ts'
import { resolveStoredName } from '../stored-name.ts'
import { storedSchemaOf } from '../stored-schema.ts'
import { type Change, checkRename, type EditRequest, planChange } from './change.ts'
import { warnOfMove } from './move.ts'
import { type EditedRole, findRole } from './role.ts'
import type { EditDatabaseInput, EditDatabaseResult, EditedField, EditPlan, RecordValues } from './types.ts'

export type {
  AccessChange,
  EditDatabaseInput,
  EditDatabaseResult,
  EditPlan,
  RecordValues,
  SharedChanges,
} from './types.ts'

/**
 * Changes the stored settings of a database, after a connection with the new values has proved them. In the
 * internal database of a Mathesar, a new password is stored for all databases of the role and its server, and
 * a new sslmode for all of the server; another host or port is that of this database alone.
 *
 * Errors: `NOT_FOUND`, `NAME_TAKEN`, `USAGE`, `INTERNAL_DATABASE_TARGET`, `INSUFFICIENT_PRIVILEGE`,
 * `SECRET_KEY_MISMATCH`, `LOCKED`, `ABORTED`, and all those of connecting; then nothing was changed.
 */
export async function editDatabase(
  store: Store,
  given: EditDatabaseInput,
  options: RunOptions = {},
): Promise<EditDatabaseResult> {
  try {
    return await editStored(store, given, options)
  } catch (error) {
    throw withPasswordHint(error)
  }
}

async function editStored(
  store: Store,
  given: EditDatabaseInput,
  options: RunOptions,
): Promise<EditDatabaseResult> {
  const name = await resolveStoredName(store, given.name)
  const input = {
    ...given,
    name,
    ...(given.rename === undefined ? {} : { rename: given.rename.normalize('NFC') }),
  }
  const recoveries = input.dryRun ? [] : await recoverInterrupted(store, { ...options, name })
  const stored = await findStored(store, name)
  const rename = await checkRename(store, input)
  await checkUsers(store, input, options)
  const connecting = input.changes.password === undefined ? withStoredPassword(options) : options
  const role = isNameOnly(input)
    ? { name: storedRoles(stored)[0] ?? '', session: null }
    : await findRole(store, stored, input, connecting)
  const work = () => edit({ store, stored, input, role: role.name }, role, { rename, recoveries }, options)
  return role.session === null ? await work() : await closing(role.session, work)
}

/** Returns the error with only those sources of a password in its hint that an edit reads. */
function withPasswordHint(error: unknown): unknown {
  const isMissing =
    error instanceof OperatorError && error.code === 'USAGE' && error.details.field === 'password'
  if (!isMissing) return error
  const hint = 'Pass it with --password-stdin or --password-file: "db edit" reads it from nowhere else.'
  return error.with({ hint })
}

async function edit(
  request: EditRequest,
  role: EditedRole,
  { rename, recoveries }: { rename: string | undefined; recoveries: readonly Recovery[] },
  options: RunOptions,
): Promise<EditDatabaseResult> {
  const { store, stored, input } = request
  const { name } = stored
  const change = await planChange(request, rename)
  const old = valuesOf(change.fields, { ...change.old, name })
  const { fields, shared } = change
  const unchanged = { name, changed: fields, before: old, database: stored, alsoStoredAs: [] }
  if (input.changes.sslmode || input.changes.sslrootcert) {
    warnOfStoredTls(change.settings, store.capabilities, options)
  }
  if (fields.length === 0) return { ...unchanged, status: 'unchanged' }

  // A new name alone is no reason to reach the server.
  const isProofNeeded = fields.some((field) => field !== 'name')
  const proved = isProofNeeded ? await proveChange(request, role.session, change, options) : null
  const alsoStoredAs = proved?.alsoStoredAs ?? []
  const result = { ...unchanged, ...shared, alsoStoredAs }
  if (input.dryRun) return { ...result, status: 'planned' }
  await askForConsent(input, change, { before: old, alsoStoredAs })
  for (const recovery of recoveries) await giveUpRemoval(store, recovery, options)
  const { update } = change
  const database = await store.update(name, update.changes, rename, update.options)
  const schema = proved && storedSchemaOf(proved.target.state)
  // Where there is none, a modern Mathesar's own record of the version stays: nobody asked to change that.
  if (proved !== null && (schema !== null || store.capabilities.generation !== 'modern')) {
    await store.setSchema(database.name, schema)
    await setSchemaOfOthers(store, alsoStoredAs, schema)
  }
  warnOfRestart(store, options)
  return { ...result, name: database.name, status: 'changed', database }
}

/** Errors: `USAGE` for users that Mathesar does not know, or where the store has none. */
async function checkUsers(
  store: Store,
  { users = [] }: EditDatabaseInput,
  options: RunOptions,
): Promise<void> {
  requireUsers(store.capabilities, users)
  if (users.length > 0) findUsers(await store.users(), users, options)
}

function isNameOnly({ changes, users = [] }: EditDatabaseInput): boolean {
  return Object.keys(changes).length === 0 && users.length === 0
}

/** Errors: `ABORTED` if the operator declines. */
async function askForConsent(
  { name, confirm }: EditDatabaseInput,
  { held, rename = name, fields, shared }: Change,
  shown: Pick<EditPlan, 'before' | 'alsoStoredAs'>,
): Promise<void> {
  if (confirm === undefined) return
  const after = valuesOf(fields, { ...held, name: rename })
  const hasPassword = held.password !== null
  if (await confirm({ name, changed: fields, ...shown, ...shared, after, hasPassword })) return
  throw new OperatorError('ABORTED', 'Nothing was changed.', 'Run the command again when you are ready.')
}

function valuesOf(
  fields: readonly EditedField[],
  values: ConnectionSettings & { name: string },
): RecordValues {
  const shown = fields.filter((field) => field !== 'password' && field !== 'access')
  return Object.fromEntries(shown.map((field) => [field, values[field] ?? null]))
}

/** A target that a connection with the new settings reached. */
interface ProvedTarget {
  target: Target
  /** Other stored databases that lead to the same database. */
  alsoStoredAs: string[]
}

/** Proves the new settings, over the connection that found the role where there is one. */
async function proveChange(
  request: EditRequest,
  opened: Session | null,
  change: Change,
  options: RunOptions,
): Promise<ProvedTarget> {
  const { store, stored, input } = request
  const { name } = stored
  const { changes, internal = [] } = input
  const { old, settings, rename = name } = change
  refuseInternalByName(settings, internal)
  warnOfUnstored(settings, options)
  const connecting = changes.password === undefined ? withStoredPassword(options) : options
  const prove = async (session: Session) => {
    reportConnection(session, settings, options)
    const checked = await checkTarget(session, internal, options)
    await checkAbilities(session, options)
    return checked
  }
  const isProof = opened !== null && isSameConnection(opened.settings, settings)
  const target = isProof ? await prove(opened) : await closing(await open(settings, connecting), prove)
  if (target.state.kind !== 'foreign' && target.state.kind !== 'ours') {
    const hint = installHint('Once the change is stored, install them:', rename, store.capabilities)
    warnOfMissingSchemas(target.state, { database: settings.database, hint }, options)
  }
  const { identity } = target.facts
  const { sameNames } = await findOtherRecords(store, { name, settings, identity }, options)
  if (!isSameTarget(old, settings)) warnOfOtherRecords(sameNames, options)
  await warnOfMove(request, change, identity, options)
  return { target, alsoStoredAs: sameNames }
}

/** Returns whether an open connection proves the settings. */
function isSameConnection(opened: ConnectionSettings, settings: ConnectionSettings): boolean {
  return isSameTarget(opened, settings) && opened.sslmode === settings.sslmode
}

function warnOfMissingSchemas(
  state: SchemaState,
  { database, hint }: { database: string; hint: string },
  options: RunOptions,
): void {
  options.onProgress?.({
    type: 'warning',
    message: `Database "${database}" has ${state.kind === 'remains' ? remainsText(state) : 'no Mathesar schemas'}.`,
    hint,
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
