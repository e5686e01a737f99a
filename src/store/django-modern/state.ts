import { compose } from '../../postgres/compose.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import { fromJsonTime } from '../django/time.ts'
import type { DjangoSession, Layout, ModernState } from '../django/types.ts'
import { toSslMode } from '../ssl-mode.ts'
import stateSql from './state.sql'

/** The row that the query of the state returns: arrays of tuples, `null` where there are no rows. */
export interface StateRow {
  servers: [id: number, host: string, port: number | null, sslmode: string | null][] | null
  databases:
    | [
        id: number,
        serverId: number,
        name: string,
        nickname: string | null,
        confirmedVersion: string,
        createdAt: string,
        updatedAt: string,
      ][]
    | null
  roles: [id: number, serverId: number, name: string, password: string | null][] | null
  maps: [databaseId: number, roleId: number, userId: number][] | null
  users: [id: number, name: string, isSuperuser: boolean, isActive: boolean][] | null
}

/** Returns the query for all rows of a modern internal database; it returns one row. */
export function stateQuery(layout: Layout): string {
  return compose(stateSql, columnsOf(layout))
}

/**
 * Returns the SQL for what varies between layouts: the schema, and columns that some of them lack. The rows
 * of servers and databases have the aliases `s` and `d`.
 */
export function columnsOf(layout: Layout): { schema: string; sslmode: string; nickname: string } {
  return {
    schema: quoteIdentifier(layout.schema),
    sslmode: hasSslMode(layout) ? 's.sslmode' : 'NULL',
    nickname: hasNicknames(layout) ? 'd.nickname' : 'NULL',
  }
}

/** Since 0.8.0. */
export function hasSslMode({ tables }: Layout): boolean {
  return tables.get('mathesar_server')?.has('sslmode') === true
}

/** Since 0.2.1. */
export function hasNicknames({ tables }: Layout): boolean {
  return tables.get('mathesar_database')?.has('nickname') === true
}

/** Since 0.5.0. */
export function hasForms({ tables }: Layout): boolean {
  return tables.has('mathesar_form')
}

/** Reads all rows: one round trip. */
export async function readState({ layout, query }: DjangoSession): Promise<ModernState> {
  const [row] = await query<StateRow>(stateQuery(layout))
  if (row === undefined) throw new Error('the query of the state returned no row')
  return toState(row, layout)
}

/** Converts the row that the query of the state returned. */
export function toState(row: StateRow, layout: Layout): ModernState {
  const isSslKnown = hasSslMode(layout)
  return {
    servers: (row.servers ?? []).map(([id, host, port, sslmode]) => ({
      id,
      host,
      port,
      sslmode: isSslKnown ? toSslMode(sslmode) : null,
    })),
    databases: (row.databases ?? []).map(
      ([id, serverId, name, nickname, confirmedVersion, createdAt, updatedAt]) => ({
        id,
        serverId,
        name,
        nickname,
        confirmedVersion,
        createdAt: fromJsonTime(createdAt),
        updatedAt: fromJsonTime(updatedAt),
      }),
    ),
    roles: (row.roles ?? []).map(([id, serverId, name, password]) => ({ id, serverId, name, password })),
    maps: (row.maps ?? []).map(([databaseId, roleId, userId]) => ({ databaseId, roleId, userId })),
    users: (row.users ?? []).map(([id, name, isSuperuser, isActive]) => ({
      id,
      name,
      isSuperuser,
      isActive,
    })),
  }
}
