import { usageError } from '../../errors.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { Credentials } from '../credentials.ts'
import { hasNicknames, hasSslMode } from '../django/layout.ts'
import type { Layout, MapRow, RoleRow, ServerRow } from '../django/types.ts'
import { nameTaken, recordChanged } from '../errors.ts'
import type { UpdateOptions } from '../types.ts'
import { noUsers, storedAlready, withoutNicknames } from './insert.ts'
import { DEFAULT_PORT, isForm } from './naming.ts'
import { isStored, toStoredPassword } from './passwords.ts'
import type { SavePlan } from './save.ts'
import { findDatabase, portFor, serverFor, storableSslMode } from './servers.ts'
import { type Entry, leadsTo, type View } from './view.ts'

/** What is to change about a stored database. */
export interface Change extends UpdateOptions {
  changes: Partial<ConnectionSettings>
  /** The name that it is called by, and the one that it is to have; the same if that does not change. */
  name: string
  rename: string
}

/** The rows between which a plan decides. */
interface Context {
  view: View
  entry: Entry
  credentials: Credentials
  layout: Layout
  changes: Partial<ConnectionSettings>
  /** The role whose password or name changes; `null` if the database has none. */
  role: RoleRow | null
  /** The server that the database will have; `null` if there is no row for it yet. */
  server: ServerRow | null
  isMove: boolean
}

/**
 * Plans the change of a stored database. A new password is the role's, for all databases of its server; a new
 * sslmode is the server's. With a new host or port, the database alone moves to the row of that server, with
 * the roles of its users and forms.
 *
 * Errors: `NAME_TAKEN`, `LOCKED` (it does not have the expected connection any more), `USAGE`.
 *
 * @param formRoles the roles that its forms use; only asked for where it moves
 */
export function planUpdate(
  view: View,
  entry: Entry,
  change: Change,
  credentials: Credentials,
  layout: Layout,
  formRoles: readonly number[],
): SavePlan {
  const { changes, users } = change
  const role = expectedRole(view, entry, change)
  const host = changes.host ?? entry.host
  const port = changes.port ?? entry.port ?? DEFAULT_PORT
  const database = changes.database ?? entry.database
  const isMove = !leadsTo(entry, { host, port, database: entry.database })
  const server = isMove ? serverFor(view, { host, port, database }) : entry.server
  const stored = server && findDatabase(view, server, database)
  if (stored && stored.id !== entry.id) throw storedAlready(stored)
  const context: Context = { view, entry, credentials, layout, changes, role, server, isMove }
  const named = nameAfter(context, change, { host, port, database })
  const maps = mapsAfter(context, users)
  const sslmode = changes.sslmode === undefined ? null : storableSslMode(changes.sslmode)
  return {
    server: {
      id: server?.id ?? null,
      host,
      port: server ? server.port : portFor(host, port, layout),
      sslmode: hasSslMode(layout) ? (sslmode ?? (server ? null : entry.server.sslmode)) : null,
    },
    database: { id: entry.id, name: database, nickname: named.nickname, sqlVersion: null },
    roles: rolesAfter(context, maps, formRoles),
    maps,
    leaves: isMove ? entry.server.id : null,
    formRoles: isMove ? formRoles : [],
    newBase: named.newBase,
  }
}

/** Whether a change moves a database to another server. */
export function isMove(entry: Entry, { host, port }: Partial<ConnectionSettings>): boolean {
  const { database } = entry
  return !leadsTo(entry, { host: host ?? entry.host, port: port ?? entry.port ?? DEFAULT_PORT, database })
}

/** Errors: `LOCKED` if the database has another connection than the expected one. */
function expectedRole(view: View, entry: Entry, { expected, name }: Change): RoleRow | null {
  if (expected === undefined) return view.firstRole(entry)
  if (!leadsTo(entry, expected)) throw recordChanged(name)
  const role = view.roleNamed(entry.server.id, expected.user)
  // A database without a role has the user ''.
  if (role === null && expected.user !== '') throw recordChanged(name)
  return role
}

