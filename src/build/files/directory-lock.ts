import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { OperatorError } from '../../errors.ts'
import { lockOwner, lockOwnerText } from '../../locks/lock-owner.ts'
import { acquireLock } from '../../locks/process-lock.ts'

/**
 * Changes a directory while no other run does. Two runs at once would each write an index without the other's
 * files, and one would delete what the other is about to name.
 *
 * Errors: `LOCKED` at once where another run has the lock; those of `change`.
 *
 * @param lockFile path of the lock's file, which exists only during the change
 * @param resource the words for what is locked, such as `the repository in /srv/apt`
 */
export async function withDirectoryLock<Result>(
  lockFile: string,
  resource: string,
  change: () => Promise<Result>,
): Promise<Result> {
  mkdirSync(dirname(lockFile), { recursive: true })
  const lock = acquireLock(lockFile, { isShared: true })
  if (lock === null) {
    const owner = lockOwner([lockFile])
    throw new OperatorError(
      'LOCKED',
      `Another run${owner === null ? '' : `, ${lockOwnerText(owner)},`} is changing ${resource} now.`,
      'Run the same command again when it is done.',
    )
  }
  try {
    return await change()
  } finally {
    lock.remove()
  }
}
