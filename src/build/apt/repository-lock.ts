import { closeSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { OperatorError } from '../../errors.ts'

/**
 * Runs what changes a repository while nobody else does. Two runs at once would each write an index without the other’s packages,
 * and one would tidy away what the other is about to name.
 *
 * It is a lock on an empty SQLite file, which the operating system ends with the process, however that dies: a run that was
 * killed leaves a file, but never a lock. It holds among containers too, where process numbers would mean nothing.
 *
 * @param path of the lock’s file, which is there only meanwhile
 * @param of what is locked, for the message
 * Errors: `LOCKED` at once where somebody else holds it.
 */
export async function withRepositoryLock<T>(path: string, of: string, work: () => Promise<T>): Promise<T> {
  const connection = locked(path)
  if (connection === null) {
    throw new OperatorError(
      'LOCKED',
      `Another run is changing the repository in ${of} now.`,
      'Run the same command again when it is done.',
    )
  }
  try {
    return await work()
  } finally {
    // Before the lock ends, so that nobody’s file is deleted but this one.
    rmSync(path, { force: true })
    connection.close()
  }
}

function locked(path: string): Database.Database | null {
  mkdirSync(dirname(path), { recursive: true })
  closeSync(openSync(path, 'a'))
  const { ino } = statSync(path)
  const connection = new Database(path, { timeout: 0 })
  try {
    // Nothing is ever written to it: a journal file beside it would be one more thing to sweep up.
    connection.pragma('journal_mode = MEMORY')
    connection.exec('BEGIN EXCLUSIVE')
    // The one who had it may have deleted the file since it was opened, and somebody else have made another.
    if (statSync(path, { throwIfNoEntry: false })?.ino === ino) return connection
  } catch (error) {
    if (!(error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY'))) {
      connection.close()
      throw error
    }
  }
  connection.close()
  return null
}
