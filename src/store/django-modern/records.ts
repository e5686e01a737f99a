import { usageError } from '../../errors.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { Credentials, Keyring } from '../credentials.ts'
import { hasSslMode } from '../django/layout.ts'
import type { DjangoSession, RoleRow, WithCurrentKey } from '../django/types.ts'
import { untilWritten } from '../django/write.ts'
import { notFound, recordChanged } from '../errors.ts'
import { findProof } from '../key-proof.ts'
import type { ConnectionTarget, Records, StoredServer } from '../types.ts'
import { confirmVersion } from './confirm.ts'
import { countBelongings, deleteDatabase } from './delete.ts'
import { planInsert } from './insert.ts'
import { movesOfFirstPlan } from './moves.ts'
import { DEFAULT_PORT } from './naming.ts'
import { passwordOf } from './passwords.ts'
import { readFormRoles, save, withInserted } from './save.ts'
import { readState } from './state.ts'
import { isMove, planUpdate } from './update.ts'
import { type Entry, leadsTo, listOf, recordOf, type View, viewOf } from './view.ts'

/**
 * The rows of a Mathesar 0.2.0 or later: servers, databases, roles, and users who are mapped to roles. A
 * command works with what it read first, and every write compares that with the rows that it locks.
 */
export function modernRecords(
  session: DjangoSession,
  keyring: Keyring,
  withCurrentKey: WithCurrentKey,
): Records {
  const { layout } = session
  const readView = () => session.remember(VIEW, async () => viewOf(await readState(session)))
  const entryNamed = async (name: string) => {
    const view = await readView()
    return { view, entry: view.entryOf(name) }
  }
  return {
    async list() {
      return listOf(await readView())
    },
    async find(name) {
      const { view, entry } = await entryNamed(name)
      return entry && recordOf(view, entry)
    },
    async names() {
      return (await readView()).entries.map(({ name }) => name)
    },
    async idOf(name) {
      return (await entryNamed(name)).entry?.id ?? null
    },
    async exists(id) {
      return (await readView()).entryById(id) !== null
    },
    async namesFor(given) {
      return (await readView()).meantBy(given).map(({ name }) => name)
    },
    async match(name, target) {
      const view = await readView()
      const meant = view.meantBy(name)
      const entry = meant.find((one) => isConnectionOf(view, one, target)) ?? meant[0]
      return entry ? { record: recordOf(view, entry), isSame: isConnectionOf(view, entry, target) } : null
    },
    async settings(name, roleName) {
      const { view, entry } = await entryNamed(name)
      if (entry === null) return null
      const role = roleName === undefined ? view.firstRole(entry) : requireRole(view, entry, roleName)
      const needsKey = role !== null && role.password !== null
      return { id: entry.id, settings: settingsOf(entry, role, needsKey ? await keyring.unlock() : null) }
    },
    async verifyKey() {
      const credentials = await keyring.unlock()
      return findProof(passwordsIn(await readView()), credentials) !== null
    },
    async insert(name, settings, access) {
      const credentials = await keyring.unlock()
      const requireNoOtherMoves = movesOfFirstPlan(session)
      return untilWritten(async () => {
        const view = await readView()
        const plan = planInsert(view, { name, settings, access }, credentials, layout)
        requireNoOtherMoves(view, plan)
        const proof = findProof(passwordsIn(view), credentials)
        const write = () => save(session, view, plan, proof)
        const saved = await (proof === null ? withCurrentKey(write) : write())
        if (saved === null) return null
        const state = withInserted(view.state, plan, saved, hasSslMode(layout))
        const written = await session.remember(VIEW, async () => viewOf(state))
        const entry = written.entryById(saved.database?.id ?? plan.database.id ?? 0)
        if (entry === null) throw notFound(name)
        return recordOf(written, entry)
      }, session)
    },
    async update(name, changes, rename, options = {}) {
      const credentials = await keyring.unlock()
      const requireNoOtherMoves = movesOfFirstPlan(session)
      const id = await untilWritten(async () => {
        const { view, entry } = await entryNamed(name)
        if (entry === null) throw notFound(name)
        const formRoles = isMove(entry, changes) ? await readFormRoles(session, entry.id) : []
        const change = { ...options, changes, name, rename }
        const plan = planUpdate(view, entry, change, credentials, layout, formRoles)
        // Otherwise whoever has the role gets the new one.
        if (options.users !== undefined) requireNoOtherMoves(view, plan)
        return (await save(session, view, plan)) && entry.id
      }, session)
      const written = await readView()
      const entry = written.entryById(id)
      if (entry === null) throw notFound(name)
      return recordOf(written, entry)
    },
    reread: () => session.forget(),
    async confirmVersion(name, version, target, seenVersion) {
      await untilWritten(async () => {
        const { entry } = await entryNamed(name)
        if (entry === null) throw notFound(name)
        if (target && !leadsTo(entry, target)) throw recordChanged(name)
        return confirmVersion(session, entry, version, seenVersion)
      }, session)
    },
    async delete(id, target, agreed) {
      return untilWritten(() => deleteDatabase(session, id, target, agreed), session)
    },
    async belongings(name) {
      const { entry } = await entryNamed(name)
      if (entry === null) throw notFound(name)
      return countBelongings(session, entry.id)
    },
    async users() {
      const { users } = (await readView()).state
      return users.map(({ name, isSuperuser, isActive }) => ({ name, isSuperuser, isActive }))
    },
    async servers() {
      const view = await readView()
      return view.state.servers.map(
        ({ id, host, port, sslmode }): StoredServer => ({
          host,
          port,
          sslmode: sslmode ?? 'prefer',
          databases: view.databasesOf(id).map((entry) => entry.name),
          roles: view.rolesOf(id).map((role) => role.name),
        }),
      )
    },
  }
}

function passwordsIn({ state }: View): (string | null)[] {
  return state.roles.map(({ password }) => password)
}

/** What a session remembers the rows by. */
const VIEW = 'modern rows'

/**
 * Returns whether a database is where a connection leads, and has its role: among those that users are mapped
 * to, or among all of its server while nobody is mapped.
 */
function isConnectionOf(view: View, entry: Entry, target: ConnectionTarget): boolean {
  if (!leadsTo(entry, target)) return false
  const role = view.roleNamed(entry.server.id, target.user)
  if (role === null) return false
  const maps = view.mapsOf(entry.id)
  return maps.length === 0 || maps.some(({ roleId }) => roleId === role.id)
}

/** Errors: `USAGE` if the role is not stored for the server of the database. */
function requireRole(view: View, entry: Entry, name: string): RoleRow {
  const role = view.roleNamed(entry.server.id, name)
  if (role !== null) return role
  const stored = view.rolesFor(entry).map((one) => JSON.stringify(one.name))
  throw usageError(
    `No role ${JSON.stringify(name)} is stored for ${JSON.stringify(entry.name)}.`,
    stored.length === 0 ? 'No role is stored for it at all.' : `Use one of: ${stored.join(', ')}.`,
    'role',
  )
}

/** Returns the connection of a database as a role; the key is needed where the role has a password. */
function settingsOf(
  { server, database, name }: Entry,
  role: RoleRow | null,
  credentials: Credentials | null,
): ConnectionSettings {
  return {
    host: server.host,
    port: server.port ?? DEFAULT_PORT,
    database,
    user: role?.name ?? '',
    password: role && credentials ? passwordOf(role, credentials, name) : null,
    sslmode: server.sslmode ?? 'prefer',
    sslrootcert: null,
    sslcert: null,
    sslkey: null,
    options: null,
  }
}
