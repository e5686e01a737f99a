import FACTS_QUERY from './facts.sql'
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

const SYSTEM_IDENTIFIER =
  '(SELECT s.system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system() AS s)'

/**
 * Reads facts about the server, the database and the role, in one query: one round trip (two where the role
 * may not call pg_control_system, so not inside a transaction). The query works under any search_path, and on
 * versions that are too old to be supported, so that an error can name them.
 *
 * Errors: those of `toOperatorError`.
 */
export async function readServerFacts(session: Session): Promise<ServerFacts> {
  const row = await session.check(() => readRow(session))
  eventTriggers.set(session, row.event_triggers)
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
    isInRecovery: row.in_recovery,
    isReadOnly: row.read_only === 'on',
    role: row.role,
    database: row.database,
    databaseOwner: row.database_owner,
    privileges: { superuser: row.superuser, owner: row.is_owner, create: row.may_create },
    eventTriggers: row.event_triggers,
    hasMathesarTables: row.holds_mathesar_tables,
  }
}

const eventTriggers = new WeakMap<Session, readonly EventTrigger[]>()

/**
 * Returns the event triggers of the facts that were read in a session, for an error that one of them raised.
 */
export function knownEventTriggers(session: Session): readonly EventTrigger[] | undefined {
  return eventTriggers.get(session)
}

async function readRow(session: Session): Promise<FactsRow> {
  try {
    const rows = await readRows(session, SYSTEM_IDENTIFIER).catch((error: unknown) => {
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

function readRows(session: Session, systemIdentifier: string): Promise<FactsRow[]> {
  return session.query<FactsRow>(FACTS_QUERY.replace('{{system_identifier}}', systemIdentifier))
}
