import { type ErrorCode, OperatorError, usageError } from '../errors.ts'
import { checkServer } from './checks.ts'
import { openSession, type SessionOptions } from './connect.ts'
import { connectionReason } from './errors.ts'
import { readServerFacts } from './facts.ts'
import { checkNotPooled } from './pooler.ts'
import { quoteIdentifier } from './quote.ts'
import { checkDatabaseName } from './settings/validate.ts'
import { isDatabaseError, toOperatorError } from './sqlstate.ts'
import type { ConnectionSettings, Session } from './types.ts'

/** Databases that a server has from the start: one cannot create or drop a database from within itself. */
const MAINTENANCE_DATABASES = ['postgres', 'template1']

/** What tells a database that this run created, and what was put into it since, from everything else. */
export interface CreatedDatabase {
  /** `null` where the connection was lost before the server told it. */
  oid: string | null
  /** A transaction number (xid8, as text) that is not later than the one that created the database. */
  since: string
}

/**
 * Creates the database of the settings, owned by their role, from a maintenance database of the same server.
 * Returns `null` where somebody else has created it meanwhile. Once the statement was sent, an abort of the
 * signal does not end it: whether the database was created must be known. The caller looks at the signal then.
 *
 * Errors: `USAGE` (a name that cannot be), `INSUFFICIENT_PRIVILEGE` (no CREATEDB, or no maintenance database may be
 * entered), `LOCKED` (the template is in use), and those of `openSession`.
 */
export async function createDatabase(
  settings: ConnectionSettings,
  options: SessionOptions,
): Promise<CreatedDatabase | null> {
  checkName(settings)
  const connecting = untilConnected(options)
  const work = async (session: Session): Promise<CreatedDatabase | null> => {
    connecting.end()
    options.signal?.throwIfAborted()
    const [before] = await session.query<{ since: string }>(
      'SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text AS since',
    )
    try {
      await session.query(`CREATE DATABASE ${quoteIdentifier(settings.database)}`)
    } catch (error) {
      // 23505: two that started at the same moment; the unique index of pg_database stopped one.
      if (isDatabaseError(error) && (error.code === '42P04' || error.code === '23505')) return null
      throw error
    }
    const rows = session.query<{ oid: string }>(
      `SELECT d.oid::pg_catalog.text AS oid FROM pg_catalog.pg_database AS d
        WHERE d.datname OPERATOR(pg_catalog.=) $1::pg_catalog.name`,
      [settings.database],
    )
    const [row] = await rows.catch(() => [])
    return { oid: row?.oid ?? null, since: before?.since ?? '0' }
  }
  try {
    return await inMaintenanceDatabase(settings, connecting.options, 'creating the database', work)
  } finally {
    connecting.end()
  }
}

/**
 * Proves that `createDatabase` would be allowed, on a server that can take the Mathesar schemas; changes nothing.
 *
 * Errors: as `createDatabase`, but for `LOCKED`; `UNSUPPORTED_SERVER`, `READ_ONLY_SERVER`, `POOLED_CONNECTION`.
 */
export async function checkMayCreateDatabase(
  settings: ConnectionSettings,
  options: SessionOptions,
): Promise<void> {
  checkName(settings)
  await inMaintenanceDatabase(settings, options, 'creating the database', async (session) => {
    const facts = await readServerFacts(session)
    checkServer(facts)
    await checkNotPooled(session, facts, options)
    const [role] = await session.query<{ may: boolean }>(
      'SELECT rolcreatedb OR rolsuper AS may FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user',
    )
    if (role?.may) return
    throw new OperatorError(
      'INSUFFICIENT_PRIVILEGE',
      `Role "${settings.user}" may not create a database: it lacks CREATEDB.`,
      `Let an administrator run: ALTER ROLE ${quoteIdentifier(settings.user)} CREATEDB; or: CREATE DATABASE ${quoteIdentifier(settings.database)} OWNER ${quoteIdentifier(settings.user)};`,
      { field: 'user', data: { privilege: 'CREATEDB', role: settings.user } },
    )
  })
}

/** The server would cut a longer name off and work on another database. Errors: `USAGE`. */
export function checkName(settings: ConnectionSettings): void {
  const problem = checkDatabaseName(settings.database)
  if (problem !== null) throw usageError(problem, 'Give a shorter name.', 'database')
}

/** Opens a maintenance database, does the work and closes it. Errors: those of the work, and of opening it. */
export async function inMaintenanceDatabase<T>(
  settings: ConnectionSettings,
  options: SessionOptions,
  step: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openMaintenanceDatabase(settings, options)
  try {
    return await work(session)
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw toOperatorError(error, { settings, step })
  } finally {
    await session.close()
  }
}

/** The same options, but with a signal that ends connecting alone, and nothing after `end` was called. */
function untilConnected(options: SessionOptions): { options: SessionOptions; end: () => void } {
  const { signal } = options
  if (signal === undefined) return { options, end: () => {} }
  const controller = new AbortController()
  const onAbort = () => controller.abort(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  return {
    options: { ...options, signal: controller.signal },
    end: () => signal.removeEventListener('abort', onAbort),
  }
}

async function openMaintenanceDatabase(
  settings: ConnectionSettings,
  options: SessionOptions,
): Promise<Session> {
  let first: unknown = null
  for (const database of MAINTENANCE_DATABASES) {
    if (database === settings.database) continue
    try {
      return await openSession({ ...settings, database }, options)
    } catch (error) {
      if (!isAboutDatabase(error)) throw error
      first ??= error
    }
  }
  throw new OperatorError(
    'INSUFFICIENT_PRIVILEGE',
    `Role "${settings.user}" may enter none of the databases ${MAINTENANCE_DATABASES.join(' and ')}, from which database "${settings.database}" would be created or dropped.`,
    `Let an administrator grant CONNECT on one of them, or run: CREATE DATABASE ${quoteIdentifier(settings.database)} OWNER ${quoteIdentifier(settings.user)};`,
    { cause: first },
  )
}

/** Whether another database may be entered where this one was not. */
function isAboutDatabase(error: unknown): boolean {
  if (!(error instanceof OperatorError)) return false
  const codes: ErrorCode[] = ['DATABASE_DOES_NOT_EXIST', 'INSUFFICIENT_PRIVILEGE', 'POOLED_CONNECTION']
  const reason = connectionReason(error)
  return codes.includes(error.code) || reason === 'pg_hba' || reason === 'not accepting connections'
}
