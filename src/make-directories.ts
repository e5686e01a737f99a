import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a directory, and those above it that are missing; whether it had to be made. Not by Node's own `recursive`: that tries
 * for ever, deaf to signals, where a file system takes no new names and says so with ENOENT, as /proc does.
 *
 * Errors: those of the system.
 */
export function makeDirectories(path: string, mode = 0o777): boolean {
  for (let again = false; ; again = true) {
    try {
      mkdirSync(path, mode)
      return true
    } catch (error) {
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return false
      if (again || !(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
      makeDirectories(dirname(path), mode)
    }
  }
}
