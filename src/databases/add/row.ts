import { OperatorError } from '../../errors.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { Store, StoredServer } from '../../store/types.ts'
import { findSpelled, isSpelledLike } from '../same-server.ts'
import { planAccess } from './access.ts'
import type { AddRequest, ExistingRecord, RowPlan } from './types.ts'

/**
 * Returns what the add writes, and what it changes for other stored databases: a password belongs to a role
 * of a server, and the TLS mode to the server. Errors: `USAGE` if nobody would use the database.
 *
 * @param settings those of the row
 */
export async function planRow(
  { store, named }: AddRequest,
  existing: ExistingRecord | null,
  settings: ConnectionSettings,
): Promise<Omit<RowPlan, 'isOtherSpelling'>> {
  const access = await planAccess(store, settings.user, named, existing)
  const server = store.capabilities.hasServers ? findSpelled(await store.servers(), settings) : null
  if (server === null) {
    const isStoredPassword = existing !== null && existing.settings.password === settings.password
    return { settings, access, isStoredPassword, passwordSharedWith: [], sslmode: null }
  }
  const stored = await readStoredPassword(store, server, settings.user)
  const isStoredPassword = stored !== null && stored.password === settings.password
  const others = (names: readonly string[]) => names.filter((name) => name !== existing?.database.name)
  const isNewPassword = stored !== null && !isStoredPassword
  return {
    settings,
    access,
    isStoredPassword,
    passwordSharedWith: isNewPassword ? others(await databasesOf(store, server, settings.user)) : [],
    sslmode:
      server.sslmode === settings.sslmode
        ? null
        : { before: server.sslmode, sharedWith: others(server.databases) },
  }
}

/** A password of the store; `isDamaged`: the key does not open it. */
interface StoredPassword {
  password: string | null
  isDamaged: boolean
}

/**
 * Returns the stored password of a role of a server; `null` if none can be read. One that the key does not
 * open is none of those that anybody can know.
 */
export async function readStoredPassword(
  store: Store,
  server: StoredServer,
  role: string,
): Promise<StoredPassword | null> {
  const [name] = server.databases
  if (name === undefined || !server.roles.includes(role)) return null
  try {
    const { password } = await store.settings(name, role)
    return { password, isDamaged: false }
  } catch (error) {
    const isDamaged = error instanceof OperatorError && error.code === 'SECRET_KEY_MISMATCH'
    if (!isDamaged) throw error
    return { password: null, isDamaged: true }
  }
}

/** Returns the names of the databases of a server that somebody uses as a role. */
export async function databasesOf(store: Store, server: StoredServer, role: string): Promise<string[]> {
  const databases = await store.list()
  return databases
    .filter((other) => isSpelledLike(server, other) && other.access?.some((access) => access.role === role))
    .map(({ name }) => name)
}
