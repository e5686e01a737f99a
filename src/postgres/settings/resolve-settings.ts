import { isIP } from 'node:net'
import { usageError } from '../../errors.ts'
import type { Damage } from '../../files/lenient-text.ts'
import { listed } from '../../listed.ts'
import { isSocketDirectory } from '../describe.ts'
import type { TlsOptions } from '../tls/options.ts'
import type {
  ConnectionSettings,
  HostAddress,
  PasswordSource,
  SettingField,
  SettingSource,
} from '../types.ts'
import { dsnParameters } from './dsn.ts'
import { environmentParameters, ignoredVariable } from './environment.ts'
import { type ChannelBinding, FIELD_OF, type GivenParameter, isGiven, readParameters } from './parameters.ts'
import { passwordFilePath, readPasswordFile } from './password-file.ts'
import { readService } from './service-file.ts'

/** The defaults; every other value must be given. */
export const DEFAULT_SETTINGS = { host: 'localhost', port: 5432, sslmode: 'prefer' } as const

export interface ResolveInput {
  /** Values of flags: the strongest. `undefined` counts as not given. */
  flags: { [Field in SettingField]?: ConnectionSettings[Field] | undefined }
  dsn?: string | undefined
  /** What is known of the connection string, which may have had bytes that are not UTF-8. */
  dsnDamage?: Damage
  env: Readonly<Record<string, string | undefined>>
  /** The home directory, for the password file and the service file; `null` if there is none. */
  home: string | null
}

export interface ResolvedSettings {
  /** The given values, without defaults. */
  values: Partial<ConnectionSettings>
  sources: Partial<Record<SettingField, SettingSource>>
  /** Where the password came from; `null` if there is none, or a flag gave it. */
  passwordSource: PasswordSource | null
  /** The address of a host that libpq's `hostaddr` gives, for `SessionOptions.addresses`. */
  addresses: ReadonlyMap<string, HostAddress>
  /** Milliseconds; `Infinity` if the given limit is 0, which means none; `null` if none was given. */
  connectTimeoutMs: number | null
  /** For `SessionOptions.channelBinding`; `null` if none was given. */
  channelBinding: ChannelBinding | null
  /** For `SessionOptions.tls`. */
  tls: TlsOptions
  /** The password file that was named; empty for the default one; for `lookUpPassword`. */
  passfile: string | null
  warnings: string[]
}

/**
 * Merges the values of flags, connection string, service, libpq's environment variables and password file:
 * each parameter comes from the strongest source that has it, by libpq's order. The service is the one that
 * the connection string names, else that of PGSERVICE. A parameter that is given as empty has its default,
 * whatever weaker sources say.
 *
 * Errors: `USAGE`.
 */
export function resolveSettings(input: ResolveInput): ResolvedSettings {
  const { env, home } = input
  const flags = defined(input.flags)
  const { parameters, service, warnings } = mergeParameters(input, new Set(Object.keys(flags)))
  const read = readParameters(parameters.values())
  const values = { ...read.settings, ...flags }
  const sources: ResolvedSettings['sources'] = {}
  for (const [name, { source }] of parameters) {
    const field = FIELD_OF.get(name)
    if (field !== undefined && values[field] !== undefined) sources[field] = source
  }
  for (const field of Object.keys(flags) as SettingField[]) sources[field] = 'flag'
  const resolved: ResolvedSettings = {
    values,
    sources,
    passwordSource: sourceOfPassword(sources.password, service),
    addresses: new Map(),
    connectTimeoutMs: read.connectTimeoutMs,
    channelBinding: read.channelBinding,
    tls: read.tls,
    passfile: read.passfile,
    warnings,
  }
  if (read.hostaddr !== null) {
    setAddress(resolved, read.hostaddr, parameters.get('hostaddr')?.source ?? 'environment')
  }
  // libpq treats an empty password as none, and reads the password file. `null` as a flag means "no
  // password".
  if (!values.password && sources.password !== 'flag') {
    const lookup = lookUpPassword(values, env, home, resolved.passfile)
    warnings.push(...lookup.warnings)
    if (lookup.password !== null) {
      values.password = lookup.password
      sources.password = 'password file'
      resolved.passwordSource = lookup.source
    }
  }
  return resolved
}

/**
 * Returns how libpq's variables have TLS used, for connections whose other values are stored. `onWarning`
 * receives a warning about each of these variables that is ignored.
 */
export function environmentTls(env: ResolveInput['env'], onWarning?: (message: string) => void): TlsOptions {
  const { PGSSLNEGOTIATION, PGSSLCERTMODE, PGSSLSNI, PGSSLCRL, PGSSLCRLDIR } = env
  const variables = { PGSSLNEGOTIATION, PGSSLCERTMODE, PGSSLSNI, PGSSLCRL, PGSSLCRLDIR }
  const { tls, warnings } = resolveSettings({ flags: {}, env: variables, home: null })
  for (const warning of warnings) onWarning?.(warning)
  return { ...tls, areSettingsStored: true }
}

