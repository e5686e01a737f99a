import { OperatorError, usageError } from '../errors.ts'
import { shellQuoted, toRun } from '../hint.ts'
import type { ConnectionSettings, Session } from '../postgres/types.ts'
import { ownerOfSchema } from '../schema/inspect/owner.ts'
import type { Store, StoredDatabase } from '../store/types.ts'
import { type AdminLogin, isRefusedLogin, withAdminLogin } from './admin-login.ts'
import type { RunOptions } from './events.ts'
import { notFound } from './not-found.ts'
import { open } from './open.ts'

/*
 * A database of a live Mathesar has no role of its own, but those that its users are mapped to. One of them
 * acts: the one that owns schema msar, because nobody else may change what is in it, else the first.
 */

/** How many other roles are tried where the first one can't log in; a server may have thousands. */
const TRIED_OTHERS = 10

/** What a command states about the role that acts. */
export interface ActingRoleRequest {
  /** The operator chose this role. */
  role?: string | undefined
  /** What is used instead of the stored values. */
  changes?: Partial<ConnectionSettings>
  /** Who acts in place of the stored roles. */
  admin?: AdminLogin | undefined
  /** The caller warns itself where another role acts than the first one (`warnOfOtherRole`). */
  isWarned?: boolean
}

/** An open connection as the role that acts. */
export interface ActingSession {
  session: Session
  /** Its settings, with the changes. */
  settings: ConnectionSettings
  /** Why the first role does not act, where another one acts in its place. */
  refusal?: OperatorError
}

/** Returns the roles that are stored for a database; none if its server has none. */
export function storedRoles({ roles, user }: Pick<StoredDatabase, 'roles' | 'user'>): readonly string[] {
  return roles ?? (user === '' ? [] : [user])
}

/** Returns the stored record of that name. Errors: `NOT_FOUND`. */
export async function findStored(store: Store, name: string): Promise<StoredDatabase> {
  const stored = await store.find(name)
  if (stored === null) throw notFound(name, await store.names())
  return stored
}

/**
 * Returns the roles that may act, the first to try first. Errors: `USAGE` for a chosen role that is not
 * stored, `AUTHENTICATION_FAILED` if no role is stored.
 */
export function candidateRoles(stored: StoredDatabase, role: string | undefined): readonly string[] {
  const roles = storedRoles(stored)
  if (role !== undefined) {
    if (!roles.includes(role)) throw notStored(stored.name, role, roles)
    return [role]
  }
  // A record of one role has it even where its name is empty, as old rows have.
  if (stored.roles === undefined) return [stored.user]
  if (roles.length === 0) throw noRole(stored)
  return roles
}

/**
 * Connects to a stored database as the role that acts. A first role that the server does not let in is
 * replaced by another one that users work as. Errors: those of `candidateRoles` and of connecting (of the
 * first role), `NOT_FOUND`, `SECRET_KEY_MISMATCH`.
 */
export async function openAsActingRole(
  store: Store,
  stored: StoredDatabase,
  { role, admin, changes = {}, isWarned = changes.password !== undefined }: ActingRoleRequest,
  options: RunOptions,
): Promise<ActingSession> {
  if (admin !== undefined) return openAsAdmin(store, stored, admin, options)
  const roles = candidateRoles(stored, role)
  const connect = async (user: string, connecting: RunOptions): Promise<ActingSession> => {
    const settings = await changedSettings(store, stored, user, changes)
    return { session: await open(settings, connecting), settings }
  }
  const [first = ''] = roles
  if (roles.length < 2) return connect(first, options)
  const tryToConnect = (user: string) => withoutReports(options, (quietly) => connect(user, quietly))
  const opened = await connect(first, options).catch(async (error: unknown) => {
    if (!isRefusedLogin(error)) throw error
    const other = await firstOpened(othersOf(stored, first), tryToConnect, options)
    if (other === null) throw error
    const acting = { ...other, refusal: error }
    if (!isWarned) warnOfOtherRole(stored, acting, options)
    return acting
  })
  try {
    return await asOwner(opened, roles, tryToConnect, options)
  } catch (error) {
    await opened.session.close()
    throw error
  }
}

/** Connects as an administrator, whose login is used for this connection alone. */
async function openAsAdmin(
  store: Store,
  stored: StoredDatabase,
  admin: AdminLogin,
  options: RunOptions,
): Promise<ActingSession> {
  const [role = ''] = storedRoles(stored)
  const own = await roleSettings(store, stored, role, { isPasswordReplaced: true })
  return withAdminLogin(own, admin, async (settings, source) => {
    const { passwordSource: _stored, ...others } = options
    const session = await open(settings, source === null ? others : { ...others, passwordSource: source })
    return { session, settings }
  })
}

/**
 * Returns the role that is to own schemas that an administrator creates: an administrator never becomes their
 * owner, because Mathesar could then not upgrade them. Errors: `AUTHENTICATION_FAILED` if no role is stored.
 */
export function ownerForAdmin(stored: StoredDatabase, admin: AdminLogin | undefined): string | undefined {
  return admin === undefined ? undefined : candidateRoles(stored, undefined)[0]
}

/** Returns the other roles to try; those of other databases of the server prove nothing here. */
function othersOf(stored: StoredDatabase, first: string): string[] {
  return usedRoles(stored)
    .filter((role) => role !== first)
    .slice(0, TRIED_OTHERS)
}

/** Returns the stored roles that users of the database work as; all where nothing says who uses it. */
function usedRoles({ access, roles = [] }: Pick<StoredDatabase, 'access' | 'roles'>): string[] {
  return access === undefined ? roles : roles.filter((role) => access.some((one) => one.role === role))
}

