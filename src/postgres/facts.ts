import { isDatabaseError, toOperatorError } from './sqlstate.ts'
import type { EventTrigger, ServerFacts, Session } from './types.ts'

interface FactsRow {
  version: string
  version_number: number
  system_identifier: string | null
  started_at: string
  database_oid: string
  backend_pid: number
  in_recovery: boolean
  read_only: string
  role: string
  database: string
  database_owner: string
  superuser: boolean
  is_owner: boolean
  may_create: boolean
  event_triggers: EventTrigger[]
  holds_mathesar_tables: boolean
}

/**
 * Reads what there is to know of the server, the database and the role, in one query: one round trip (two
 * where the role may not call pg_control_system; so not inside a transaction). It reads right under any
 * search_path, and on versions older than those supported, so that they can be told by their number.
 *
 * Errors: those of `toOperatorError`.
 */
export async function readServerFacts(session: Session): Promise<ServerFacts> {
  const row = await readRow(session)
  return {
    // Packagers put their own version after it, as in "18.4 (Debian 18.4-1)".
    version: row.version.split(' ', 1)[0] ?? row.version,
    versionNumber: row.version_number,
    identity: {
      systemIdentifier: row.system_identifier,
      startedAt: row.started_at,
      databaseOid: Number(row.database_oid),
    },
    backendPid: row.backend_pid,
    inRecovery: row.in_recovery,
    readOnly: row.read_only === 'on',
    role: row.role,
    database: row.database,
    databaseOwner: row.database_owner,
    privileges: { superuser: row.superuser, owner: row.is_owner, create: row.may_create },
    eventTriggers: row.event_triggers,
    holdsMathesarTables: row.holds_mathesar_tables,
  }
}

async function readRow(session: Session): Promise<FactsRow> {
  try {
    const rows = await readRows(session).catch((error: unknown) => {
      // PostgreSQL checks the right to call a function before it looks at any condition around the call.
      if (isDatabaseError(error) && error.code === '42501') return readRows(session, 'NULL')
      throw error
    })
    const [row] = rows
    if (row === undefined) throw new Error('the query for the facts returned no row')
    return row
  } catch (error) {
    throw toOperatorError(error, { settings: session.settings, doing: 'reading the facts of the server' })
  }
}

function readRows(session: Session, systemIdentifier?: string): Promise<FactsRow[]> {
  return session.query<FactsRow>(factsQuery(systemIdentifier))
}

/**
 * Every name and operator says that it is pg_catalog's: anything may stand before that in the role's
 * search_path.
 */
function factsQuery(
  systemIdentifier = '(SELECT s.system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system() AS s)',
): string {
  return `
SELECT pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version_number,
       ${systemIdentifier} AS system_identifier,
       pg_catalog.round(
         pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) OPERATOR(pg_catalog.*) 1000000
       )::pg_catalog.int8::pg_catalog.text AS started_at,
       d.oid::pg_catalog.text AS database_oid,
       pg_catalog.pg_backend_pid() AS backend_pid,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       pg_catalog.current_setting('transaction_read_only') AS read_only,
       current_user::pg_catalog.text AS role,
       d.datname::pg_catalog.text AS database,
       pg_catalog.pg_get_userbyid(d.datdba)::pg_catalog.text AS database_owner,
       (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r
         WHERE r.rolname OPERATOR(pg_catalog.=) current_user) AS superuser,
       pg_catalog.pg_has_role(d.datdba, 'USAGE') AS is_owner,
       pg_catalog.has_database_privilege(d.oid, 'CREATE') AS may_create,
       (SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_object(
                 'name', e.evtname,
                 'event', e.evtevent,
                 'function', pg_catalog.concat(
                   pg_catalog.quote_ident(n.nspname::pg_catalog.text), '.',
                   pg_catalog.quote_ident(p.proname::pg_catalog.text)),
                 'owner', pg_catalog.pg_get_userbyid(e.evtowner))), '[]'::pg_catalog.json)
          FROM pg_catalog.pg_event_trigger AS e
          JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) e.evtfoid
          JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
         WHERE e.evtenabled OPERATOR(pg_catalog.=) ANY (ARRAY['O', 'A']::pg_catalog."char"[])
           AND e.evtevent OPERATOR(pg_catalog.<>) 'login'::pg_catalog.name
           AND COALESCE(pg_catalog.current_setting('event_triggers', true), 'on')
               OPERATOR(pg_catalog.=) 'on'::pg_catalog.text
       ) AS event_triggers,
       EXISTS (
         SELECT FROM pg_catalog.pg_class AS m
           JOIN pg_catalog.pg_class AS t ON t.relnamespace OPERATOR(pg_catalog.=) m.relnamespace
          WHERE m.relname OPERATOR(pg_catalog.=) 'django_migrations'::pg_catalog.name
            AND t.relname OPERATOR(pg_catalog.=)
                ANY (ARRAY['mathesar_user', 'mathesar_database']::pg_catalog.name[])
       ) AS holds_mathesar_tables
  FROM pg_catalog.pg_database AS d
 WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()`
}
