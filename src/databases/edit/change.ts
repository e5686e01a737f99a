import { OperatorError, usageError } from '../../errors.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import { requireHoldable, requireRename, storedSslMode } from '../../store/capabilities.ts'
import { checkName } from '../../store/name.ts'
import type { Store, StoredDatabase, UpdateOptions } from '../../store/types.ts'
import { roleSettings } from '../acting-role.ts'
import { changedFields } from '../same-settings.ts'
import { refuseLookalike } from '../stored-name.ts'
import { newSettings } from './role.ts'
import {
  accessChanges,
  findServer,
  leftBehind,
  passwordSharedWith,
  refuseStoredTwice,
  sslmodeSharedWith,
} from './sharing.ts'
import type { EditDatabaseInput, EditedField, SharedChanges } from './types.ts'

/** The changes of an edit. */
export interface Change {
  old: ConnectionSettings
  /** The connection that is proved. */
  settings: ConnectionSettings
  /** What the record will contain of it. */
  held: ConnectionSettings
  /** The new name, where it differs from the old one. */
  rename: string | undefined
  /** The names of the fields that change. */
  fields: EditedField[]
  shared: SharedChanges
  /** What the store writes. */
  update: { changes: Partial<ConnectionSettings>; options: UpdateOptions }
}

/** An edit of a stored database as the role that it is about. */
export interface EditRequest {
  store: Store
  stored: StoredDatabase
  input: EditDatabaseInput
  /** The role as it is stored; '' if none is. */
  role: string
}

/**
 * Plans the changes of an edit. Errors: `SECRET_KEY_MISMATCH`, `USAGE` for what the store can't hold,
 * `NAME_TAKEN` if the new values are those of another record.
 */
export async function planChange(request: EditRequest, rename: string | undefined): Promise<Change> {
  const { store, stored, input, role } = request
  const { capabilities } = store
  const isPasswordReplaced = input.changes.password !== undefined
  const old = await roleSettings(store, stored, role, { isPasswordReplaced })
  const settings = await settingsToProve(request)
  const held = heldSettings(settings, old, store)
  requireHoldable(unheldOptions(input.changes, store), capabilities)
  const changed = changedFields(old, held)
  const shared = capabilities.hasServers ? await planShared(request, held, changed) : {}
  const fields: EditedField[] = [
    ...(rename === undefined ? [] : ['name' as const]),
    ...changed,
    ...(shared.access ? ['access' as const] : []),
  ]
  const { hasServers } = capabilities
  const changes = hasServers ? pick(held, changed) : withoutUnheld(input.changes, store)
  return {
    old,
    settings,
    held,
    rename,
    fields,
    shared,
    update: { changes, options: updateOptions(request, shared, old) },
  }
}

/**
 * Refuses a new name that is taken, or that the store can't have. Returns it where it differs. Errors:
 * `USAGE`, `NAME_TAKEN`.
 */
export async function checkRename(
  store: Store,
  { name, rename }: EditDatabaseInput,
): Promise<string | undefined> {
  if (rename === undefined || rename === name) return undefined
  requireRename(store.capabilities)
  const invalid = checkName(rename)
  if (invalid !== null) throw usageError(invalid, 'Choose another name.', 'rename')
  const others = (await store.names()).filter((other) => other !== name)
  // The name that a database shares with others is taken, too.
  const meant = await store.namesFor(rename)
  if (others.includes(rename) || meant.some((other) => other !== name)) {
    throw new OperatorError('NAME_TAKEN', `The name "${rename}" is taken.`, 'Choose another name.', {
      field: 'rename',
    })
  }
  if (meant.includes(name)) return undefined
  refuseLookalike(rename, others, 'rename')
  return rename
}

