import { OperatorError } from '../../errors.ts'
import type { SessionOptions } from '../connect.ts'
import type { ConnectionSettings, Session } from '../types.ts'
import { checkName, inMaintenanceDatabase } from './maintenance.ts'
import { type CloseMark, openAgain, readMark, readOutside } from './outside.ts'

/** After so many seconds the session of the mark is one that a pooler keeps, not that of a run at work. */
const CLOSED_AT_MOST_S = 60

/**
 * Opens a database again that a run closed in order to drop it, and that it left closed because it was
 * killed. Returns `false`, and changes nothing, where the database is open, does not exist, or was closed by
 * somebody else.
 *
 * Errors: `LOCKED` (the run is still at work), `INSUFFICIENT_PRIVILEGE`, and those of `openSession`.
 */
export async function reopenDatabase(
  settings: ConnectionSettings,
  options: SessionOptions,
): Promise<boolean> {
  checkName(settings)
  return inMaintenanceDatabase(settings, options, 'opening the database', async (outside) => {
    const row = await readOutside(outside, settings.database, 0)
    const mark = row === null || row.isOpen ? null : readMark(row.comment)
    if (row === null || mark === null) return false
    if (row.now - mark.at < CLOSED_AT_MOST_S && (await isAlive(outside, mark))) {
      throw new OperatorError(
        'LOCKED',
        `Another run of mathesarctl is about to drop database "${settings.database}", which it created.`,
        'Run the command again in a minute.',
        { field: 'database' },
      )
    }
    await openAgain(outside, settings.database)
    return true
  })
}

/**
 * Returns whether `reopenDatabase` would open the database again, or wait for the run that closed it. Changes
 * nothing.
 *
 * Errors: those of `openSession`, and `INSUFFICIENT_PRIVILEGE`.
 */
export async function isClosedByRun(settings: ConnectionSettings, options: SessionOptions): Promise<boolean> {
  checkName(settings)
  return inMaintenanceDatabase(settings, options, 'reading the state of the database', async (outside) => {
    const row = await readOutside(outside, settings.database, 0)
    return row !== null && !row.isOpen && readMark(row.comment) !== null
  })
}

/** Returns whether the session that closed a database still exists: it ends with the process of the run. */
async function isAlive(outside: Session, { pid }: CloseMark): Promise<boolean> {
  const rows = await outside.check(() =>
    outside.query(
      'SELECT a.pid FROM pg_catalog.pg_stat_activity AS a WHERE a.pid OPERATOR(pg_catalog.=) $1::pg_catalog.int4',
      [pid],
    ),
  )
  return rows.length > 0
}
