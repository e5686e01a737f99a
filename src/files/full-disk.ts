import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'

/** Less than that is as good as nothing, in bytes: SQLite creates files of 32 KiB. */
const LEAST_BYTES = 64 * 1024

/**
 * Returns whether the file system of a file has no room for more data, or for more files. A library may
 * report a failed write without the reason. `false` if the system does not say.
 */
export function isDiskFull(path: string): boolean {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(dirname(path))
    // Some file systems count no files.
    return bavail * bsize < LEAST_BYTES || (files > 0 && ffree === 0)
  } catch {
    return false
  }
}
