import { compose } from '../../postgres/compose.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import type { SslMode } from '../../postgres/types.ts'
import { hasNicknames, hasSslMode } from '../django/layout.ts'
import { fromTextTime } from '../django/time.ts'
import type { DjangoSession, Layout, MapRow, ModernState } from '../django/types.ts'
import { toSslMode } from '../ssl-mode.ts'
import stateSql from './state.sql'

/** The values that a column has in all rows of a table; `null` if the table has none. */
type Column<T> = readonly T[] | null

/** The row that the query of the state returns. */
interface StateRow {
  server_ids: Column<number>
  server_hosts: Column<string>
  server_ports: Column<number | null>
  server_sslmodes: Column<string>
  database_ids: Column<number>
  database_servers: Column<number>
  database_names: Column<string>
  database_nicknames: Column<string | null>
  database_versions: Column<string>
  /** Times, joined by commas. */
  database_created: string | null
  database_updated: string | null
  role_ids: Column<number>
  role_servers: Column<number>
  role_names: Column<string>
  role_passwords: Column<string | null>
  map_ids: Column<number>
  map_databases: Column<number>
  map_roles: Column<number>
  map_users: Column<number>
  user_ids: Column<number>
  user_names: Column<string>
  user_superusers: Column<boolean>
  user_actives: Column<boolean>
}

/** Returns the query for all rows of a modern internal database; it returns one row. */
function stateQuery(layout: Layout): string {
  return compose(stateSql, {
    schema: quoteIdentifier(layout.schema),
    sslmodes: hasSslMode(layout) ? 'pg_catalog.json_agg(s.sslmode)' : 'NULL',
    nicknames: hasNicknames(layout) ? 'pg_catalog.json_agg(d.nickname)' : 'NULL',
  })
}

/**
 * Returns the SQL for what varies between layouts: the schema, and a column of databases, `d`, that some of
 * them lack.
 */
export function columnsOf(layout: Layout): { schema: string; nickname: string } {
  return {
    schema: quoteIdentifier(layout.schema),
    nickname: hasNicknames(layout) ? 'd.nickname' : 'NULL',
  }
}

/** Reads all rows: one round trip. */
export async function readState({ layout, query }: DjangoSession): Promise<ModernState> {
  const [row] = await query<StateRow>(stateQuery(layout))
  if (row === undefined) throw new Error('the query of the state returned no row')
  return toState(row)
}

/** Converts the row that the query of the state returned. */
function toState(row: StateRow): ModernState {
  const created = row.database_created?.split(',') ?? []
  const updated = row.database_updated?.split(',') ?? []
  return {
    servers: rowsOf(row.server_ids, (id, at) => ({
      id,
      host: row.server_hosts?.[at] ?? '',
      port: row.server_ports?.[at] ?? null,
      sslmode: sslModeOf(row.server_sslmodes, at),
    })),
    databases: rowsOf(row.database_ids, (id, at) => ({
      id,
      serverId: row.database_servers?.[at] ?? 0,
      name: row.database_names?.[at] ?? '',
      nickname: row.database_nicknames?.[at] ?? null,
      confirmedVersion: row.database_versions?.[at] ?? '',
      createdAt: fromTextTime(created[at] ?? ''),
      updatedAt: fromTextTime(updated[at] ?? ''),
    })),
    roles: rowsOf(row.role_ids, (id, at) => ({
      id,
      serverId: row.role_servers?.[at] ?? 0,
      name: row.role_names?.[at] ?? '',
      password: row.role_passwords?.[at] ?? null,
    })).sort((a, b) => a.id - b.id),
    maps: mapsOf(row),
    users: rowsOf(row.user_ids, (id, at) => ({
      id,
      name: row.user_names?.[at] ?? '',
      isSuperuser: row.user_superusers?.[at] ?? false,
      isActive: row.user_actives?.[at] ?? false,
    })).sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function rowsOf<Row>(ids: Column<number>, rowAt: (id: number, at: number) => Row): Row[] {
  return ids?.map(rowAt) ?? []
}

/** Returns the maps in the order of their ids. */
function mapsOf({ map_ids, map_databases, map_roles, map_users }: StateRow): MapRow[] {
  const ids = map_ids ?? []
  const order = [...ids.keys()].sort((a, b) => (ids[a] ?? 0) - (ids[b] ?? 0))
  return order.map((at) => ({
    databaseId: map_databases?.[at] ?? 0,
    roleId: map_roles?.[at] ?? 0,
    userId: map_users?.[at] ?? 0,
  }))
}

function sslModeOf(column: Column<string>, at: number): SslMode | null {
  return column === null ? null : toSslMode(column[at] ?? null)
}
