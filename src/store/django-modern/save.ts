import { compose } from '../../postgres/compose.ts'
import type { SslMode } from '../../postgres/types.ts'
import { hasForms, hasNicknames, hasSslMode } from '../django/layout.ts'
import { fromTextTime } from '../django/time.ts'
import type { DjangoSession, Layout, ModernState } from '../django/types.ts'
import changedServerSql from './changed-server.sql'
import formRolesSql from './form-roles.sql'
import { leftWithoutUse } from './fragments.ts'
import movedFormsSql from './moved-forms.sql'
import saveSql from './save.sql'
import { columnsOf } from './state.ts'
import type { View } from './view.ts'

/** The rows of one database as they will be, and the ids of those that exist already. */
export interface SavePlan {
  server: {
    id: number | null
    host: string
    port: number | null
    /** `null`: it stays as it is. */
    sslmode: SslMode | null
  }
  database: {
    id: number | null
    name: string
    nickname: string | null
    /** The version of the SQL in it; `null`: it stays as it is. */
    sqlVersion: string | null
  }
  /** All roles that `maps` and the forms of a database that moves name. */
  roles: readonly { id: number | null; name: string; password: string | null }[]
  maps: readonly { userId: number; role: string; isNew: boolean }[]
  /** The server that the database leaves; `null` if it stays, or is new. */
  leaves: number | null
  /** The roles that the forms of a database that moves use. */
  formRoles: readonly number[]
  /** The name without a server that no other database may have; `null` if it does not change. */
  newBase: string | null
}

/** The ids and times of the rows that were saved. */
interface Saved {
  serverId: number
  roleIds: ReadonlyMap<string, number>
  /** `null` if the row of the database did not change. */
  database: { id: number; createdAt: string; updatedAt: string } | null
}

interface SavedRow {
  is_written: boolean
  server_id: number
  database: [id: number, createdAt: string, updatedAt: string] | null
  roles: [id: number, name: string][]
}

/**
 * Saves rows in one statement. Returns `null`, and writes nothing, if the rows that the plan is about are no
 * longer as the view shows them.
 *
 * @param keyProof a stored password that the key opens, which must be stored still; `null`: none has to be
 */
export async function save(
  session: DjangoSession,
  view: View,
  plan: SavePlan,
  keyProof: string | null = null,
): Promise<Saved | null> {
  const [row] = await session.write<SavedRow>(saveStatement(session.layout), [
    JSON.stringify({ ...toParameter(view, plan), key_proof: keyProof }),
  ])
  if (row === undefined || !row.is_written) return null
  const [id, createdAt, updatedAt] = row.database ?? []
  return {
    serverId: row.server_id,
    roleIds: new Map(row.roles.map(([roleId, name]) => [name, roleId])),
    database:
      id === undefined || createdAt === undefined || updatedAt === undefined
        ? null
        : { id, createdAt: fromTextTime(createdAt), updatedAt: fromTextTime(updatedAt) },
  }
}

/** Returns the roles that the forms of a database use, in the order of their ids. */
export async function readFormRoles({ layout, query }: DjangoSession, databaseId: number): Promise<number[]> {
  if (!hasForms(layout)) return []
  const rows = await query<{ id: number }>(
    `SELECT DISTINCT f.associated_role_id AS id FROM ${columnsOf(layout).schema}.mathesar_form AS f
     WHERE f.database_id = $1 AND f.associated_role_id IS NOT NULL ORDER BY id`,
    [databaseId],
  )
  return rows.map(({ id }) => id)
}

/** Returns the statement that saves a plan, its only parameter. */
function saveStatement(layout: Layout): string {
  const columns = columnsOf(layout)
  const { schema } = columns
  const isSslStored = hasSslMode(layout)
  const isNicknameStored = hasNicknames(layout)
  return compose(saveSql, {
    ...columns,
    sslmode_column: isSslStored ? ', sslmode' : '',
    sslmode_value: isSslStored ? ', c.sslmode' : '',
    changed_server: isSslStored ? compose(changedServerSql, { schema }) : '',
    nickname_column: isNicknameStored ? ', nickname' : '',
    nickname_value: isNicknameStored ? ', c.nickname' : '',
    nickname_change: isNicknameStored ? ', nickname = c.nickname' : '',
    form_roles: hasForms(layout) ? compose(formRolesSql, { schema }) : 'NULL',
    moved_forms: hasForms(layout) ? compose(movedFormsSql, { schema }) : '',
    left_without_use: leftWithoutUse(layout),
  })
}

