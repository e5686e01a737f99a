import { resolve } from 'node:path'
import {
  DEFAULT_SETTINGS,
  dsnParameters,
  environmentTls,
  missingSettings,
  overrideTls,
  resolveSettings,
} from '../../databases/interface/connection-settings.ts'
import { usageError } from '../../errors.ts'
import { homeDirectory } from '../../files/home-directory.ts'
import { argumentDamage, damageProblem } from '../../files/lenient-text.ts'
import type { ResolvedSettings } from '../../postgres/settings/resolve-settings.ts'
import type { ConnectionSettings, PasswordSource, SettingField, SettingSource } from '../../postgres/types.ts'
import type { LiveMathesar } from '../settings/live.ts'
import type { Reporter } from '../terminal.ts'
import type { ConnectionFlags } from './connection.ts'
import { type MissingValue, missingConnectionValues } from './missing.ts'
import {
  readPasswordFile,
  readPasswordFromStdin,
  readStdin,
  stripLineBreak,
  warnOfReadable,
} from './password.ts'

/** The values of a connection before any question. */
export interface GivenConnection {
  values: Partial<ConnectionSettings>
  sources: Partial<Record<SettingField, SettingSource>>
  /** Milliseconds. */
  connectTimeoutMs: number | null
  channelBinding: ResolvedSettings['channelBinding']
  tls: ResolvedSettings['tls']
  /** The address of the host, where `hostaddr` gives one. */
  addresses: ResolvedSettings['addresses']
  /** Where the password came from; `null` if there is none. */
  passwordSource: PasswordSource | null
  /** The password file that a DSN or a service names. */
  passfile: string | null
}

export interface GivenConnectionContext {
  env: NodeJS.ProcessEnv
  reporter: Pick<Reporter, 'warn' | 'trace'>
  /** `false`: the flags and the DSN alone count, not libpq's variables and files. */
  environment?: boolean
  /** The internal database of the run, if it is on PostgreSQL: PGPASSWORD may be its password. */
  live?: Pick<LiveMathesar, 'settings' | 'passwordSource'> | null
}

/**
 * Collects the values of a connection from flags, DSN, environment, service file and password file, strongest
 * first. Errors: `USAGE` for flags that contradict one another, a DSN that is not valid, a file that can't be
 * read.
 */
export async function givenConnection(
  flags: ConnectionFlags,
  { env, reporter, environment = true, live = null }: GivenConnectionContext,
): Promise<GivenConnection> {
  checkPasswordFlags(flags)
  const dsn = flags.dsn === '-' ? await readDsn() : flags.dsn
  if (dsn !== undefined && flags.dsn !== '-' && hasPassword(dsn)) {
    reporter.warn(
      'The DSN on the command line has a password, which other users of this machine can see in the ' +
        'list of processes.',
      'Use --dsn - and pipe it in, or pass the password with --password-stdin, --password-file, ' +
        'PGPASSWORD or the password file.',
    )
  }
  const password = await givenPassword(flags, reporter)
  const resolve = (variables: NodeJS.ProcessEnv) =>
    resolveSettings({
      flags: { ...valuesOfFlags(flags), ...(password === null ? {} : { password }) },
      // What came from standard input was decoded strictly.
      ...(dsn === undefined ? {} : { dsn, dsnDamage: flags.dsn === '-' ? 'none' : argumentDamage(dsn) }),
      env: environment ? variables : {},
      home: environment ? homeDirectory(env) : null,
    })
  const first = resolve(env)
  const isInternals = isInternalPassword(first, live)
  const resolved = isInternals ? resolve({ ...env, PGPASSWORD: undefined }) : first
  if (isInternals && !resolved.values.password) warnOfInternalPassword(live?.settings.user ?? '', reporter)
  for (const warning of resolved.warnings) reporter.warn(warning)
  if (environment) warnOfAddress(resolved, env.PGHOSTADDR, reporter)
  const values = withAbsolutePaths(resolved.values)
  for (const line of sourceLines(values, resolved)) reporter.trace(line)
  return {
    values,
    sources: resolved.sources,
    connectTimeoutMs: flags.connectTimeout ?? resolved.connectTimeoutMs,
    channelBinding: resolved.channelBinding,
    // How TLS is used is nothing of a record: the variables count for stored settings too.
    tls: environment ? resolved.tls : overrideTls(environmentTls(env, reporter.warn), resolved.tls),
    addresses: resolved.addresses,
    passwordSource: password === null ? resolved.passwordSource : sourceOfFlag(flags),
    passfile: resolved.passfile,
  }
}

/**
 * Returns what the values of a connection lack, without reading a secret: for a command line that is not
 * complete for another reason too. A DSN on standard input counts as complete. Errors: as `givenConnection`.
 */
