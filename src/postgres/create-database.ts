import { OperatorError, usageError } from '../errors.ts'
import { openSession, type SessionOptions } from './connect.ts'
import { quoteIdentifier } from './quote.ts'
import { isDatabaseError, toOperatorError } from './sqlstate.ts'
import type { ConnectionSettings, Session } from './types.ts'
import { checkDatabaseName } from './validate.ts'

/** Databases that a server has from the start: one cannot create or drop a database from within itself. */
const MAINTENANCE_DATABASES = ['postgres', 'template1']

/**
 * Creates the database of the settings, owned by their role, from a maintenance database of the same server.
 * `created` is `false` where somebody else has created it meanwhile.
 *
 * Errors: `USAGE` (a name that cannot be), `INSUFFICIENT_PRIVILEGE` (no CREATEDB, or no maintenance database may be
 * entered), `LOCKED` (the template is in use), and those of `openSession`.
 */
export async function createDatabase(
  settings: ConnectionSettings,
  options: SessionOptions,
): Promise<{ created: boolean }> {
  checkName(settings)
  return inMaintenanceDatabase(settings, options, 'creating the database', async (session) => {
    try {
      await session.query(`CREATE DATABASE ${quoteIdentifier(settings.database)}`)
      return { created: true }
    } catch (error) {
      // 23505: two that started at the same moment; the unique index of pg_database stopped one.
      if (isDatabaseError(error) && (error.code === '42P04' || error.code === '23505'))
        return { created: false }
      throw error
    }
  })
}

/**
 * Proves that `createDatabase` would be allowed, and changes nothing.
 *
 * Errors: as `createDatabase`, but for `LOCKED`.
 */
export async function checkMayCreateDatabase(
  settings: ConnectionSettings,
  options: SessionOptions,
): Promise<void> {
  checkName(settings)
  await inMaintenanceDatabase(settings, options, 'creating the database', async (session) => {
    const [role] = await session.query<{ may: boolean }>(
      'SELECT rolcreatedb OR rolsuper AS may FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user',
    )
    if (role?.may) return
    throw new OperatorError(
      'INSUFFICIENT_PRIVILEGE',
      `Role "${settings.user}" may not create a database: it lacks CREATEDB.`,
      `Let an administrator run: ALTER ROLE ${quoteIdentifier(settings.user)} CREATEDB; or: CREATE DATABASE ${quoteIdentifier(settings.database)} OWNER ${quoteIdentifier(settings.user)};`,
    )
  })
}

/**
 * Drops the database of the settings, from a maintenance database. Never by force: while a session is in it, nothing
 * happens. `dropped` is `false` where it was not there.
 *
 * Errors: `LOCKED` (a session is in it), `INSUFFICIENT_PRIVILEGE`, and those of `openSession`.
 */
export async function dropDatabase(
  settings: ConnectionSettings,
  options: SessionOptions,
): Promise<{ dropped: boolean }> {
  checkName(settings)
  return inMaintenanceDatabase(settings, options, 'dropping the database', async (session) => {
    try {
      await session.query(`DROP DATABASE ${quoteIdentifier(settings.database)}`)
      return { dropped: true }
    } catch (error) {
      if (isDatabaseError(error) && error.code === '3D000') return { dropped: false }
      throw error
    }
  })
}

/** The server would cut a longer name off and work on another database. */
function checkName(settings: ConnectionSettings): void {
  const problem = checkDatabaseName(settings.database)
  if (problem !== null) throw usageError(problem, 'Give a shorter name.', 'database')
}

async function inMaintenanceDatabase<T>(
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
  const codes = ['DATABASE_DOES_NOT_EXIST', 'INSUFFICIENT_PRIVILEGE', 'POOLED_CONNECTION']
  return (
    codes.includes(error.code) ||
    ['pg_hba', 'not accepting connections'].includes(String(error.details.data?.reason))
  )
}
