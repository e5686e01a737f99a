import type { SessionOptions } from '../connect.ts'
import type { ConnectionSettings } from '../types.ts'
import { inMaintenanceDatabase } from './maintenance.ts'

/**
 * Returns the names of the databases that the role of the settings can open on their server, in order, as
 * a maintenance database lists them. Errors: those of opening it.
 */
export function databaseNames(settings: ConnectionSettings, options: SessionOptions): Promise<string[]> {
  return inMaintenanceDatabase(settings, options, 'listing the databases', async (session) => {
    const rows = await session.query<{ name: string }>(
      `SELECT d.datname AS name FROM pg_catalog.pg_database AS d
        WHERE d.datallowconn AND NOT d.datistemplate
          AND pg_catalog.has_database_privilege(d.oid, 'CONNECT'::pg_catalog.text)
        ORDER BY 1`,
    )
    return rows.map(({ name }) => name)
  })
}