export async function missingFrom(
  flags: ConnectionFlags,
  context: GivenConnectionContext,
): Promise<MissingValue[]> {
  if (flags.dsn === '-') return []
  const { passwordStdin: _unread, passwordFile: _unopened, ...others } = flags
  const { values } = await givenConnection(others, context)
  return missingConnectionValues(missingSettings(values))
}

/** Returns whether PGPASSWORD serves the login to the internal database, and this is another one. */
function isInternalPassword(
  { values, passwordSource }: ResolvedSettings,
  live: GivenConnectionContext['live'],
): boolean {
  if (!live || passwordSource?.kind !== 'environment' || live.passwordSource?.kind !== 'environment') {
    return false
  }
  const { host, port, user } = { ...DEFAULT_SETTINGS, ...values }
  const { settings } = live
  return host !== settings.host || port !== settings.port || user !== settings.user
}

function warnOfInternalPassword(role: string, reporter: GivenConnectionContext['reporter']): void {
  reporter.warn(
    `PGPASSWORD is the password of role "${role}" of the internal database, and is not used for another role or server.`,
    'Pass the password of the user database with --password-stdin or --password-file, or put it into the ' +
      'password file.',
  )
}

function hasPassword(dsn: string): boolean {
  return dsnParameters(dsn, 'none').some(({ name, value }) => name === 'password' && value !== '')
}

/** Reads a connection string from standard input, without the byte order mark that some editors write. */
async function readDsn(): Promise<string> {
  return stripLineBreak(await readStdin('--dsn -')).replace(/^\uFEFF/, '')
}

/**
 * Warns that PGHOSTADDR outranks the host that the command line names, as with libpq: the command may work on
 * another server than the operator expects.
 */
function warnOfAddress(
  { values: { host }, sources, addresses }: ResolvedSettings,
  variable: string | undefined,
  reporter: GivenConnectionContext['reporter'],
): void {
  const address = host === undefined ? undefined : addresses.get(host)?.address
  if (address === undefined || address !== variable || sources.host === 'environment') return
  reporter.warn(
    `PGHOSTADDR is set: the program connects to ${address}, and does not look up the host "${host}".`,
    'Unset PGHOSTADDR to connect to the host by its name.',
  )
}

function checkPasswordFlags({ dsn, passwordFile, passwordStdin }: ConnectionFlags): void {
  if (passwordStdin && passwordFile !== undefined) {
    throw usageError(
      '--password-stdin and --password-file both set the password.',
      'Use one of them.',
      'password-stdin',
    )
  }
  if (dsn === '-' && passwordStdin) {
    throw usageError(
      '--dsn - and --password-stdin both read standard input.',
      'Put the password into the DSN, or use --password-file.',
      'dsn',
    )
  }
}

function valuesOfFlags(flags: ConnectionFlags): Partial<ConnectionSettings> {
  const { host, port, database, user, sslmode, sslrootcert } = flags
  for (const [field, value] of Object.entries({ host, database, user, sslrootcert })) {
    const problem = value === undefined ? null : damageProblem(argumentDamage(value))
    if (problem === null) continue
    throw usageError(
      `The value of --${field} ${problem}.`,
      'Write it in UTF-8; U+FFFD is never in doubt with --dsn -.',
      field,
    )
  }
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(database === undefined ? {} : { database }),
    ...(user === undefined ? {} : { user }),
    ...(sslmode === undefined ? {} : { sslmode }),
    ...(sslrootcert === undefined ? {} : { sslrootcert }),
  }
}

/** Stored paths must not depend on the directory in which the command ran. */
function withAbsolutePaths(values: Partial<ConnectionSettings>): Partial<ConnectionSettings> {
  const absolute = { ...values }
  for (const field of ['sslrootcert', 'sslcert', 'sslkey'] as const) {
    const path = values[field]
    if (path && path !== 'system') absolute[field] = resolve(path)
  }
  return absolute
}

async function givenPassword(
  { passwordStdin, passwordFile }: ConnectionFlags,
  reporter: Pick<Reporter, 'warn'>,
): Promise<string | null> {
  if (passwordStdin) return readPasswordFromStdin()
  if (passwordFile === undefined) return null
  warnOfReadable(passwordFile, reporter)
  return readPasswordFile(passwordFile)
}

function sourceOfFlag({ passwordFile }: ConnectionFlags): PasswordSource {
  return passwordFile === undefined ? { kind: 'stdin' } : { kind: 'file', path: passwordFile }
}

/** Lines for --verbose: each value and its source; of the password the source alone. */
function sourceLines(
  values: GivenConnection['values'],
  { sources, addresses }: Pick<ResolvedSettings, 'sources' | 'addresses'>,
): string[] {
  return [
    ...Object.entries(sources).map(([field, source]) => {
      const value = field === 'password' ? '(not shown)' : String(values[field as SettingField])
      return `${field}: ${value} (${source})`
    }),
    ...[...addresses].map(([host, { address }]) => `address of ${host}: ${address} (hostaddr)`),
  ]
}
