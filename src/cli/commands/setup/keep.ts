import { resolve } from 'node:path'
import { OperatorError } from '../../../errors.ts'
import { toRun } from '../../../hint.ts'
import type { JournalPlace } from '../../../store/types.ts'
import type { ConfigChanges } from '../../settings/config-text.ts'
import { configLines } from '../../settings/config-text.ts'
import { type GlobalFlags, type Globals, resolveGlobals } from '../../settings/globals.ts'
import { findSecretKey } from '../../settings/secret-key.ts'
import { writeConfig } from '../../settings/write-config.ts'
import { shellWord } from '../../shell-words.ts'
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

function writeChanges(path: string, changes: ConfigChanges, { files }: Pick<Globals, 'files'>): KeptSettings {
  const outcome = writeConfig(path, changes, { isSystemWide: files.isSystemWide })
  const reason = outcome.status === 'failed' ? outcome.reason : null
  return { path, status: outcome.status, reason, lines: configLines(changes) }
}

function configChanges(
  { internalDb, envFile, secretKeyFile, address }: GlobalFlags,
  globals: Globals,
  journal: JournalPlace | null,
): ConfigChanges {
  const isNamed = internalDb !== undefined || envFile !== undefined
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
    ...(isNamed ? { 'internal-db': internalDb === undefined ? null : globals.internalDb.location } : {}),
    ...(envFile === undefined ? {} : { 'env-file': resolve(envFile) }),
    ...(secretKeyFile === undefined ? {} : { 'secret-key-file': resolve(secretKeyFile) }),
    ...(journal === null ? {} : { journal }),
    ...(Object.keys(addresses).length === 0 ? {} : { addresses }),
  }
}

/** Writes that an internal database of its own is used, whatever Mathesar is found later. */
export function keepOwn({ internalDb: { location }, files }: Globals): KeptSettings | null {
  const path = files.config
  return location === null || path === null
    ? null
    : writeChanges(path, { 'internal-db': location }, { files })
}

/**
 * Returns what later commands lack, for nothing but this run states it: sentences, each with what to do.
 * Empty if they use the same Mathesar, with the same password and key.
 */
export async function missingLater(
  globals: Globals,
  env: NodeJS.ProcessEnv,
): Promise<{ message: string; hint: string }[]> {
  const { POSTGRES_PASSWORD: _, ...lasting } = env
  const later = await resolveGlobals({}, lasting)
  const { live } = globals
  if (live === null) return []
  if (later.live?.location !== live.location) {
    return [
      {
        message:
          `Later commands use another internal database: ${later.internalDb.location} ` +
          `(${later.internalDb.source}).`,
        hint: 'Remove that setting, which outranks the configuration file.',
      },
    ]
  }
  const { host, port, database, user } = live.settings
  const passwordMissing =
    live.settings.password !== null && later.live.settings.password !== live.settings.password
  const missing = passwordMissing
    ? [
        {
          message: 'The configuration file holds no password, and later commands need the one of this run.',
          hint: toRun(
            'Set PGPASSWORD for them, or add a line to the password file, ~/.pgpass (mode 0600):',
            `${[host, port, database, user].map(passwordFileField).join(':')}:PASSWORD`,
          ),
        },
      ]
    : []
  return keyOf(globals, env) === keyOf(later, withoutKey(env))
    ? missing
    : [...missing, keyMissing(later, env)]
}

/**
 * Returns warnings of what the configuration file named before, where flags or answers name another Mathesar:
 * that one itself, and the addresses that stay. They are sentences, each with what to do.
 */
export function replacedSettings(
  { internalDb, envFile, address = [] }: GlobalFlags,
  { config, files }: Pick<Globals, 'config' | 'files'>,
): { message: string; hint: string }[] {
  const isAnother =
    (internalDb !== undefined && internalDb !== config['internal-db']) ||
    (envFile !== undefined && resolve(envFile) !== config['env-file'])
  const before = nameBefore(config)
  if (!isAnother || before === null) return []
  const isGiven = (host: string) => address.some((text) => text.startsWith(`${host}=`))
  return [
    {
      message: `Before, commands used another internal database: ${before.place} (${files.config}).`,
      hint: toRun('To use that one again:', `mathesarctl setup ${before.flag} ${shellWord(before.place)}`),
    },
    ...Object.entries(config.addresses ?? {})
      .filter(([host]) => !isGiven(host))
      .map(([host, place]) => ({
        message: `The configuration file still has an address of ${host} from before: ${place}.`,
        hint: `If this Mathesar does not need it, remove it from ${files.config}.`,
      })),
  ]
}

/** Returns what the configuration file names, with the flag for it; `null` if it names none. */
function nameBefore(config: Globals['config']): { flag: string; place: string } | null {
  const { 'env-file': envFile, 'internal-db': internalDb } = config
  if (envFile !== undefined) return { flag: '--env-file', place: envFile }
  return internalDb === undefined ? null : { flag: '--internal-db', place: withoutPassword(internalDb) }
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
