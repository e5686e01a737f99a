import { isAbsolute, join } from 'node:path'

/**
 * Returns the directory for files of this user that can be fetched again, by the XDG Base Directory
 * Specification; `null` if the environment names none.
 */
export function userCache({ XDG_CACHE_HOME: cache, HOME: home }: NodeJS.ProcessEnv): string | null {
  if (cache && isAbsolute(cache)) return cache
  return home && isAbsolute(home) ? join(home, '.cache') : null
}