/** Warns that another role than the first one acts, if it does, and why. */
export function warnOfOtherRole(
  { name, user: first }: Pick<StoredDatabase, 'name' | 'user'>,
  { settings, refusal }: ActingSession,
  options: RunOptions,
): void {
  if (refusal === undefined) return
  options.onProgress?.({
    type: 'warning',
    message: `${refusal.message} Role "${settings.user}" acts on "${name}" in place of role "${first}".`,
    hint: refusal.hint,
  })
}

/**
 * Returns the settings of the role that acts. Connects only where several roles are stored. Errors: those of
 * `openAsActingRole`.
 */
export async function actingSettings(
  store: Store,
  stored: StoredDatabase,
  request: ActingRoleRequest,
  options: RunOptions,
): Promise<ConnectionSettings> {
  const roles = candidateRoles(stored, request.role)
  const [first = ''] = roles
  if (roles.length < 2) return changedSettings(store, stored, first, request.changes)
  const { session, settings } = await openAsActingRole(store, stored, request, options)
  await session.close()
  return settings
}

/**
 * Returns the settings of a stored database with one of its roles; a record of one role, or none, needs no
 * choice. A damaged password is left out where it is to be replaced. Errors: `SECRET_KEY_MISMATCH`,
 * `NOT_FOUND`.
 */
export async function roleSettings(
  store: Store,
  stored: StoredDatabase,
  role: string,
  { isPasswordReplaced }: { isPasswordReplaced: boolean },
): Promise<ConnectionSettings> {
  const { name, roles } = stored
  const isChosen = roles !== undefined && roles.length > 0
  try {
    return await store.settings(name, isChosen ? role : undefined)
  } catch (error) {
    const isDamaged = error instanceof OperatorError && error.code === 'SECRET_KEY_MISMATCH'
    // Where roles belong to servers, the password alone is encrypted.
    if (!isDamaged || !isPasswordReplaced || !store.capabilities.hasServers) throw error
    return settingsWithoutPassword(stored, role)
  }
}

/** Returns the settings to connect with as a role. */
async function changedSettings(
  store: Store,
  stored: StoredDatabase,
  role: string,
  changes: Partial<ConnectionSettings> = {},
): Promise<ConnectionSettings> {
  const isPasswordReplaced = changes.password !== undefined
  return { ...(await roleSettings(store, stored, role, { isPasswordReplaced })), ...changes }
}

function settingsWithoutPassword(stored: StoredDatabase, user: string): ConnectionSettings {
  const { host, port, database, sslmode, sslrootcert } = stored
  const unheld = { sslcert: null, sslkey: null, options: null }
  return { host, port, database, user, password: null, sslmode, sslrootcert, ...unheld }
}

/** Runs an attempt that reports nothing until it has succeeded. */
async function withoutReports<T>(
  options: RunOptions,
  attempt: (quietly: RunOptions) => Promise<T>,
): Promise<T> {
  const { onProgress } = options
  if (onProgress === undefined) return attempt(options)
  let isQuiet = true
  const quietly: RunOptions = { ...options, onProgress: (event) => isQuiet || onProgress(event) }
  const result = await attempt(quietly)
  isQuiet = false
  return result
}

/** Returns the first role's connection that the server accepts; `null` if there is none. */
async function firstOpened(
  roles: readonly string[],
  connect: (role: string) => Promise<ActingSession>,
  { signal }: RunOptions,
): Promise<ActingSession | null> {
  for (const role of roles) {
    try {
      return await connect(role)
    } catch (error) {
      if (!(error instanceof OperatorError) || signal?.aborted) throw error
    }
  }
  return null
}

/** Returns a connection as the role that owns schema msar where that is stored and can log in. */
async function asOwner(
  opened: ActingSession,
  roles: readonly string[],
  connect: (role: string) => Promise<ActingSession>,
  options: RunOptions,
): Promise<ActingSession> {
  const { user } = opened.settings
  const owner = await ownerOfSchema(opened.session, 'msar')
  const isOther = owner !== null && owner !== user && roles.includes(owner)
  const other = isOther ? await firstOpened([owner], connect, options) : null
  if (other !== null) await opened.session.close()
  const { refusal } = opened
  const acting = other && refusal ? { ...other, refusal } : (other ?? opened)
  options.onProgress?.({ type: 'detail', message: reasonText(acting.settings.user, owner, isOther) })
  return acting
}

function reasonText(user: string, owner: string | null, isOtherOwner: boolean): string {
  if (user === owner) return `role "${user}" acts: it owns schema msar`
  return isOtherOwner
    ? `role "${user}" acts: role "${owner}", which owns schema msar, can't log in`
    : `role "${user}" acts: no stored role owns schema msar`
}

function notStored(name: string, role: string, roles: readonly string[]): OperatorError {
  const quoted = roles.map((stored) => JSON.stringify(stored)).join(', ')
  return usageError(
    `No role ${JSON.stringify(role)} is stored for ${JSON.stringify(name)}.`,
    roles.length === 0
      ? 'No role is stored for it: leave --role out.'
      : `Pass one of the stored roles with --role: ${quoted}.`,
    'role',
  )
}

function noRole({ name }: StoredDatabase): OperatorError {
  return new OperatorError(
    'AUTHENTICATION_FAILED',
    `No role is stored for ${JSON.stringify(name)}: nobody can connect to it, in Mathesar either.`,
    toRun(
      'Store one for a user of Mathesar:',
      `mathesarctl db edit ${shellQuoted(name)} --user ROLE --password-stdin --mathesar-user USER`,
    ),
    { field: 'role' },
  )
}
