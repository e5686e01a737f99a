import { homedir } from 'node:os'
import { foreignOwner } from './owners.ts'

/**
 * Returns the user's home directory, or `null` if there is none (a container's arbitrary user, for
 * instance) or it belongs to another user: `sudo` may keep HOME.
 */
export function homeDirectory(env: NodeJS.ProcessEnv): string | null {
  const home = namedHome(env)
  return home === null || foreignOwner(home) !== null ? null : home
}

/**
 * Returns the home directory that HOME or the system's list of users names, whoever owns it; `null` where
 * neither does.
 */
export function namedHome(env: NodeJS.ProcessEnv): string | null {
  if (env.HOME?.startsWith('/')) return env.HOME
  try {
    const home = homedir()
    return home.startsWith('/') ? home : null
  } catch {
    // No HOME, and the user is not in the password database, as in some containers.
    return null
  }
}
