import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the .deb puts the settings of the whole machine. */
export const SYSTEM_CONFIG = '/etc/mathesar/mathesarctl.yaml'

/** The files that are used where no flag or variable names another. */
export interface FileLocations {
  /** The configuration file, whether it exists or not; `null` where there is no home directory. */
  config: string | null
  secretKey: string | null
  internalDatabase: string | null
  /** The machine's settings hold, not the user's. */
  system: boolean
}

/** The user's home directory, or `null` where there is none (a container's arbitrary user, for instance). */
export function homeDirectory(env: NodeJS.ProcessEnv): string | null {
  if (env.HOME?.startsWith('/')) return env.HOME
  try {
    const home = homedir()
    return home.startsWith('/') ? home : null
  } catch {
    return null
  }
}

/**
 * The default files: XDG Base Directory's with its fallbacks under HOME, relative values ignored; or the machine's,
 * where its configuration file exists and can be read.
 */
export function locateFiles(env: NodeJS.ProcessEnv, systemConfig = SYSTEM_CONFIG): FileLocations {
  if (canRead(systemConfig)) {
    return {
      config: systemConfig,
      secretKey: '/etc/mathesar/secret_key',
      internalDatabase: '/var/lib/mathesar/internal.sqlite3',
      system: true,
    }
  }
  const home = homeDirectory(env)
  const base = (variable: string | undefined, ...fallback: string[]) =>
    variable?.startsWith('/') ? variable : home === null ? null : join(home, ...fallback)
  const config = base(env.XDG_CONFIG_HOME, '.config')
  const data = base(env.XDG_DATA_HOME, '.local', 'share')
  return {
    config: config && join(config, 'mathesarctl', 'config.yaml'),
    secretKey: config && join(config, 'mathesarctl', 'secret_key'),
    internalDatabase: data && join(data, 'mathesarctl', 'internal.sqlite3'),
    system: false,
  }
}

function canRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
