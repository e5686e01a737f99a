import type { SessionOptions } from '../connect.ts'
import type { ConnectionSettings } from '../types.ts'
import { inMaintenanceDatabase } from './maintenance.ts'

/** What a role finds on its server beside the database of its settings. */
export interface ServerDatabases {
  /** The names of the databases that the role can open, in order. */
  names: string[]
  /** Whether the role may create databases. */
  mayCreate: boolean
}

/**
 * Returns what a maintenance database lists of the server of the settings. Errors: those of opening it.
 */
export function readDatabases(
  settings: ConnectionSettings,
  options: SessionOptions,
): Promise<ServerDatabases> {
  return inMaintenanceDatabase(settings, options, 'listing the databases', async (session) => {
    const [row] = await session.query<ServerDatabases>(
      `SELECT ARRAY(
          SELECT d.datname::pg_catalog.text FROM pg_catalog.pg_database AS d
            WHERE d.datallowconn AND NOT d.datistemplate
              AND pg_catalog.has_database_privilege(d.oid, 'CONNECT'::pg_catalog.text)
            ORDER BY d.datname
        ) AS names, r.rolcreatedb OR r.rolsuper AS "mayCreate"
        FROM pg_catalog.pg_roles AS r WHERE r.rolname OPERATOR(pg_catalog.=) CURRENT_USER`,
    )
    return row ?? { names: [], mayCreate: false }
  })
}
