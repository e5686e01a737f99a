import { isAbsolute, join } from 'node:path'
import { examinePath } from './examine.ts'

/**
 * Returns the directory for files of this user that can be fetched again, by the XDG Base Directory
 * Specification; `null` if the environment names none.
 */
export function userCache({ XDG_CACHE_HOME: cache, HOME: home }: NodeJS.ProcessEnv): string | null {
  if (cache && isAbsolute(cache)) return cache
  return home && isAbsolute(home) ? join(home, '.cache') : null
}

/**
 * Returns whether nobody but this user and root can have written the file there, or can add one beside it.
 */
export function isClosed(path: string): boolean {
  const { problem, sharedVolumes } = examinePath(path, { named: false }, { isExclusive: true })
  return problem === null && sharedVolumes.length === 0
}
