import { OperatorError } from '../../errors.ts'
import { joinHints, toRun } from '../../hint.ts'
import { checkMayCreateDatabase } from '../../postgres/database/create.ts'
import type { ConnectionSettings, ServerFacts, Session } from '../../postgres/types.ts'
import { planInstall } from '../../schema/install/install.ts'
import { bundledSource } from '../../schema/sources/index.ts'
import type { SchemaState } from '../../schema/types.ts'
import { requireHoldable } from '../../store/capabilities.ts'
import { checkName } from '../../store/name.ts'
import type { Store } from '../../store/types.ts'
import {
  checkAbilities,
  checkTarget,
  describePrivileges,
  type Target,
  warnOfEventTriggers,
} from '../check-target.ts'
import { chooseAction, isSchemaWritten, type SchemaAction, warnOfReplacement } from '../choose-action.ts'
import type { RunOptions } from '../events.ts'
import { refuseInternalByName } from '../internal-target.ts'
import { requireUsers } from '../mathesar-users.ts'
import { nameTakenBy } from '../name-taken.ts'
import { connectOptions, warnOfUnstored, withStoredPassword } from '../open.ts'
import { type Recovery, recoverInterrupted } from '../recover/index.ts'
import { findOtherRecords, warnOfOtherRecords } from '../same-database.ts'
import { isSameTarget } from '../same-settings.ts'
import { refuseLookalike } from '../stored-name.ts'
import { openDatabase } from './connect.ts'
import { checkForRegistration, requireRegistration } from './registration.ts'
import type { AddDatabaseInput, AddRequest, CheckedDatabase, CheckedTarget, ExistingRecord } from './types.ts'
import type { UndoStack } from './undo.ts'

/**
 * Checks the name and the settings against the internal database, after it has finished what an interrupted
 * run left under that name. Errors: `USAGE`, `LOCKED`, `SECRET_KEY_MISMATCH`, `NAME_TAKEN`,
 * `INTERNAL_DATABASE_TARGET`.
 */
export async function checkRequest(
  store: Store,
  input: AddDatabaseInput,
  options: RunOptions,
): Promise<AddRequest> {
  const { name, settings: given } = input
  requireRegistration(store.capabilities, input)
  requireUsers(store.capabilities, input.users ?? [])
  const invalid = checkName(name)
  // An earlier version may have stored it.
  if (invalid !== null && !(await isInUse(store, name))) {
    throw new OperatorError('USAGE', invalid, 'Choose another name.', { field: 'name' })
  }
  // Deriving the key takes as long as connecting: both run at the same time, and nothing is written before.
  const keyFits = store.verifyKey()
  keyFits.catch(() => {})
  const recoveries = input.dryRun
    ? []
    : await recoverInterrupted(store, { ...options, name, settings: given })
  for (const recovery of recoveries) {
    // If another database has the name by now, the check below reports that. An addition of another name that
    // could go on under this one waits in the journal, and does not concern this run.
    const isDisplaced = recovery.reason?.code === 'NAME_TAKEN' || recovery.name !== name
    if (recovery.outcome === 'waiting' && !isDisplaced) throw stillWaiting(recovery)
  }

  const stored = await store.names()
  const isKnown = stored.includes(name)
  if (isKnown) await keyFits
  else refuseLookalike(name, stored, 'name')
  const existing = isKnown ? await readExisting(store, input) : null
  const settings = existing ? settingsAgain(input, existing) : given
  if (!existing) options.onProgress?.({ type: 'check', check: 'name', detail: `"${name}" is free` })
  refuseInternalByName(settings, input.internal ?? [])
  requireHoldable(settings, store.capabilities)
  warnOfUnstored(settings, options)
  const source = input.source ?? bundledSource()
  return {
    store,
    input: { ...input, settings },
    source,
    options: given.password === null && existing ? withStoredPassword(options) : options,
    keyFits,
    existing,
  }
}

/** Returns whether a database is stored under a name, or an interrupted operation has it. */
async function isInUse(store: Store, name: string): Promise<boolean> {
  if ((await store.names()).includes(name)) return true
  return (await store.interrupted()).some((operation) => operation.name === name)
}

/**
 * Checks the server, the database and the role, and decides what becomes of the schemas; changes nothing.
 * Errors: those of connecting, `INTERNAL_DATABASE_TARGET`, `UNSUPPORTED_SERVER`, `READ_ONLY_SERVER`,
 * `POOLED_CONNECTION`, `SCHEMA_CONFLICT`, `INSUFFICIENT_PRIVILEGE`.
 */
