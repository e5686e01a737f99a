import { OperatorError } from '../../errors.ts'
import { joinHints } from '../../hint.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import { bundledSource } from '../../schema/sources/index.ts'
import { requireHoldable } from '../../store/capabilities.ts'
import { checkName } from '../../store/name.ts'
import type { Store, StoredDatabase } from '../../store/types.ts'
import type { RunOptions } from '../events.ts'
import { refuseInternalByName } from '../internal-target.ts'
import { findUsers, requireUsers } from '../mathesar-users.ts'
import { warnOfUnstored, withStoredPassword } from '../open.ts'
import { recordSettings } from '../record-settings.ts'
import { type Recovery, recoverInterrupted } from '../recover/index.ts'
import { findSpelled } from '../same-server.ts'
import { refuseLookalike } from '../stored-name.ts'
import { planAccess } from './access.ts'
import { findExisting, namesTaken, readNamesakes, requireOwnName } from './existing.ts'
import { requireInstallOptions } from './registration.ts'
import { readStoredPassword } from './row.ts'
import type { AddDatabaseInput, AddRequest, ExistingRecord } from './types.ts'

/**
 * Checks the name, the users and the settings against the internal database, after it has finished what an
 * interrupted run left under that name. Errors: `USAGE`, `LOCKED`, `SECRET_KEY_MISMATCH`, `NAME_TAKEN`,
 * `INTERNAL_DATABASE_TARGET`.
 */
export async function checkRequest(
  store: Store,
  input: AddDatabaseInput,
  options: RunOptions,
): Promise<AddRequest> {
  const { name, settings: given } = input
  const { capabilities } = store
  requireInstallOptions(capabilities, input)
  requireUsers(capabilities, input.users ?? [])
  const invalid = checkName(name)
  // An earlier version may have stored it.
  if (invalid !== null && !(await isInUse(store, name))) {
    throw new OperatorError('USAGE', invalid, 'Choose another name.', { field: 'name' })
  }
  // Deriving the key takes as long as connecting: both run at the same time, and nothing is written before.
  const keyFits = store.verifyKey()
  keyFits.catch(() => {})
  await settleInterrupted(store, input, options)

  const namesakes = await readNamesakes(store, name)
  if (namesakes.length > 0) await keyFits
  else refuseLookalike(name, await store.names(), 'name')
  const existing = await findExisting(store, namesakes, given)
  const isUndecided = existing === null && (await mayBeRespelled(store, namesakes, given))
  if (existing === null && namesakes.length > 0 && !isUndecided) {
    throw namesTaken(store, name, namesakes, given)
  }
  if (namesakes.length === 0) {
    requireOwnName(store, name, given)
    options.onProgress?.({ type: 'check', check: 'name', detail: `"${name}" is free` })
  }
  const named = capabilities.hasUsers ? findUsers(await store.users(), input.users ?? [], options) : []
  // Nobody may have to wait for a server in order to learn that a flag is missing.
  if (!isUndecided) await planAccess(store, given.user, named, existing)
  const known = existing ? settingsAgain(input, existing) : await withServerValues(store, input, keyFits)
  refuseInternalByName(known, input.internal ?? [])
  requireHoldable(recordSettings(known, capabilities), capabilities)
  warnOfUnstored(known, options)
  const isStoredPassword = given.password === null && known.password !== null
  return {
    store,
    input: { ...input, settings: known },
    source: input.source ?? bundledSource(),
    options: isStoredPassword ? withStoredPassword(options) : options,
    named,
    namesakes,
    keyFits,
    existing,
  }
}

/** Returns whether a database is stored under a name, or an interrupted operation has it. */
async function isInUse(store: Store, name: string): Promise<boolean> {
  if ((await store.namesFor(name)).length > 0) return true
  return (await store.interrupted()).some((operation) => operation.name === name)
}

/** Errors: `LOCKED` if the outcome of an interrupted operation of that name can't be determined. */
async function settleInterrupted(
  store: Store,
  { name, settings, dryRun }: AddDatabaseInput,
  options: RunOptions,
): Promise<void> {
  const recoveries = dryRun ? [] : await recoverInterrupted(store, { ...options, name, settings })
  for (const recovery of recoveries) {
    // If another database has the name by now, the check of the name reports that. An addition of another
    // name that could go on under this one waits in the journal, and does not concern this run.
    const isDisplaced = recovery.reason?.code === 'NAME_TAKEN' || recovery.name !== name
    if (recovery.outcome === 'waiting' && !isDisplaced) throw stillWaiting(recovery)
  }
}

/**
 * Returns whether only the server can tell if a stored database of that name is the target: the server may be
 * stored in another spelling.
 */
async function mayBeRespelled(
  store: Store,
  namesakes: readonly StoredDatabase[],
  settings: ConnectionSettings,
): Promise<boolean> {
  if (!store.capabilities.hasServers) return false
  if (!namesakes.some(({ database }) => database === settings.database)) return false
  return findSpelled(await store.servers(), settings) === null
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

/**
 * Returns the settings with what is stored of their server where nobody gave a value: its TLS mode, and the
 * password of the role.
 */
async function withServerValues(
  store: Store,
  { settings, assumed = [] }: AddDatabaseInput,
  keyFits: Promise<void>,
): Promise<ConnectionSettings> {
  const server = store.capabilities.hasServers ? findSpelled(await store.servers(), settings) : null
  if (server === null) return settings
  if (settings.password === null) await keyFits
  const stored = settings.password === null ? await readStoredPassword(store, server, settings.user) : null
  return {
    ...settings,
    ...(assumed.includes('sslmode') ? { sslmode: server.sslmode } : {}),
    ...(stored === null ? {} : { password: stored.password }),
  }
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
