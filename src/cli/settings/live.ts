import { findComposeProject } from '../../databases/interface/compose.ts'
import {
  completeSettings,
  dsnParameters,
  type ResolvedSettings,
  resolveSettings,
  uriWithoutPassword,
} from '../../databases/interface/connection-settings.ts'
import { readEnvFileOtherwise, readEnvSettings } from '../../databases/interface/secret-key.ts'
import {
  INTERNAL_VARIABLES,
  isContainersHost,
  missingVariables,
  type NamedInternal,
  namedInternal,
  type Variables,
} from '../../databases/live/variables.ts'
import { OperatorError, usageError } from '../../errors.ts'
import { homeDirectory } from '../../files/home-directory.ts'
import { joinHints } from '../../hint.ts'
import { listed } from '../../listed.ts'
import type { ConnectionSettings, PasswordSource } from '../../postgres/types.ts'
import type { EnvSettings } from '../../secrets/env-file.ts'

/** A warning: a sentence, and what to do about it, if anything. */
export interface SettingsWarning {
  message: string
  hint?: string
}

/** A live Mathesar whose internal database is on PostgreSQL, as the settings name it. */
export interface LiveMathesar {
  /** The connection to its internal database, with the password. */
  settings: ConnectionSettings
  /**
   * The same settings as other releases and programs read them, for a server that does not admit `settings`.
   */
  others: readonly ConnectionSettings[]
  /** The URL of its internal database, without a password. */
  location: string
  /** The flag, variable or file that names it. */
  source: string
  passwordSource: PasswordSource | null
  /** The `.env` file of that Mathesar; `null` if none is named. */
  envFile: string | null
  /** That file names the internal database; otherwise a URL does. */
  isNamedByFile: boolean
  /** That Mathesar runs in a container, so that `localhost` is not this machine for it. */
  isInContainer: boolean
  /** Milliseconds; `null` if nothing sets it. */
  connectTimeoutMs: number | null
  channelBinding: ResolvedSettings['channelBinding']
  tls: ResolvedSettings['tls']
  /** The address that the URL gives for its host (libpq's `hostaddr`). */
  addresses: ResolvedSettings['addresses']
  /** What the operator should know about these settings. */
  warnings: readonly SettingsWarning[]
}

/** What a live Mathesar's settings are resolved from, beside the place that names it. */
export interface LiveContext {
  env: NodeJS.ProcessEnv
  /** The `.env` file of that Mathesar; `null` if none is named. */
  envFile: string | null
  /** A flag or the configuration named that file. */
  isEnvFileNamed: boolean
}

/**
 * Resolves the live Mathesar that a URL names. A password comes from the URL, else from an `.env` file that
 * names the same database, else from libpq's variables and the password file.
 *
 * Errors: `USAGE` for a URL or a file that can't be read; no message contains the URL.
 */
export function liveFromUrl(url: string, source: string, context: LiveContext): LiveMathesar {
  try {
    if (/\/\/[^/?]*\/[^?]*@/.test(url)) throw strayAt()
    const parameters = dsnParameters(url)
    const resolved = resolveSettings({ flags: {}, dsn: url, ...environmentOf(context.env) })
    const hasPassword = parameters.some(({ name, value }) => name === 'password' && value !== '')
    const location = uriWithoutPassword(parameters.map(({ name, value }) => [name, value]))
    const live = completed(resolved, source, { ...context, location })
    if (hasPassword) return { ...live, warnings: [...live.warnings, passwordInUrl(source)] }
    return withEnvironmentsPassword(withFilesPassword(live, resolved, context), context)
  } catch (error) {
    if (!(error instanceof OperatorError) || error.details.field === 'env-file') throw error
    throw error.with({
      hint: joinHints(error.hint, `The connection string is the URL of the internal database (${source}).`),
      field: 'internal-db',
    })
  }
}

/**
 * Resolves the live Mathesar whose internal database an `.env` file names; `null` if the file names none.
 * Errors: `USAGE` for a file that can't be read, or whose variables no Mathesar could use.
 */