export async function checkDatabase(request: AddRequest, steps: UndoStack): Promise<CheckedTarget> {
  const session = await openDatabase(request, steps)
  if (session !== null) return { kind: 'present', database: await checkInside(request, session) }
  const { input, options } = request
  await checkMayCreateDatabase(input.settings, connectOptions(options))
  const detail = `role "${input.settings.user}" may create databases`
  options.onProgress?.({ type: 'check', check: 'privileges', detail })
  return { kind: 'missing' }
}

/** Checks an open database. Errors: those of `checkDatabase` that do not come from connecting. */
export async function checkInside(request: AddRequest, session: Session): Promise<CheckedDatabase> {
  const { input, options } = request
  const { facts, state } = await checkTarget(session, input.internal ?? [], options)
  const action = input.registerOnly
    ? await checkForRegistration(session, { facts, state }, options)
    : await checkForInstall(request, session, { facts, state })
  options.onProgress?.({ type: 'check', check: 'privileges', detail: describePrivileges(facts) })
  const { sameNames } = await findOtherRecords(request.store, { ...input, identity: facts.identity }, options)
  if (!request.existing) warnOfOtherRecords(sameNames, options)
  return { session, facts, state, action, alsoStoredAs: sameNames }
}

/** Decides what to do with the schemas, and checks that the role may. Errors: those of `checkInside`. */
async function checkForInstall(
  request: AddRequest,
  session: Session,
  { facts, state }: Target,
): Promise<SchemaAction> {
  const { input, source, options } = request
  const chosenAction = chooseAction(state, input.existingSchema ?? null, source, input.settings.database)
  if (isSchemaWritten(chosenAction) && chosenAction !== 'upgrade') planInstall(source, state, facts)
  // A role that creates the schemas itself can do everything with them.
  const isInstaller = chosenAction === 'install' && facts.privileges.create
  if (!isInstaller) await checkAbilities(session, options)
  const action: SchemaAction =
    chosenAction === 'upgrade' && !canUpgrade(request, state, facts) ? 'keep' : chosenAction
  if (isSchemaWritten(action)) {
    warnOfReplacement(state, action, source, options)
    warnOfEventTriggers(facts, options)
  }
  return action
}

/**
 * Returns whether the role may upgrade the schemas. One that may use but not change them can be added all the
 * same: a warning says who can upgrade them.
 */
function canUpgrade({ source, options }: AddRequest, state: SchemaState, facts: ServerFacts): boolean {
  try {
    planInstall(source, state, facts)
    return true
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code !== 'INSUFFICIENT_PRIVILEGE') throw error
    options.onProgress?.({
      type: 'warning',
      message: `The Mathesar schemas stay at version ${state.record?.version}: ${error.message}`,
      hint: toRun('As their owner, or as a superuser, run:', 'mathesarctl schema install'),
    })
    return false
  }
}

/**
 * Returns the record of a name that is stored already; `null` if somebody removed it meanwhile. Errors:
 * `NAME_TAKEN` if it has another target.
 */
async function readExisting(
  store: Store,
  { name, settings }: AddDatabaseInput,
): Promise<ExistingRecord | null> {
  const database = await store.find(name)
  if (database === null) return null
  const stored = await store.settings(name)
  if (isSameTarget(stored, settings)) return { database, settings: stored }
  throw nameTakenBy(database)
}

/** Returns the settings for a name that is stored already, for the same target. */
function settingsAgain(
  { settings, assumed = [] }: AddDatabaseInput,
  { settings: stored }: ExistingRecord,
): ConnectionSettings {
  // Given values outrank stored ones; stored ones outrank defaults.
  const storedValues = Object.fromEntries(assumed.map((field) => [field, stored[field]]))
  return { ...settings, ...storedValues, password: settings.password ?? stored.password }
}

/** Returns the error for a name that a killed run reserved whose outcome can't be looked up. */
function stillWaiting({ name, kind, reason }: Recovery): OperatorError {
  return new OperatorError(
    'LOCKED',
    `An earlier run was interrupted while ${kind === 'add' ? 'adding' : 'removing'} "${name}", and its outcome can't be determined: ${reason?.message ?? ''}`,
    joinHints(
      reason?.hint ?? '',
      'Then run the command again. Or delete what is left of that run with "mathesarctl db remove".',
    ),
    { field: 'name' },
  )
}
