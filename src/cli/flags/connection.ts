import { type Command, InvalidArgumentError, Option } from 'commander'
import { checkPort, SSL_MODES } from '../../databases/interface/connection-values.ts'
import type { SslMode } from '../../postgres/types.ts'

/** The flags of a connection as commander returns them. */
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

/**
 * Adds the flags of a connection to a command.
 *
 * @param environment whether the command reads libpq's environment variables, so that its help names them
 */
export function addConnectionFlags(command: Command, { environment = true } = {}): Command {
  const env = (variable: string) => (environment ? ` (env: ${variable})` : '')
  return command
    .option('--host <host>', `name or address of the server, or directory of its Unix socket${env('PGHOST')}`)
    .option('--port <port>', `TCP port${env('PGPORT')}`, parsePort)
    .option('--database <name>', `name of the database on the server${env('PGDATABASE')}`)
    .option('--user <role>', `PostgreSQL role to log in as${env('PGUSER')}`)
    .addOption(
      new Option('--sslmode <mode>', `TLS mode of libpq${env('PGSSLMODE')}`)
        .choices(SSL_MODES)
        .argParser((value) => parseChoice(value, SSL_MODES)),
    )
    .option(
      '--sslrootcert <path>',
      `file with the trusted authorities for verify-ca and verify-full, or "system"${env('PGSSLROOTCERT')}`,
    )
    .option('--dsn <dsn>', 'all of these as a libpq URI or keyword string; "-" reads it from standard input')
    .option('--password-stdin', 'read the password from standard input')
    .option('--password-file <path>', 'read the password from a file')
    .addOption(connectTimeoutOption({ environment }))
}

export function connectTimeoutOption({ environment = true } = {}): Option {
  const env = environment ? 'env: PGCONNECT_TIMEOUT; ' : ''
  return new Option(
    '--connect-timeout <s>',
    `seconds to wait for a connection (${env}default: 10)`,
  ).argParser(parseSeconds)
}

function parsePort(value: string): number {
  const wrong = checkPort(value)
  if (wrong !== null) throw new InvalidArgumentError(wrong)
  return Number(value)
}

function parseChoice<T extends string>(value: string, choices: readonly T[]): T {
  const known = choices.find((choice) => choice === value)
  if (known === undefined) throw new InvalidArgumentError(`It must be one of ${choices.join(', ')}.`)
  return known
}

/** Converts seconds as written on the command line into milliseconds. */
export function parseSeconds(value: string): number {
  const seconds = Number(value)
  if (!/^\d+(\.\d+)?$/.test(value) || seconds <= 0 || seconds > 86_400) {
    throw new InvalidArgumentError('It must be a number of seconds, more than 0 and at most 86400.')
  }
  return Math.round(seconds * 1000)
}
