import { type ErrorCode, OperatorError, usageError } from '../../errors.ts'
import { toRun } from '../../hint.ts'
import { openSession, type SessionOptions } from '../connect.ts'
import { connectionReason } from '../errors.ts'
import { createDatabaseStatement } from '../privilege-errors.ts'
import { checkDatabaseName } from '../settings/validate.ts'
import { toOperatorError } from '../sqlstate.ts'
import type { ConnectionSettings, Session } from '../types.ts'

/** Databases that a server has from the start: a session can't create or drop the database that it is in. */
const MAINTENANCE_DATABASES = ['postgres', 'template1']

/** Refuses a name that the server would cut off, and so take for another database. Errors: `USAGE`. */
export function checkName(settings: ConnectionSettings): void {
  const problem = checkDatabaseName(settings.database)
  if (problem !== null) throw usageError(problem, 'Use a shorter name.', 'database')
}

/**
 * Opens a maintenance database, does the work and closes it; `doing` names the work in messages. Errors:
 * those of the work, and of opening it.
 */
export async function inMaintenanceDatabase<T>(
  settings: ConnectionSettings,
  options: SessionOptions,
  doing: string,
  action: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openMaintenanceDatabase(settings, options)
  try {
    return await action(session)
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw toOperatorError(error, { settings, doing })
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
    `Role "${settings.user}" can connect to none of the databases ${MAINTENANCE_DATABASES.join(' and ')}, from which database "${settings.database}" would be created or dropped.`,
    toRun(
      'Ask an administrator to grant CONNECT on one of them, or to run:',
      createDatabaseStatement(settings),
    ),
    { cause: first },
  )
}

/** Returns whether the server may admit the role to another database. */
function isAboutDatabase(error: unknown): boolean {
  if (!(error instanceof OperatorError)) return false
  const codes: ErrorCode[] = ['DATABASE_DOES_NOT_EXIST', 'INSUFFICIENT_PRIVILEGE', 'POOLED_CONNECTION']
  const reason = connectionReason(error)
  return codes.includes(error.code) || reason === 'pg_hba' || reason === 'not accepting connections'
}
