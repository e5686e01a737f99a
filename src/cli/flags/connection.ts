import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { RunOptions } from '../../databases/events.ts'
import { usageError } from '../../errors.ts'
import { parseDsn } from '../../postgres/settings/dsn.ts'
import { type ResolvedSettings, resolveSettings } from '../../postgres/settings/resolve-settings.ts'
import { checkPort } from '../../postgres/settings/validate.ts'
import {
  type ConnectionSettings,
  type SettingField,
  type SettingSource,
  SSL_MODES,
  type SslMode,
} from '../../postgres/types.ts'
import type { Invocation } from '../invocation.ts'
import { homeDirectory } from '../settings/paths.ts'
import { isReadableByOthers, readPasswordFile, readPasswordFromStdin, readStdin } from './password.ts'

/** The flags of a connection as commander gives them. */
export interface ConnectionFlags {
  host?: string
  port?: number
  database?: string
  user?: string
  sslmode?: SslMode
  sslrootcert?: string
  dsn?: string
  passwordStdin?: boolean
  passwordFile?: string
  connectTimeout?: number
}

/** Puts the flags of a connection on a command. */
export function addConnectionFlags(command: Command): Command {
  return command
    .option('--host <host>', 'server name, address, or directory of its Unix socket (env: PGHOST)')
    .option('--port <port>', 'TCP port (env: PGPORT)', parsePort)
    .option('--database <name>', 'name of the database on the server (env: PGDATABASE)')
    .option('--user <role>', 'PostgreSQL role to log in as (env: PGUSER)')
    .addOption(
      new Option('--sslmode <mode>', 'TLS mode of libpq (env: PGSSLMODE)')
        .choices(SSL_MODES)
        .argParser((value) => parseChoice(value, SSL_MODES)),
    )
    .option(
      '--sslrootcert <path>',
      'trusted authorities for verify-ca and verify-full, or "system" (env: PGSSLROOTCERT)',
    )
    .option('--dsn <dsn>', 'all of these as a libpq URI or keyword string; "-" reads it from stdin')
    .option('--password-stdin', 'read the password from stdin')
    .option('--password-file <path>', 'read the password from a file')
    .addOption(connectTimeoutOption())
}

export function connectTimeoutOption(): Option {
  return new Option(
    '--connect-timeout <s>',
    'seconds to wait for a connection (env: PGCONNECT_TIMEOUT; default: 10)',
  ).argParser(parseSeconds)
}

function parsePort(value: string): number {
  const wrong = checkPort(value)
  if (wrong !== null) throw new InvalidArgumentError(wrong)
  return Number(value)
}

function parseChoice<T extends string>(value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value)
  if (found === undefined) throw new InvalidArgumentError(`It must be one of ${choices.join(', ')}.`)
  return found
}

/** Seconds as written on the command line, as milliseconds. */
export function parseSeconds(value: string): number {
  const seconds = Number(value)
  if (!/^\d+(\.\d+)?$/.test(value) || seconds <= 0 || seconds > 86_400) {
    throw new InvalidArgumentError('It must be a number of seconds, more than 0 and at most 86400.')
  }
  return Math.round(seconds * 1000)
}

/** What is known of a connection before anything is asked. */
export interface GivenConnection {
  values: Partial<ConnectionSettings>
  sources: Partial<Record<SettingField, SettingSource>>
  connectTimeoutMs: number | null
  channelBinding: ResolvedSettings['channelBinding']
  /** The password file that a DSN or service names. */
  passfile: string | null
}

/**
 * The values that flags, DSN, environment, service file and password file give, strongest first.
 * Errors: `USAGE` for contradicting flags, a bad DSN, an unreadable file.
 */
