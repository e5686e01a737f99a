import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import { homeDirectory, namedHome } from '../../files/home-directory.ts'
import { foreignOwner, userName } from '../../files/owners.ts'

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

/**
 * The default files: XDG Base Directory's with its fallbacks under HOME, relative values ignored; or the machine's,
 * where its configuration file exists and can be read. A directory that belongs to another user than this one or root
 * has no default files.
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
  const own = (place: Place): string | null => {
    const directory = placeDirectory(env, home, place)
    return directory === null || foreignOwner(directory) !== null ? null : directory
  }
  const config = own(CONFIG)
  const data = own(DATA)
  return {
    config: config && join(config, 'mathesarctl', 'config.yaml'),
    secretKey: config && join(config, 'mathesarctl', 'secret_key'),
    internalDatabase: data && join(data, 'mathesarctl', 'internal.sqlite3'),
    system: false,
  }
}

interface Place {
  variable: 'XDG_CONFIG_HOME' | 'XDG_DATA_HOME'
  belowHome: readonly string[]
}

const CONFIG: Place = { variable: 'XDG_CONFIG_HOME', belowHome: ['.config'] }
const DATA: Place = { variable: 'XDG_DATA_HOME', belowHome: ['.local', 'share'] }

function placeDirectory(env: NodeJS.ProcessEnv, home: string | null, place: Place): string | null {
  const named = env[place.variable]
  if (named?.startsWith('/')) return named
  return home === null ? null : join(home, ...place.belowHome)
}

/**
 * Why there is no default file, in words that end a sentence: there is no home directory, or the directory belongs to
 * another user.
 */
export function whyNoDefault(env: NodeJS.ProcessEnv, what: 'config' | 'data'): string {
  const place = what === 'config' ? CONFIG : DATA
  const home = namedHome(env)
  const directory = placeDirectory(env, home, place)
  const isNamed = env[place.variable]?.startsWith('/') === true
  for (const one of isNamed ? [directory] : [home, directory]) {
    const owner = one === null ? null : foreignOwner(one)
    if (owner === null) continue
    const name = isNamed ? `${place.variable} is ` : one === home ? 'the home directory is ' : 'it goes into '
    return `${name}${one}, which belongs to another user (${userName(owner)})`
  }
  return 'there is no home directory'
}

/**
 * The groups that share the machine's files with root: the one that root lets read the settings. They may write to the
 * directories and the internal database, too. Empty where the settings of the machine are not used.
 */
export function machineGroups({ system, config }: FileLocations): number[] {
  if (!system || config === null) return []
  const stats = statSync(config, { throwIfNoEntry: false })
  return stats?.uid === 0 && (stats.mode & 0o040) !== 0 ? [stats.gid] : []
}

/** The configuration file of another user, which XDG_CONFIG_HOME or HOME leads to and nothing reads; `null` if none is there. */
export function foreignConfig(env: NodeJS.ProcessEnv): string | null {
  const directory = placeDirectory(env, namedHome(env), CONFIG)
  const path = directory && join(directory, 'mathesarctl', 'config.yaml')
  return path !== null && locateFiles(env).config === null && canRead(path) ? path : null
}

function canRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
