import type { ConnectionSettings } from '../../postgres/types.ts'
import type { DatabaseRow, MapRow, ModernState, RoleRow, ServerRow, UserRow } from '../django/types.ts'
import type { StoredRecord, UserAccess } from '../types.ts'
import { DEFAULT_PORT, type Named, rowsMeant, shownNames } from './naming.ts'

/** A stored database: its rows, and the name by which it is shown. */
export interface Entry extends Named {
  name: string
  row: DatabaseRow
  server: ServerRow
}

/** The rows of a modern internal database with what is looked up in them. */
export interface View {
  state: ModernState
  /** In the order of their names. */
  entries: readonly Entry[]
  /** Returns the databases that a name means. */
  meantBy(name: string): Entry[]
  /** Returns the database that a name means; `null` if there is none, or more than one. */
  entryOf(name: string): Entry | null
  entryById(id: number): Entry | null
  serverById(id: number): ServerRow | null
  roleById(id: number): RoleRow | null
  /** Returns the databases of a server. */
  databasesOf(serverId: number): readonly Entry[]
  /** Returns the roles of a server in the order of their ids. */
  rolesOf(serverId: number): readonly RoleRow[]
  roleNamed(serverId: number, name: string): RoleRow | null
  /** Returns who is mapped to the roles of a database, in the order of the maps. */
  mapsOf(databaseId: number): readonly MapRow[]
  /** Returns the roles of a database: those that users are mapped to, then the others of its server. */
  rolesFor(entry: Entry): RoleRow[]
  /** Returns the first role of `rolesFor`, without a list of the others; `null` if there is none. */
  firstRole(entry: Entry): RoleRow | null
  /** Returns the servers of an address: NULL as a port counts as 5432, so there can be two. */
  serversAt(host: string, port: number): readonly ServerRow[]
  userNamed(name: string): UserRow | null
  /** Returns who may use a database, in the order of the maps. */
  accessTo(entry: Entry): UserAccess[]
}

/** Returns what is looked up in rows; the parts of it are only computed when they are needed. */
export function viewOf(state: ModernState): View {
  const servers = lazy(() => new Map(state.servers.map((server) => [server.id, server])))
  const roles = lazy(() => new Map(state.roles.map((role) => [role.id, role])))
  const users = lazy(() => new Map(state.users.map((user) => [user.id, user])))
  const usersByName = lazy(() => new Map(state.users.map((user) => [user.name, user])))
  const rolesByServer = lazy(() => Map.groupBy(state.roles, ({ serverId }) => serverId))
  const mapsByDatabase = lazy(() => Map.groupBy(state.maps, ({ databaseId }) => databaseId))
  const roleNames = lazy(() => new Map(state.roles.map((role) => [roleKey(role.serverId, role.name), role])))
  const entries = lazy(() => entriesOf(state, servers()))
  const byName = lazy(() => new Map(entries().map((entry) => [entry.name, entry])))
  const byId = lazy(() => new Map(entries().map((entry) => [entry.id, entry])))
  const byServer = lazy(() => Map.groupBy(entries(), ({ server }) => server.id))
  const shown = lazy(() => new Map(entries().map(({ id, name }) => [id, name])))
  const rolesOf = (serverId: number) => rolesByServer().get(serverId) ?? []
  const mapsOf = (databaseId: number) => mapsByDatabase().get(databaseId) ?? []
  const mappedRoles = ({ id }: Entry) => {
    const ids = new Set(mapsOf(id).map(({ roleId }) => roleId))
    return [...ids].flatMap((roleId) => roles().get(roleId) ?? [])
  }
  const meantBy = (name: string) => {
    const exact = byName().get(name)
    return exact ? [exact] : rowsMeant(name, entries(), shown())
  }
  return {
    state,
    get entries() {
      return entries()
    },
    meantBy,
    entryOf(name) {
      const [entry, ...others] = meantBy(name)
      return entry && others.length === 0 ? entry : null
    },
    entryById: (id) => byId().get(id) ?? null,
    serverById: (id) => servers().get(id) ?? null,
    roleById: (id) => roles().get(id) ?? null,
    databasesOf: (serverId) => byServer().get(serverId) ?? [],
    rolesOf,
    roleNamed: (serverId, name) => roleNames().get(roleKey(serverId, name)) ?? null,
    mapsOf,
    rolesFor(entry) {
      const mapped = mappedRoles(entry)
      const isMapped = new Set(mapped)
      return [...mapped, ...rolesOf(entry.server.id).filter((role) => !isMapped.has(role))]
    },
    firstRole(entry) {
      const [first] = mapsOf(entry.id)
      return (first && roles().get(first.roleId)) ?? rolesOf(entry.server.id)[0] ?? null
    },
    serversAt: (host, port) =>
      state.servers.filter((server) => server.host === host && (server.port ?? DEFAULT_PORT) === port),
    userNamed: (name) => usersByName().get(name) ?? null,
    accessTo: ({ id }) =>
      mapsOf(id).flatMap(({ userId, roleId }) => {
        const user = users().get(userId)
        const role = roles().get(roleId)
        return user && role ? [{ user: user.name, role: role.name }] : []
      }),
  }
}

/** Returns a stored database with its roles, without its password. */
export function recordOf(view: View, entry: Entry): StoredRecord {
  const roles = view.rolesFor(entry).map(({ name }) => name)
  const record = listed(view, entry)
  return roles.length === 1 ? record : { ...record, roles }
}

/**
 * Returns all stored databases by name, without their passwords and without their roles: of ten thousand
 * databases and as many roles on one server, these would be a hundred million names.
 */
export function listOf(view: View): StoredRecord[] {
  return view.entries.map((entry) => listed(view, entry))
}

function listed(view: View, entry: Entry): StoredRecord {
  const { row, server, name } = entry
  const access = view.accessTo(entry)
  const user = access[0]?.role ?? view.firstRole(entry)?.name ?? ''
  return {
    id: row.id,
    name,
    host: server.host,
    port: server.port ?? DEFAULT_PORT,
    database: row.name,
    user,
    sslmode: server.sslmode ?? 'prefer',
    sslrootcert: null,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    access,
    confirmedVersion: row.confirmedVersion,
    ...(user === '' ? { roles: [] } : {}),
  }
}

function entriesOf(state: ModernState, servers: ReadonlyMap<number, ServerRow>): Entry[] {
  const entries = state.databases.flatMap((row): Entry[] => {
    const server = servers.get(row.serverId)
    if (server === undefined) return []
    const { host, port } = server
    const base = baseOf(row)
    return [{ id: row.id, base, host, port, database: row.name, name: base, row, server }]
  })
  const names = shownNames(entries)
  for (const entry of entries) entry.name = names.get(entry.id) ?? entry.base
  return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** Returns whether a database is that of a connection, whatever the role. */
export function leadsTo(
  { server, database }: Entry,
  target: Pick<ConnectionSettings, 'host' | 'port' | 'database'>,
): boolean {
  return (
    server.host === target.host &&
    (server.port ?? DEFAULT_PORT) === target.port &&
    database === target.database
  )
}

/** Returns the name that Mathesar shows for a database. */
export function baseOf({ nickname, name }: Pick<DatabaseRow, 'nickname' | 'name'>): string {
  return nickname || name
}

function roleKey(serverId: number, name: string): string {
  return `${serverId} ${name}`
}

function lazy<T>(compute: () => T): () => T {
  let value: { of: T } | null = null
  return () => {
    value ??= { of: compute() }
    return value.of
  }
}
