import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Creates a directory and its missing parents, and returns whether it had to create the directory. It does
 * not use Node's own `recursive`: on a file system that refuses new names with ENOENT, such as /proc, Node
 * retries forever and ignores signals.
 *
 * @param mode the permissions of all created directories, whatever the umask is
 *
 * Errors: those of the operating system.
 */
export function makeDirectories(path: string, mode?: number): boolean {
  for (let isRetry = false; ; isRetry = true) {
    try {
      mkdirSync(path, mode ?? 0o777)
      if (mode !== undefined) chmodSync(path, mode)
      return true
    } catch (error) {
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return false
      if (isRetry || !(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
      makeDirectories(dirname(path), mode)
    }
  }
}
