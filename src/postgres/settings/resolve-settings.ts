import { usageError } from '../../errors.ts'
import type { ConnectionSettings, SettingField, SettingSource } from '../types.ts'
import { parseDsn } from './dsn.ts'
import { readEnvironment } from './environment.ts'
import type { ChannelBinding, DsnValues } from './parameters.ts'
import { passwordFilePath, readPasswordFile } from './password-file.ts'
import { readService } from './service-file.ts'

/** The defaults; every other value must be given. */
export const DEFAULT_SETTINGS = { host: 'localhost', port: 5432, sslmode: 'prefer' } as const

export interface ResolveInput {
  /** Values of flags: the strongest. `undefined` counts as not given. */
  flags: { [Field in SettingField]?: ConnectionSettings[Field] | undefined }
  dsn?: string | undefined
  env: Readonly<Record<string, string | undefined>>
  /** The home directory, for the password file and the service file; `null` if there is none. */
  home: string | null
}

export interface ResolvedSettings {
  /** The given values, without defaults. */
  values: Partial<ConnectionSettings>
  sources: Partial<Record<SettingField, SettingSource>>
  /** Milliseconds; `null` if none was given, or 0, which means no limit. */
  connectTimeoutMs: number | null
  /** For `SessionOptions.channelBinding`; `null` if none was given. */
  channelBinding: ChannelBinding | null
  /** The password file that a connection string or service named; for `lookUpPassword`. */
  passfile: string | null
  warnings: string[]
}

/**
 * Merges the values of flags, connection string, libpq's environment, service file and password file: each
 * field comes from the strongest source that has it. A service that the connection string names counts with
 * the string, so that the environment does not override what the operator typed; one that PGSERVICE names is
 * weaker than other variables.
 *
 * Errors: `USAGE`.
 */
export function resolveSettings(input: ResolveInput): ResolvedSettings {
  const { env, home } = input
  const resolved: ResolvedSettings = {
    values: {},
    sources: {},
    connectTimeoutMs: null,
    channelBinding: null,
    passfile: null,
    warnings: [],
  }
  merge(resolved, { settings: defined(input.flags) }, 'flag')
  const dsn = input.dsn === undefined ? null : parseDsn(input.dsn)
  if (dsn) {
    merge(resolved, dsn, 'dsn')
    if (dsn.service) merge(resolved, readService(dsn.service, env, home, 'dsn'), 'service file')
  }
  const environment = readEnvironment(env)
  resolved.warnings.push(...environment.warnings)
  merge(resolved, environment.values, 'environment')
  const service = environment.values.service
  if (service && !dsn?.service) merge(resolved, readService(service, env, home), 'service file')

  // libpq treats an empty password as none, and reads the password file. `null` as a flag means "no
  // password".
  if (!resolved.values.password && resolved.sources.password !== 'flag') {
    const lookup = lookUpPassword(resolved.values, env, home, resolved.passfile)
    resolved.warnings.push(...lookup.warnings)
    if (lookup.password !== null) {
      resolved.values.password = lookup.password
      resolved.sources.password = 'password file'
    }
  }
  return resolved
}

/**
 * Looks up the password of a connection in the password file, with the defaults for host and port where they
 * are not given. Finds nothing before database and role are known, so callers look again after asking for
 * them. `passfile` is a path that was named (`ResolvedSettings.passfile`).
 */
export function lookUpPassword(
  values: Partial<ConnectionSettings>,
  env: Readonly<Record<string, string | undefined>>,
  home: string | null,
  passfile: string | null = null,
): { password: string | null; warnings: string[] } {
  const path = passwordFilePath(passfile, env, home)
  const { database, user } = values
  if (path === null || database === undefined || user === undefined) return { password: null, warnings: [] }
  const { password, warning } = readPasswordFile(path, {
    host: values.host ?? DEFAULT_SETTINGS.host,
    port: values.port ?? DEFAULT_SETTINGS.port,
    database,
    user,
  })
  return { password: password === '' ? null : password, warnings: warning === null ? [] : [warning] }
}

/** The fields without a default. */
const REQUIRED = [
  { field: 'database', description: 'name of the database' },
  { field: 'user', description: 'role to log in as' },
] as const

/** Returns the fields that have neither a value nor a default. */
export function missingSettings(values: Partial<ConnectionSettings>): ('database' | 'user')[] {
  return REQUIRED.map(({ field }) => field).filter((field) => !values[field])
}

/**
 * Adds the defaults: host `localhost`, port 5432, sslmode `prefer` (`verify-full` with
 * `sslrootcert=system`, as in libpq), no password. Errors: `USAGE` that names the flags of all missing
 * values.
 */
export function completeSettings(values: Partial<ConnectionSettings>): ConnectionSettings {
  const { database, user } = values
  if (!database || !user) throw missing(missingSettings(values))
  return {
    host: values.host ?? DEFAULT_SETTINGS.host,
    port: values.port ?? DEFAULT_SETTINGS.port,
    database,
    user,
    password: values.password ?? null,
    sslmode: values.sslmode ?? (values.sslrootcert === 'system' ? 'verify-full' : DEFAULT_SETTINGS.sslmode),
    sslrootcert: values.sslrootcert ?? null,
    sslcert: values.sslcert ?? null,
    sslkey: values.sslkey ?? null,
    options: values.options ?? null,
  }
}

function missing(fields: readonly ('database' | 'user')[]) {
  const descriptions = REQUIRED.filter(({ field }) => fields.includes(field)).map(
    ({ description }) => `the ${description}`,
  )
  const flags = fields.map((field) => `--${field}`)
  const variables = fields.map((field) => `PG${field.toUpperCase()}`)
  const message =
    descriptions.length === 1
      ? `${descriptions.join().replace(/^t/, 'T')} is missing.`
      : `These values are missing: ${descriptions.join(' and ')}.`
  const pronoun = descriptions.length === 1 ? 'it' : 'them'
  return usageError(
    message,
    `Set ${pronoun} with ${flags.join(' and ')}, in --dsn, or in ${variables.join(' and ')}.`,
    fields[0],
  )
}

/** Adds the values that no stronger source has given. */
function merge(
  into: ResolvedSettings,
  from: Pick<DsnValues, 'settings'> & Partial<DsnValues>,
  source: SettingSource,
): void {
  for (const field of Object.keys(from.settings) as SettingField[]) {
    if (into.sources[field] !== undefined) continue
    Object.assign(into.values, { [field]: from.settings[field] })
    into.sources[field] = source
  }
  into.connectTimeoutMs ??= from.connectTimeoutMs ?? null
  into.channelBinding ??= from.channelBinding ?? null
  into.passfile ??= from.passfile ?? null
}

function defined(flags: ResolveInput['flags']): Partial<ConnectionSettings> {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
}
