import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Creates a directory, and those above it that are missing; returns whether it had to be created. With a `mode` all of
 * them get that one, whatever the umask is. Not by Node's own `recursive`: that tries for ever, deaf to signals, where a
 * file system takes no new names and says so with ENOENT, as /proc does.
 *
 * Errors: those of the system.
 */
export function makeDirectories(path: string, mode?: number): boolean {
  for (let again = false; ; again = true) {
    try {
      mkdirSync(path, mode ?? 0o777)
      if (mode !== undefined) chmodSync(path, mode)
      return true
    } catch (error) {
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return false
      if (again || !(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
      makeDirectories(dirname(path), mode)
    }
  }
}