/** A server that is stored already has an sslmode of its own. */
async function settingsToProve({ store, stored, input, role }: EditRequest): Promise<ConnectionSettings> {
  const settings = await newSettings(store, stored, role, input.changes)
  if (input.changes.sslmode !== undefined || !store.capabilities.hasServers) return settings
  const server = await findServer(store, stored, settings)
  return server === null ? settings : { ...settings, sslmode: server.sslmode }
}

/** Returns what the record will contain of the settings: without what it can't hold. */
function heldSettings(
  settings: ConnectionSettings,
  old: ConnectionSettings,
  { capabilities }: Store,
): ConnectionSettings {
  const sslmode = storedSslMode(settings.sslmode, capabilities) ?? old.sslmode
  const { sslrootcert } = capabilities.hasConnectionOptions ? settings : old
  return { ...settings, sslmode, sslrootcert }
}

/** The certificate that a server is checked with may be used for the proof alone. */
function unheldOptions(
  changes: Partial<ConnectionSettings>,
  { capabilities }: Store,
): Partial<ConnectionSettings> {
  if (capabilities.hasConnectionOptions) return changes
  const { sslrootcert: _proof, ...others } = changes
  return others
}

function withoutUnheld(changes: Partial<ConnectionSettings>, store: Store): Partial<ConnectionSettings> {
  const { sslmode, ...others } = unheldOptions(changes, store)
  const held = sslmode === undefined ? null : storedSslMode(sslmode, store.capabilities)
  return held === null ? others : { ...others, sslmode: held }
}

async function planShared(
  { store, stored, input, role }: EditRequest,
  held: ConnectionSettings,
  changed: readonly (keyof ConnectionSettings)[],
): Promise<SharedChanges> {
  const server = await findServer(store, stored, held)
  await refuseStoredTwice(store, stored, held)
  const access = accessChanges(stored, { users: input.users ?? [], oldRole: role, newRole: held.user })
  if (changed.includes('user') && access.length === 0 && !isMapped(stored, held.user))
    throw nobodyMapped(held.user)
  const password = await passwordSharedWith(store, stored, server, held)
  const sslmode = sslmodeSharedWith(stored, server, held)
  const deletes = await leftBehind(store, stored, held)
  return {
    ...((stored.roles?.length ?? 0) > 1 ? { role } : {}),
    ...(password.length > 0 ? { passwordSharedWith: password } : {}),
    ...(sslmode.length > 0 ? { sslmodeSharedWith: sslmode } : {}),
    ...(access.length > 0 ? { access } : {}),
    ...(Object.keys(deletes).length > 0 ? { deletes } : {}),
  }
}

function isMapped({ access = [] }: StoredDatabase, role: string): boolean {
  return access.some((other) => other.role === role)
}

function nobodyMapped(role: string): OperatorError {
  return usageError(
    `Nobody uses the role that "${role}" is to replace.`,
    'Name the users of Mathesar who are to use the database with --mathesar-user.',
    'mathesar-user',
  )
}

/** A role, and a server, that are stored anew need all their values. */
function pick(
  held: ConnectionSettings,
  changed: readonly (keyof ConnectionSettings)[],
): Partial<ConnectionSettings> {
  const { password, sslmode } = held
  const isRoleNew = ['host', 'port', 'user'].some((field) =>
    changed.includes(field as keyof ConnectionSettings),
  )
  const isServerNew = changed.includes('host') || changed.includes('port')
  return {
    ...Object.fromEntries(changed.map((field) => [field, held[field]])),
    ...(isRoleNew ? { password } : {}),
    ...(isServerNew ? { sslmode } : {}),
  }
}

function updateOptions(
  { store, stored, role }: EditRequest,
  { access = [] }: SharedChanges,
  old: ConnectionSettings,
): UpdateOptions {
  if (!store.capabilities.isMathesars) return {}
  const { host, port, database } = stored
  const users = access.map(({ user }) => user)
  return {
    expected: { host, port, database, user: role === '' ? old.user : role },
    ...(users.length > 0 ? { users } : {}),
  }
}