/**
 * Returns the time limit of connecting that PGCONNECT_TIMEOUT sets, as in `ResolvedSettings`, for connections
 * whose other values are stored. Errors: `USAGE`.
 */
export function environmentTimeout({ PGCONNECT_TIMEOUT }: ResolveInput['env']): number | null {
  return resolveSettings({ flags: {}, env: { PGCONNECT_TIMEOUT }, home: null }).connectTimeoutMs
}

type SourcedParameter = GivenParameter & { source: SettingSource }

interface Merged {
  /** The strongest of each parameter, by libpq's name. */
  parameters: Map<string, SourcedParameter>
  /** The service that was read; `null` if none is named. */
  service: { name: string; path: string } | null
  warnings: string[]
}

/** @param claimed the fields that flags give */
function mergeParameters({ dsn, dsnDamage, env, home }: ResolveInput, claimed: ReadonlySet<string>): Merged {
  const parameters: Merged['parameters'] = new Map()
  const warnings: string[] = []
  if (dsn !== undefined) {
    for (const parameter of dsnParameters(dsn, dsnDamage)) {
      if (isGiven(parameter)) parameters.set(parameter.name, { ...parameter, source: 'dsn' })
    }
  }
  const isOpen = (name: string) => !parameters.has(name) && !claimed.has(FIELD_OF.get(name) ?? '')
  const variables = environmentParameters(env)
  const inDsn = parameters.get('service')?.value
  const name = inDsn ?? variables.find((parameter) => parameter.name === 'service')?.value
  const service = name ? { name, ...readService(name, env, home, inDsn ? 'dsn' : undefined) } : null
  for (const parameter of service?.parameters ?? []) {
    if (isGiven(parameter) && isOpen(parameter.name)) {
      parameters.set(parameter.name, { ...parameter, source: 'service file' })
    }
  }
  for (const parameter of variables) {
    if (!isOpen(parameter.name)) continue
    if (parameter.isIgnored) warnings.push(ignoredVariable(parameter))
    else parameters.set(parameter.name, { ...parameter, source: 'environment' })
  }
  return { parameters, service, warnings }
}

function sourceOfPassword(
  source: SettingSource | undefined,
  service: Merged['service'],
): PasswordSource | null {
  if (source === 'dsn') return { kind: 'dsn' }
  if (source === 'environment') return { kind: 'environment' }
  if (source !== 'service file' || service === null) return null
  return { kind: 'service', service: service.name, path: service.path }
}

/**
 * Notes the address to connect to. As in libpq the host keeps its name, which certificates and the password
 * file are compared with. Without a name, or with a Unix socket as the host, the address is the host itself.
 */
function setAddress(resolved: ResolvedSettings, address: string, source: SettingSource): void {
  const { host } = resolved.values
  if (host === undefined || isSocketDirectory(host)) {
    resolved.values.host = address
    resolved.sources.host = source
    return
  }
  if (isIP(host) === 0 || host !== address)
    resolved.addresses = new Map([[host, { address, origin: 'hostaddr' }]])
}

/** A password that a password file gives. */
export interface PasswordLookUp {
  password: string | null
  source: PasswordSource | null
  warnings: string[]
}

/**
 * Looks up the password of a connection in the password file, with the defaults for host and port where they
 * are not given. Finds nothing before database and role are known, so callers look again after asking for
 * them. `passfile` is a path that was named (`ResolvedSettings.passfile`). Errors: `USAGE` if the password is
 * not UTF-8.
 */
export function lookUpPassword(
  values: Partial<ConnectionSettings>,
  env: Readonly<Record<string, string | undefined>>,
  home: string | null,
  passfile: string | null = null,
): PasswordLookUp {
  const path = passwordFilePath(passfile, env, home)
  const { database, user } = values
  if (path === null || database === undefined || user === undefined) {
    return { password: null, source: null, warnings: [] }
  }
  const { password, line, warning } = readPasswordFile(path, {
    host: values.host ?? DEFAULT_SETTINGS.host,
    port: values.port ?? DEFAULT_SETTINGS.port,
    database,
    user,
  })
  const warnings = warning === null ? [] : [warning]
  if (!password || line === null) return { password: null, source: null, warnings }
  return { password, source: { kind: 'password file', path, line }, warnings }
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
      : `These values are missing: ${listed(descriptions)}.`
  const pronoun = descriptions.length === 1 ? 'it' : 'them'
  return usageError(
    message,
    `Set ${pronoun} with ${listed(flags)}, in --dsn, or in ${listed(variables)}.`,
    fields[0],
  )
}

function defined(flags: ResolveInput['flags']): Partial<ConnectionSettings> {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
}
