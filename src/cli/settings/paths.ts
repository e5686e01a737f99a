import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import { systemErrorCode } from '../../files/file-reason.ts'
import { homeDirectory, namedHome } from '../../files/home-directory.ts'
import { foreignOwner, userName } from '../../files/owners.ts'

/** The settings of the whole machine, which the .deb installs. */
const SYSTEM_CONFIG = '/etc/mathesar/mathesarctl.yaml'

/** The settings of the machine's own Mathesar, which the .deb of Mathesar installs. */
const SYSTEM_ENV_FILE = '/etc/mathesar/mathesar.env'

/** The files where no flag or variable names another. */
export interface FileLocations {
  /** The configuration file, whether it exists or not; `null` if there is no home directory. */
  config: string | null
  secretKey: string | null
  internalDatabase: string | null
  /** The directory of the journals of live Mathesars; it need not exist. */
  journals: string | null
  /** The `.env` file of the machine's Mathesar; `null` if there is none that this user can read. */
  mathesarEnvFile: string | null
  /** The machine's settings apply, not the user's. */
  isSystemWide: boolean
}

/**
 * Locates the default files: those of the machine, where its configuration file exists and can be read;
 * otherwise those of the XDG Base Directory Specification, with its fallbacks under HOME. Relative values are
 * ignored. A directory that belongs to another user than this one or root has no default files.
 */
export function locateFiles(
  env: NodeJS.ProcessEnv,
  systemConfig = SYSTEM_CONFIG,
  systemEnvFile = SYSTEM_ENV_FILE,
): FileLocations {
  const mathesarEnvFile = canRead(systemEnvFile) ? systemEnvFile : null
  if (canRead(systemConfig)) {
    return {
      config: systemConfig,
      secretKey: '/etc/mathesar/secret_key',
      internalDatabase: '/var/lib/mathesar/internal.sqlite3',
      journals: '/var/lib/mathesar/journal',
      mathesarEnvFile,
      isSystemWide: true,
    }
  }
  const home = homeDirectory(env)
  const own = (place: Place): string | null => {
    const directory = placeDirectory(env, home, place)
    return directory === null || foreignOwner(directory) !== null ? null : directory
  }
  const config = own(CONFIG)
  const data = own(DATA)
  const state = own(STATE)
  return {
    config: config && join(config, 'mathesarctl', 'config.yaml'),
    secretKey: config && join(config, 'mathesarctl', 'secret_key'),
    internalDatabase: data && join(data, 'mathesarctl', 'internal.sqlite3'),
    journals: state && join(state, 'mathesarctl'),
    mathesarEnvFile,
    isSystemWide: false,
  }
}

interface Place {
  variable: 'XDG_CONFIG_HOME' | 'XDG_DATA_HOME' | 'XDG_STATE_HOME'
  belowHome: readonly string[]
}

const CONFIG: Place = { variable: 'XDG_CONFIG_HOME', belowHome: ['.config'] }
const DATA: Place = { variable: 'XDG_DATA_HOME', belowHome: ['.local', 'share'] }
const STATE: Place = { variable: 'XDG_STATE_HOME', belowHome: ['.local', 'state'] }

const PLACES = { config: CONFIG, data: DATA, state: STATE } as const

function placeDirectory(env: NodeJS.ProcessEnv, home: string | null, place: Place): string | null {
  const named = env[place.variable]
  if (named?.startsWith('/')) return named
  return home === null ? null : join(home, ...place.belowHome)
}

/**
 * Returns the reason why there is no default file, as the end of a sentence: there is no home directory, or
 * the directory belongs to another user.
 */
export function whyNoDefault(env: NodeJS.ProcessEnv, kind: keyof typeof PLACES): string {
  const place = PLACES[kind]
  const home = namedHome(env)
  const directory = placeDirectory(env, home, place)
  const isNamed = env[place.variable]?.startsWith('/') === true
  for (const path of isNamed ? [directory] : [home, directory]) {
    const owner = path === null ? null : foreignOwner(path)
    if (owner === null) continue
    const name = isNamed
      ? `${place.variable} is `
      : path === home
        ? 'the home directory is '
        : 'it goes into '
    return `${name}${path}, which belongs to another user (${userName(owner)})`
  }
  return 'there is no home directory'
}

/**
 * Returns the groups that share the machine's files with root: the group that may read the machine's
 * settings. It may also write to the directories and the internal database. Empty if the machine's
 * settings do not apply.
 */
export function machineGroups({ isSystemWide, config }: FileLocations): number[] {
  if (!isSystemWide || config === null) return []
  const stats = statSync(config, { throwIfNoEntry: false })
  return stats?.uid === 0 && (stats.mode & 0o040) !== 0 ? [stats.gid] : []
}

/**
 * Returns a configuration file of another user that XDG_CONFIG_HOME or HOME leads to, and that is ignored;
 * `null` if none exists.
 */
export function foreignConfig(env: NodeJS.ProcessEnv): string | null {
  const directory = placeDirectory(env, namedHome(env), CONFIG)
  const path = directory && join(directory, 'mathesarctl', 'config.yaml')
  return path !== null && locateFiles(env).config === null && canRead(path) ? path : null
}

/**
 * Returns the configuration file where this user may not look for it, so that the run has none of its
 * settings; `null` otherwise.
 */
export function closedConfig({ config }: FileLocations): string | null {
  try {
    if (config !== null) statSync(config, { throwIfNoEntry: false })
    return null
  } catch (error) {
    return systemErrorCode(error) === 'EACCES' ? config : null
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