/** Returns the nickname that a database will have, and its name without a server if that is a new one. */
function nameAfter(
  { view, entry, layout }: Context,
  { name, rename }: Change,
  address: Pick<ConnectionSettings, 'host' | 'port' | 'database'>,
): { nickname: string | null; newBase: string | null } {
  const { database } = address
  const isRename = rename !== name
  if (!hasNicknames(layout)) {
    const own = { id: entry.id, base: database, ...address }
    if (isRename && !isForm(rename, own)) throw withoutNicknames(own)
    return { nickname: null, newBase: null }
  }
  if (!isRename && database === entry.database) return { nickname: entry.row.nickname, newBase: null }
  const base = isRename ? rename : entry.base
  const nickname = base === database ? null : base
  if (base === entry.base) return { nickname, newBase: null }
  if (view.meantBy(base).some((other) => other.id !== entry.id)) throw nameTaken(base)
  return { nickname, newBase: base }
}

/**
 * Returns who is mapped to which role: the given users, or else those of the role, to the role by its new
 * name; all others of a database that moves to their roles on the other server.
 */
function mapsAfter({ view, entry, changes, role, isMove }: Context, users: readonly string[] | undefined) {
  const target = changes.user || role?.name
  const existing = view.mapsOf(entry.id)
  const mapped = new Set(existing.map(({ userId }) => userId))
  const ofRole = existing.filter(({ roleId }) => roleId === role?.id)
  const userIds = users === undefined ? ofRole.map(({ userId }) => userId) : idsOf(view, users)
  const isChange = users !== undefined || (target !== undefined && target !== role?.name)
  if (users !== undefined && target === undefined) throw withoutRole(entry)
  const given =
    isChange && target !== undefined
      ? userIds.map((userId) => ({ userId, role: target, isNew: !mapped.has(userId) }))
      : []
  if (!isMove) return given
  const isGiven = new Set(given.map(({ userId }) => userId))
  const kept = existing.filter(({ userId }) => !isGiven.has(userId))
  return [...given, ...kept.map((map) => ({ userId: map.userId, role: roleName(view, map), isNew: false }))]
}

function roleName(view: View, { roleId }: MapRow): string {
  return view.roleById(roleId)?.name ?? ''
}

/** Errors: `USAGE` if no such user exists any more. */
function idsOf(view: View, users: readonly string[]): number[] {
  const ids = [...new Set(users)].flatMap((name) => view.userNamed(name)?.id ?? [])
  if (ids.length === 0) throw noUsers(users)
  return ids
}

/** Returns the roles that the database will use, with the passwords that they will have. */
function rolesAfter(
  context: Context,
  maps: SavePlan['maps'],
  formRoles: readonly number[],
): SavePlan['roles'] {
  const { view, entry, changes, role, server, isMove } = context
  const target = changes.user || role?.name
  if (target === undefined && changes.password !== undefined && changes.password !== null) {
    throw withoutRole(entry)
  }
  const names = new Set(maps.map((map) => map.role))
  if (target !== undefined) names.add(target)
  if (isMove) for (const id of formRoles) names.add(view.roleById(id)?.name ?? '')
  names.delete('')
  return [...names].map((name) => {
    const existing = server && view.roleNamed(server.id, name)
    const old = view.roleNamed(entry.server.id, name) ?? role
    const password = name === target ? provedPassword(context, existing, old) : (existing ?? old)?.password
    return { id: existing?.id ?? null, name, password: password ?? null }
  })
}

/**
 * Returns the stored form of the password that the changed role has: the given one; or else, for a role on
 * another server and for a new one, the one that it had so far.
 */
function provedPassword(
  { changes, credentials, layout, isMove }: Context,
  existing: RoleRow | null,
  old: RoleRow | null,
): string | null {
  const { password } = changes
  if (password === undefined) {
    const own = isMove ? (old ?? existing) : (existing ?? old)
    if (own === null) return toStoredPassword(null, credentials, layout)
    return existing !== null && isSamePassword(own, existing, credentials) ? existing.password : own.password
  }
  const stored = existing ?? old
  const isKept = stored !== null && isStored(password, stored.password, credentials)
  return isKept ? stored.password : toStoredPassword(password, credentials, layout)
}

/** Two encryptions of one password differ. */
function isSamePassword(a: RoleRow, b: RoleRow, credentials: Credentials): boolean {
  if (a.password === b.password) return true
  if (a.password === null || credentials.canDecrypt(a.password) === false) return false
  return isStored(credentials.decrypt(a.password, ''), b.password, credentials)
}

/** `USAGE`: a password or a user needs a role to belong to. */
function withoutRole({ name }: Entry): Error {
  return usageError(
    `No role is stored for ${JSON.stringify(name)}, so that no password and no user can belong to one.`,
    'Name the role with --user as well.',
    'user',
  )
}