export function liveFromEnvFile(path: string, context: LiveContext): LiveMathesar | null {
  const warnings: SettingsWarning[] = []
  const onWarning = (message: string, hint: string) => warnings.push({ message, hint })
  const { isEnvFileNamed: isNamed } = context
  const { variables, placeOf } = readEnvSettings(path, { isNamed, needed: INTERNAL_VARIABLES, onWarning })
  const named = namedInternal(variables, `in ${path}`)
  if (named === null) return liveFromDjangoUrl(path, variables, context)
  const otherwise = readEnvFileOtherwise(path, { isNamed }).flatMap((other) => readingsOf(other, path))
  const [first, ...others] = distinct([named.values, named.decoded, ...otherwise]).map((values) =>
    resolveSettings({ flags: values, ...environmentOf(context.env) }),
  )
  if (first === undefined) return null
  const { host, database, user, port = 5432 } = named.values
  const location = uriWithoutPassword([
    ['user', user],
    ['host', host],
    ['port', String(port)],
    ['dbname', database],
  ])
  const live = completed(first, `POSTGRES_* of ${path}`, { ...context, location, envFile: path })
  return {
    ...live,
    isNamedByFile: true,
    others: others.map(({ values }) => completeSettings(values)),
    passwordSource: named.values.password ? passwordFile(placeOf) : first.passwordSource,
    warnings: [...live.warnings, ...warnings],
  }
}

/** Returns what another program reads in an `.env` file; nothing if that would be no internal database. */
function readingsOf(variables: Variables, path: string): (NamedInternal['values'] | null)[] {
  try {
    const named = namedInternal(variables, `in ${path}`)
    return named === null ? [] : [named.values, named.decoded]
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return []
  }
}

function distinct(candidates: readonly (NamedInternal['values'] | null)[]): NamedInternal['values'][] {
  const byText = new Map(
    candidates.flatMap((values) => (values === null ? [] : [[JSON.stringify(values), values] as const])),
  )
  return [...byText.values()]
}

/**
 * Resolves the live Mathesar whose DJANGO_DATABASE_URL an `.env` file sets, as Mathesar up to 0.1.3 reads it;
 * `null` if the file names no internal database. Errors: `USAGE`.
 */
function liveFromDjangoUrl(path: string, variables: Variables, context: LiveContext): LiveMathesar | null {
  const url = variables.DJANGO_DATABASE_URL
  if (!url) {
    const missing = missingVariables(variables)
    if (missing.length > 0) throw incomplete(path, missing, variables)
    return null
  }
  const [, scheme = '', rest = ''] = /^([a-z][a-z\d+.-]*):(.*)$/is.exec(url) ?? []
  if (!DJANGO_SCHEMES.has(scheme.toLowerCase())) throw noPostgresUrl(path, scheme.toLowerCase())
  try {
    const live = liveFromUrl(`postgresql:${rest}`, `DJANGO_DATABASE_URL of ${path}`, {
      ...context,
      envFile: path,
    })
    return { ...live, isNamedByFile: true, warnings: [] }
  } catch (error) {
    throw error instanceof OperatorError ? error.with({ field: 'env-file' }) : error
  }
}

/** The schemes that name PostgreSQL in DJANGO_DATABASE_URL. */
const DJANGO_SCHEMES = new Set(['postgres', 'postgresql', 'pgsql', 'postgis'])

function noPostgresUrl(path: string, scheme: string): OperatorError {
  const isFile = scheme === 'sqlite' || scheme === 'spatialite'
  return usageError(
    isFile
      ? `DJANGO_DATABASE_URL of ${path} names an SQLite file.`
      : `DJANGO_DATABASE_URL of ${path} is no URL of PostgreSQL.`,
    isFile
      ? 'Name that file with --internal-db PATH.'
      : 'Correct it, or name the internal database with --internal-db.',
    'env-file',
  )
}

/** The variables of libpq that count for an internal database: what its settings have no room for. */
const VARIABLES =
  /^PG(PASSWORD|PASSFILE|SERVICEFILE|SYSCONFDIR|SSL[A-Z]+|REQUIRESSL|CHANNELBINDING|CONNECT_TIMEOUT)$/

function environmentOf(env: NodeJS.ProcessEnv): { env: NodeJS.ProcessEnv; home: string | null } {
  const variables = Object.entries(env).filter(([name]) => VARIABLES.test(name))
  return { env: Object.fromEntries(variables), home: homeDirectory(env) }
}

