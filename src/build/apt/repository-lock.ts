import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { OperatorError } from '../../errors.ts'
import { acquireLock } from '../../locks/process-lock.ts'

/**
 * Runs what changes a repository while nobody else does. Two runs at once would each write an index without the other's
 * packages, and one would delete what the other is about to name.
 *
 * Errors: `LOCKED` at once where another run has the lock.
 *
 * @param path of the lock's file, which exists only during the run
 * @param of what is locked, for the message
 */
export async function withRepositoryLock<T>(path: string, of: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true })
  const lock = acquireLock(path, { isShared: true })
  if (lock === null) {
    throw new OperatorError(
      'LOCKED',
      `Another run is changing the repository in ${of} now.`,
      'Run the same command again when it is done.',
    )
  }
  try {
    return await work()
  } finally {
    lock.remove()
  }
}