export async function givenConnection(
  flags: ConnectionFlags,
  invocation: Invocation,
  options: { environment: boolean } = { environment: true },
): Promise<GivenConnection> {
  const { env, terminal } = invocation
  const passwords = [
    flags.passwordStdin && '--password-stdin',
    flags.passwordFile !== undefined && '--password-file',
  ]
  if (passwords.every(Boolean)) {
    throw usageError(
      '--password-stdin and --password-file both give the password.',
      'Use one of them.',
      'password-stdin',
    )
  }
  if (flags.dsn === '-' && flags.passwordStdin) {
    throw usageError(
      '--dsn - and --password-stdin both read standard input.',
      'Give the password in the DSN, or use --password-file.',
      'dsn',
    )
  }
  const dsn = flags.dsn === '-' ? (await readStdin('--dsn -')).trim() : flags.dsn
  if (dsn !== undefined && flags.dsn !== '-' && parseDsn(dsn).settings.password) {
    terminal.warn(
      'The DSN on the command line has a password, which other users of this machine can see in the list of processes.',
      'Use --dsn - and pipe it in, or give the password with --password-stdin, --password-file, PGPASSWORD or the password file.',
    )
  }
  const password = await givenPassword(flags, invocation)
  const resolved = resolveSettings({
    flags: {
      ...(flags.host === undefined ? {} : { host: flags.host }),
      ...(flags.port === undefined ? {} : { port: flags.port }),
      ...(flags.database === undefined ? {} : { database: flags.database }),
      ...(flags.user === undefined ? {} : { user: flags.user }),
      ...(flags.sslmode === undefined ? {} : { sslmode: flags.sslmode }),
      ...(flags.sslrootcert === undefined ? {} : { sslrootcert: flags.sslrootcert }),
      ...(password === null ? {} : { password }),
    },
    ...(dsn === undefined ? {} : { dsn }),
    env: options.environment ? env : {},
    home: options.environment ? homeDirectory(env) : null,
  })
  makePathsAbsolute(resolved.values)
  for (const warning of resolved.warnings) terminal.warn(warning)
  tellSources(resolved, invocation)
  return {
    values: resolved.values,
    sources: resolved.sources,
    connectTimeoutMs: flags.connectTimeout ?? resolved.connectTimeoutMs,
    channelBinding: resolved.channelBinding,
    passfile: resolved.passfile,
  }
}

/** What is stored must not depend on the directory in which the command was run. */
function makePathsAbsolute(values: Partial<ConnectionSettings>): void {
  for (const field of ['sslrootcert', 'sslcert', 'sslkey'] as const) {
    const path = values[field]
    if (path && path !== 'system') values[field] = resolve(path)
  }
}

async function givenPassword(flags: ConnectionFlags, { terminal }: Invocation): Promise<string | null> {
  if (flags.passwordStdin) return readPasswordFromStdin()
  if (flags.passwordFile === undefined) return null
  if (isReadableByOthers(flags.passwordFile)) {
    terminal.warn(
      `Every user of this machine can read ${flags.passwordFile}.`,
      `Run: chmod 600 ${flags.passwordFile}`,
    )
  }
  return readPasswordFile(flags.passwordFile)
}

/** With --verbose: each value and where it came from, the password only by its source. */
function tellSources({ values, sources }: ResolvedSettings, { terminal }: Invocation): void {
  for (const [field, source] of Object.entries(sources)) {
    const value = values[field as SettingField]
    terminal.detail(`${field}: ${field === 'password' ? '(not shown)' : String(value)} (${source})`)
  }
}

/** The options of a use case: from the flags, and from what was given of the connection. */
export function runOptions(
  invocation: Invocation,
  given: {
    connectTimeoutMs?: number | null | undefined
    lockTimeoutMs?: number | undefined
    channelBinding?: GivenConnection['channelBinding']
  },
  onProgress: NonNullable<RunOptions['onProgress']>,
): RunOptions {
  return {
    signal: invocation.signal,
    onProgress,
    ...(given.connectTimeoutMs ? { connectTimeoutMs: given.connectTimeoutMs } : {}),
    ...(given.lockTimeoutMs ? { lockTimeoutMs: given.lockTimeoutMs } : {}),
    ...(given.channelBinding ? { channelBinding: given.channelBinding } : {}),
  }
}