function completed(
  resolved: ResolvedSettings,
  source: string,
  { location, envFile }: Pick<LiveMathesar, 'location' | 'envFile'>,
): LiveMathesar {
  const { values, tls, channelBinding, connectTimeoutMs, addresses, passwordSource } = resolved
  if (!values.user || !values.database) throw namesTooLittle(source)
  const settings = completeSettings(values)
  const isInContainer = isContainersHost(settings.host) || (envFile !== null && runsInContainer(envFile))
  return {
    settings,
    others: [],
    location,
    source,
    passwordSource,
    envFile,
    isNamedByFile: false,
    isInContainer,
    connectTimeoutMs,
    channelBinding,
    // A variable of libpq may be meant for user databases: what can't be used here is left out.
    tls: { ...tls, areSettingsStored: true },
    addresses,
    warnings: resolved.warnings.map((message) => ({ message })),
  }
}

/**
 * Returns the settings with POSTGRES_PASSWORD of the environment, if they have no password and if the other
 * variables there name the same database and role.
 */
function withEnvironmentsPassword(live: LiveMathesar, { env }: LiveContext): LiveMathesar {
  const { settings } = live
  if (settings.password !== null) return live
  const { POSTGRES_HOST: host, POSTGRES_PORT: port, POSTGRES_DB: database } = env
  const { POSTGRES_USER: user, POSTGRES_PASSWORD: password } = env
  const isSame =
    host === settings.host &&
    Number(port || 5432) === settings.port &&
    database === settings.database &&
    user === settings.user
  if (!isSame || !password) return live
  const decoded = namedInternal({ ...env, POSTGRES_PORT: '' }, '')?.decoded?.password
  return {
    ...live,
    settings: { ...settings, password },
    others: decoded && decoded !== password ? [{ ...settings, password: decoded }] : [],
  }
}

/** Returns the settings with the password that an `.env` file gives for the same database and role. */
function withFilesPassword(
  live: LiveMathesar,
  resolved: ResolvedSettings,
  { envFile, isEnvFileNamed: isNamed }: LiveContext,
): LiveMathesar {
  if (envFile === null || resolved.sources.password === 'service file') return live
  const { variables, placeOf } = readEnvSettings(envFile, { isNamed })
  const named = namedInternal(variables, `in ${envFile}`)
  if (named === null) return live
  const { settings } = live
  const matches = ({ host, port = 5432, database, user }: NamedInternal['values']) =>
    host === settings.host &&
    port === settings.port &&
    database === settings.database &&
    user === settings.user
  const reading = [named.values, named.decoded].find((values) => values !== null && matches(values))
  if (!reading?.password) return live
  const decoded = named.decoded?.password
  return {
    ...live,
    settings: { ...settings, password: reading.password },
    others: decoded && decoded !== reading.password ? [{ ...settings, password: decoded }] : [],
    passwordSource: passwordFile(placeOf),
  }
}

function passwordFile(placeOf: EnvSettings['placeOf']): PasswordSource {
  return { kind: 'file', path: placeOf('POSTGRES_PASSWORD').path }
}

/** `localhost` of a service that uses the network of the machine is the machine itself. */
function runsInContainer(envFile: string): boolean {
  const project = findComposeProject(envFile)
  return project !== null && !project.usesHostNetwork
}

function passwordInUrl(source: string): SettingsWarning {
  return {
    message: source.startsWith('--')
      ? `The URL of ${source} has a password, which other users of this machine can see in the list of processes.`
      : `The URL of the internal database has a password (${source}).`,
    hint: `Leave it out of the URL, and put it into ${source === '--from' ? '' : 'PGPASSWORD or '}the password file.`,
  }
}

/** libpq would take the rest of a password for a host and a database, and errors would show it. */
function strayAt(): OperatorError {
  return usageError(
    'The connection string has an "@" behind its host.',
    'In the user name, the password and the name of the database write "@" as %40 and "/" as %2F.',
  )
}

function namesTooLittle(source: string): OperatorError {
  return usageError(
    `The URL of the internal database (${source}) has no role or no database.`,
    'Write it as postgresql://ROLE@HOST:PORT/DATABASE.',
    'internal-db',
  )
}

function incomplete(path: string, missing: readonly string[], variables: Variables): OperatorError {
  const hasMark = Object.keys(variables).some((name) => name.startsWith(BYTE_ORDER_MARK))
  return usageError(
    `The environment file ${path} names an internal database on PostgreSQL, but does not set ${listed(missing)}.`,
    hasMark
      ? 'The file begins with a byte order mark, which belongs to its first name for the programs that read it. Save it without that mark.'
      : 'Complete the file, or name the internal database with --internal-db.',
    'env-file',
  )
}

const BYTE_ORDER_MARK = '\u{FEFF}'