/** Returns the plan as the statement reads it, with the rows that it must find. */
function toParameter(view: View, plan: SavePlan): object {
  const { server, database, roles, maps, leaves, formRoles, newBase } = plan
  const serverIds = [...new Set([server.id, leaves].flatMap((id) => id ?? []))].sort(ascending)
  const roleIds = roles.flatMap(({ id }) => id ?? []).sort(ascending)
  const userIds = maps.map(({ userId }) => userId).sort(ascending)
  const isMove = leaves !== null
  const isMapLocked = new Set(userIds)
  const entry = database.id === null ? null : view.entryById(database.id)
  const lockedMaps =
    entry === null ? [] : view.mapsOf(entry.id).filter(({ userId }) => isMove || isMapLocked.has(userId))
  return {
    expected: {
      servers: orNull(
        serverIds.flatMap((id) => {
          const row = view.serverById(id)
          return row ? [[row.id, row.host, row.port]] : []
        }),
      ),
      database: entry && [entry.id, entry.row.serverId, entry.row.name, entry.row.nickname],
      roles: orNull(
        roleIds.flatMap((id) => {
          const row = view.roleById(id)
          return row ? [[row.id, row.serverId, row.name, row.password]] : []
        }),
      ),
      maps: orNull(
        lockedMaps.map(({ userId, roleId }) => [userId, roleId] as const).sort(([a], [b]) => ascending(a, b)),
      ),
      users: orNull(userIds),
      forms: orNull([...formRoles].sort(ascending)),
    },
    lock_servers: serverIds,
    lock_roles: roleIds,
    lock_users: userIds,
    is_move: isMove,
    new_base: newBase,
    server_id: server.id,
    host: server.host,
    port: server.port,
    sslmode: server.sslmode,
    database_id: database.id,
    name: database.name,
    nickname: database.nickname,
    sql_version: database.sqlVersion,
    roles,
    maps: maps.map(({ userId, role, isNew }, ordinal) => ({ ordinal, user_id: userId, role, is_new: isNew })),
  }
}

/** PostgreSQL aggregates no rows to NULL. */
function orNull<T>(rows: readonly T[]): readonly T[] | null {
  return rows.length === 0 ? null : rows
}

function ascending(a: number, b: number): number {
  return a - b
}

/** Returns the state after an insert, as the next read would show it. */
export function withInserted(
  state: ModernState,
  plan: SavePlan,
  saved: Saved,
  isSslKnown: boolean,
): ModernState {
  const { server, database, roles, maps } = plan
  const { serverId, roleIds } = saved
  const existing = state.databases.find(({ id }) => id === database.id)
  const databaseId = saved.database?.id ?? existing?.id ?? 0
  const sslmode = isSslKnown ? server.sslmode : null
  const roleRows = roles.map(({ name, password }) => ({
    id: roleIds.get(name) ?? 0,
    serverId,
    name,
    password,
  }))
  const mapRows = maps.map(({ userId, role }) => ({ databaseId, roleId: roleIds.get(role) ?? 0, userId }))
  return {
    ...state,
    servers: put(state.servers, [{ id: serverId, host: server.host, port: server.port, sslmode }], byId),
    databases: put(
      state.databases,
      [
        {
          id: databaseId,
          serverId,
          name: database.name,
          nickname: database.nickname,
          confirmedVersion: database.sqlVersion ?? existing?.confirmedVersion ?? '',
          createdAt: saved.database?.createdAt ?? existing?.createdAt ?? '',
          updatedAt: saved.database?.updatedAt ?? existing?.updatedAt ?? '',
        },
      ],
      byId,
    ),
    roles: put(state.roles, roleRows, byId),
    maps: put(state.maps, mapRows, (map) => `${map.userId} ${map.databaseId}`),
  }
}

function byId({ id }: { id: number }): number {
  return id
}

/** Replaces the rows that have the key of a new one, and appends the rest. */
function put<Row>(rows: readonly Row[], added: readonly Row[], keyOf: (row: Row) => unknown): Row[] {
  const changed = new Map(added.map((row) => [keyOf(row), row]))
  const kept = rows.map((row) => {
    const key = keyOf(row)
    const replacement = changed.get(key)
    changed.delete(key)
    return replacement ?? row
  })
  return [...kept, ...changed.values()]
}
