import { OperatorError } from '../../errors.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { Belongings, Store, StoredDatabase, StoredServer } from '../../store/types.ts'
import { describeTarget } from '../open.ts'
import { isSpelledLike } from '../same-server.ts'
import { isSamePlace } from '../same-settings.ts'
import type { AccessChange } from './types.ts'

/** Returns the stored server that a connection leads to; `null` if none is stored. */
export async function findServer(
  store: Store,
  stored: StoredDatabase,
  { host, port }: Pick<ConnectionSettings, 'host' | 'port'>,
): Promise<StoredServer | null> {
  const servers = await store.servers()
  const isMove = host !== stored.host || port !== stored.port
  if (!isMove) return servers.find(({ databases }) => databases.includes(stored.name)) ?? null
  const same = servers.filter((server) => isSpelledLike(server, { host, port }))
  return same.find((server) => server.port !== null) ?? same[0] ?? null
}

/** Errors: `NAME_TAKEN` if another record of the server is that of the database. */
export async function refuseStoredTwice(
  store: Store,
  { name }: StoredDatabase,
  settings: ConnectionSettings,
): Promise<void> {
  const other = (await store.list()).find((one) => one.name !== name && isSamePlace(one, settings))
  if (other === undefined) return
  throw new OperatorError(
    'NAME_TAKEN',
    `The ${describeTarget(settings)} is already stored, as "${other.name}".`,
    `Mathesar stores a database of a server once: use "${other.name}", or remove one of the two.`,
    { field: 'database' },
  )
}

/** Returns the other databases that use a role of a server, where its new password is not the stored one. */
export async function passwordSharedWith(
  store: Store,
  { name }: StoredDatabase,
  server: StoredServer | null,
  { user, password }: ConnectionSettings,
): Promise<string[]> {
  if (server === null || !server.roles.includes(user)) return []
  const records = await store.list()
  const others = records.filter(
    (one) =>
      one.name !== name &&
      server.databases.includes(one.name) &&
      one.access?.some(({ role }) => role === user) === true,
  )
  const [first] = others
  if (first === undefined) return []
  const stored = await passwordOf(store, first.name, user)
  return stored === password ? [] : others.map((one) => one.name)
}

/** A damaged password is another one than any new one. */
async function passwordOf(store: Store, name: string, role: string): Promise<string | null | undefined> {
  try {
    return (await store.settings(name, role)).password
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'SECRET_KEY_MISMATCH') return undefined
    throw error
  }
}

/**
 * Returns the users whose role changes: those who are named, or else those of the old role where it is
 * replaced.
 */
export function accessChanges(
  { access = [] }: StoredDatabase,
  { users, oldRole, newRole }: { users: readonly string[]; oldRole: string; newRole: string },
): AccessChange[] {
  const ofOldRole = access.filter(({ role }) => role === oldRole).map(({ user }) => user)
  const mapped = users.length > 0 ? users : oldRole === newRole ? [] : ofOldRole
  return [...new Set(mapped)]
    .map((user) => ({
      user,
      role: newRole,
      before: access.find((other) => other.user === user)?.role ?? null,
    }))
    .filter(({ role, before }) => role !== before)
}

/**
 * Returns the rows of the old server that a database leaves behind without use; they are deleted. A role that
 * users of the database work as is none of them: it moves along.
 */
export async function leftBehind(
  store: Store,
  stored: StoredDatabase,
  { host, port }: ConnectionSettings,
): Promise<Pick<Belongings, 'roles' | 'servers'>> {
  if (host === stored.host && port === stored.port) return {}
  const { roles = 0, servers } = await store.belongings(stored.name)
  const lost = roles - (await movedRoles(store, stored))
  return { ...(lost > 0 ? { roles: lost } : {}), ...(servers ? { servers } : {}) }
}

/** Returns how many roles of a database no other database of its server uses. */
async function movedRoles(store: Store, { name, host, port, access = [] }: StoredDatabase): Promise<number> {
  const others = (await store.list()).filter(
    (other) => other.name !== name && other.host === host && other.port === port,
  )
  const used = new Set(others.flatMap((other) => (other.access ?? []).map(({ role }) => role)))
  return new Set(access.map(({ role }) => role).filter((role) => !used.has(role))).size
}

/** Returns the other databases of a stored server whose sslmode changes. */
export function sslmodeSharedWith(
  { name }: StoredDatabase,
  server: StoredServer | null,
  { sslmode }: ConnectionSettings,
): string[] {
  if (server === null || server.sslmode === sslmode) return []
  return server.databases.filter((other) => other !== name)
}
