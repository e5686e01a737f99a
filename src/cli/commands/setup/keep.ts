import { resolve } from 'node:path'
import { OperatorError } from '../../../errors.ts'
import { toRun } from '../../../hint.ts'
import type { JournalPlace } from '../../../store/types.ts'
import type { ConfigChanges } from '../../settings/config-text.ts'
import { configLines } from '../../settings/config-text.ts'
import { djangoFileBeside } from '../../settings/django-file.ts'
import { type GlobalFlags, type Globals, resolveGlobals } from '../../settings/globals.ts'
import { findSecretKey } from '../../settings/secret-key.ts'
import { writeConfig } from '../../settings/write-config.ts'
import { shellWord } from '../../shell-words.ts'
import type { Reporter } from '../../terminal.ts'
import { withoutPassword } from './url.ts'

/** The settings that were to hold for later commands. */
export interface KeptSettings {
  /** The path of the configuration file; `null` if there is no place for one. */
  path: string | null
  /** `unneeded`: the environment or the file names the Mathesar, and nothing was to be written. */
  status: 'written' | 'unchanged' | 'failed' | 'unneeded'
  /** Why the file was not written, as the end of a sentence; `null` if it was. */
  reason: string | null
  /** The lines for the file. */
  lines: string[]
}

export interface SettingsToKeep {
  /** The flags that were given or answered. */
  flags: GlobalFlags
  /** The settings with these flags. */
  globals: Globals
  journal: JournalPlace | null
}

/**
 * Writes what flags and answers state into the configuration file, so that later commands use the same
 * Mathesar. Never writes a password.
 */
export function keepSettings({ flags, globals, journal }: SettingsToKeep, whyNoFile: string): KeptSettings {
  const changes = configChanges(flags, globals, journal)
  const path = globals.files.config
  // Where nothing else is to be kept: a journal in the internal database is found there.
  const isJournalAlone = Object.keys(changes).length === 1 && changes.journal === 'database'
  if (isJournalAlone || Object.keys(changes).length === 0)
    return { path, status: 'unneeded', reason: null, lines: [] }
  if (path === null) return { path, status: 'failed', reason: whyNoFile, lines: configLines(changes) }
  return writeChanges(path, changes, globals)
}

/** Returns whether later commands use what this run does without its flags. */
export function isKept({ status }: Pick<KeptSettings, 'status'>): boolean {
  return status === 'written' || status === 'unchanged'
}

/** Returns the flags that later commands need beside what the configuration file keeps of this run. */
export function flagsBeside({ acceptUnknownLayout }: GlobalFlags): GlobalFlags {
  return acceptUnknownLayout === undefined ? {} : { acceptUnknownLayout }
}

function writeChanges(path: string, changes: ConfigChanges, { files }: Pick<Globals, 'files'>): KeptSettings {
  const outcome = writeConfig(path, changes, { isSystemWide: files.isSystemWide })
  const reason = outcome.status === 'failed' ? outcome.reason : null
  return { path, status: outcome.status, reason, lines: configLines(changes) }
}

function configChanges(flags: GlobalFlags, globals: Globals, journal: JournalPlace | null): ConfigChanges {
  const { envFile, secretKeyFile, address } = flags
  const stored = Object.keys(globals.config.addresses ?? {})
  const addresses = Object.fromEntries(
    (address ?? []).map((text) => {
      const host = text.slice(0, text.indexOf('='))
      // A host may be written in capitals: its former address must not stay beside the new one.
      const same = stored.find((name) => name.toLowerCase() === host.toLowerCase())
      return [same ?? host, text.slice(text.indexOf('=') + 1)]
    }),
  )
  return {
    ...namedInternal(flags, globals),
    ...(envFile === undefined ? {} : { 'env-file': resolve(envFile) }),
    ...(secretKeyFile === undefined ? {} : { 'secret-key-file': resolve(secretKeyFile) }),
    ...(journal === null ? {} : { journal }),
    ...(Object.keys(addresses).length === 0 ? {} : { addresses }),
  }
}

/** Returns the change that names the internal database, if one of the flags does. */
function namedInternal(flags: Pick<GlobalFlags, 'internalDb' | 'envFile'>, globals: Globals): ConfigChanges {
  if (!isInternalNamed(flags, globals)) return {}
  return { 'internal-db': flags.internalDb === undefined ? null : locationOf(globals) }
}

/** An .env file that names no internal database gives the key alone. */
function isInternalNamed(
  { internalDb, envFile }: Pick<GlobalFlags, 'internalDb' | 'envFile'>,
  globals: Pick<Globals, 'live' | 'internalDb'>,
): boolean {
  if (internalDb !== undefined) return true
  if (envFile === undefined) return false
  const beside = djangoFileBeside(envFile)
  return globals.live?.isNamedByFile === true || (beside !== null && resolve(beside) === locationOf(globals))
}

/** Returns the internal database as the configuration file names it, which starts paths elsewhere. */
function locationOf({ live, internalDb: { location } }: Pick<Globals, 'live' | 'internalDb'>): string | null {
  return live !== null || location === null ? location : resolve(location)
}

/** Writes that an internal database of its own is used, whatever Mathesar is found later. */
export function keepOwn({ internalDb: { location }, files }: Globals): KeptSettings | null {
  const path = files.config
  return location === null || path === null
    ? null
    : writeChanges(path, { 'internal-db': location }, { files })
}

/** Warns of what later commands lack, and of what the configuration file named before, if it was written. */
export async function warnOfKept(
  kept: KeptSettings,
  flags: GlobalFlags,
  globals: Globals,
  { env, terminal }: { env: NodeJS.ProcessEnv; terminal: Pick<Reporter, 'warn'> },
): Promise<void> {
  if (!isKept(kept)) return
  for (const { message, hint } of await missingLater(globals, env)) terminal.warn(message, hint)
  for (const { message, hint } of replacedSettings(flags, globals)) terminal.warn(message, hint)
}

/**
 * Returns what later commands lack, for nothing but this run states it: sentences, each with what to do.
 * Empty if they use the same Mathesar, with the same password and key.
 */
async function missingLater(
  globals: Globals,
  env: NodeJS.ProcessEnv,
): Promise<{ message: string; hint: string }[]> {
  const { POSTGRES_PASSWORD: _, ...lasting } = env
  const later = await resolveGlobals({}, lasting)
  if (locationOf(later) !== locationOf(globals)) {
    return [
      {
        message:
          `Later commands use another internal database: ${later.internalDb.location} ` +
          `(${later.internalDb.source}).`,
        hint: 'Remove that setting, which outranks the configuration file.',
      },
    ]
  }
  const missing = passwordMissing(globals, later)
  return keyOf(globals, env) === keyOf(later, withoutKey(env))
    ? missing
    : [...missing, keyMissing(later, env)]
}

function passwordMissing({ live }: Globals, later: Globals): { message: string; hint: string }[] {
  if (live === null || live.settings.password === null) return []
  const { host, port, database, user, password } = live.settings
  if (later.live?.settings.password === password) return []
  return [
    {
      message: 'The configuration file holds no password, and later commands need the one of this run.',
      hint: toRun(
        'Set PGPASSWORD for them, or add a line to the password file, ~/.pgpass (mode 0600):',
        `${[host, port, database, user].map(passwordFileField).join(':')}:PASSWORD`,
      ),
    },
  ]
}

/**
 * Returns warnings of what the configuration file named before, where flags or answers name another Mathesar:
 * that one itself, and the addresses that stay. They are sentences, each with what to do.
 */
function replacedSettings(
  flags: GlobalFlags,
  globals: Pick<Globals, 'live' | 'internalDb' | 'config' | 'files'>,
): { message: string; hint: string }[] {
  const { internalDb, envFile, address = [] } = flags
  const { config, files } = globals
  const isAnother =
    (internalDb !== undefined && locationOf(globals) !== config['internal-db']) ||
    (envFile !== undefined && resolve(envFile) !== config['env-file'])
  const before = nameBefore(config)
  if (!isAnother || before === null || !isInternalNamed(flags, globals)) return []
  const isGiven = (host: string) => address.some((text) => text.startsWith(`${host}=`))
  return [
    {
      message: `Before, commands used another internal database: ${before.place} (${files.config}).`,
      hint: toRun('To use that one again:', `mathesarctl setup ${before.flags}`),
    },
    ...Object.entries(config.addresses ?? {})
      .filter(([host]) => !isGiven(host))
      .map(([host, place]) => ({
        message: `The configuration file still has an address of ${host} from before: ${place}.`,
        hint: `If this Mathesar does not need it, remove it from ${files.config}.`,
      })),
  ]
}

/** Returns what the configuration file names, with the flags for it; `null` if it names none. */
function nameBefore(config: Globals['config']): { flags: string; place: string } | null {
  const { 'env-file': envFile, 'internal-db': internalDb } = config
  const location = internalDb && withoutPassword(internalDb)
  const place = location ?? envFile
  const flags = [
    ...(location === undefined ? [] : [`--internal-db ${shellWord(location)}`]),
    ...(envFile === undefined ? [] : [`--env-file ${shellWord(envFile)}`]),
  ]
  return place === undefined ? null : { flags: flags.join(' '), place }
}

/** Returns a value as a field of the password file. */
function passwordFileField(value: string | number): string {
  return String(value).replace(/[\\:]/g, '\\$&')
}

function withoutKey({ SECRET_KEY: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env
}

function keyMissing(later: Globals, env: NodeJS.ProcessEnv): { message: string; hint: string } {
  const inEnvironment = env.SECRET_KEY !== undefined && env.SECRET_KEY !== ''
  return inEnvironment
    ? {
        message: 'The secret key comes from the variable SECRET_KEY, which later commands need as well.',
        hint: 'Or name a file that contains it: mathesarctl setup --secret-key-file PATH.',
      }
    : {
        message:
          `Later commands find another secret key in ${later.envFile ?? 'the environment'}, which outranks ` +
          'the configuration file.',
        hint: 'Remove SECRET_KEY there, or set MATHESAR_SECRET_KEY_FILE to the file with the right key.',
      }
}

function keyOf(globals: Globals, env: NodeJS.ProcessEnv): string | null {
  try {
    return findSecretKey(globals, env, () => {}).key
  } catch (error) {
    if (error instanceof OperatorError) return null
    throw error
  }
}
