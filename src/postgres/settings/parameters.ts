import { type OperatorError, usageError } from '../../errors.ts'
import type { ConnectionSettings } from '../types.ts'
import {
  checkDatabaseName,
  checkHost,
  checkPassword,
  checkPort,
  checkSslMode,
  checkUserName,
  isSslMode,
} from './validate.ts'

export type ChannelBinding = 'disable' | 'prefer' | 'require'

/** The values of a connection string, of the environment, or of a service in a service file. */
export interface DsnValues {
  settings: Partial<ConnectionSettings>
  /** Milliseconds; `null` if there is no value, or 0, which means no limit. */
  connectTimeoutMs: number | null
  /** Name of a service in the service file. */
  service: string | null
  /** Path of a password file. */
  passfile: string | null
  channelBinding: ChannelBinding | null
}

/** The place where parameters were read, for messages. */
export interface ParameterOrigin {
  /** Such as `the connection string`. */
  name: string
  field?: string
  /** `false` if a parameter's name may be a piece of a broken password; then no message shows it. */
  canShowName?: (name: string) => boolean
}

/** Parameters that mean nothing for this program, whatever their value. */
const IGNORED = new Set([
  'application_name',
  'fallback_application_name',
  'client_encoding',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'tcp_user_timeout',
  'sslcompression',
  'krbsrvname',
  'gsslib',
  'load_balance_hosts',
  'max_protocol_version',
])

/** Parameters with their harmless values; any other value demands what this program does not support. */
const HARMLESS_VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ['gssencmode', ['disable', 'prefer']],
  ['gssdelegation', ['0']],
  ['target_session_attrs', ['any', 'read-write', 'primary', 'prefer-standby']],
  ['sslnegotiation', ['postgres']],
  ['sslsni', ['1']],
  ['sslcertmode', ['allow']],
  ['min_protocol_version', ['3.0']],
])

/**
 * Parameters of libpq that change what a connection is or whom it trusts: they must not be ignored silently.
 */
const REFUSED = new Set([
  'hostaddr',
  'requirepeer',
  'require_auth',
  'sslcrl',
  'sslcrldir',
  'sslpassword',
  'sslkeylogfile',
  'ssl_min_protocol_version',
  'ssl_max_protocol_version',
  'replication',
  'scram_client_key',
  'scram_server_key',
  'oauth_issuer',
  'oauth_client_id',
  'oauth_client_secret',
  'oauth_scope',
  'servicefile',
])

/**
 * Converts parameters by libpq's names (PostgreSQL manual, "Parameter Key Words") into values. An empty value
 * counts as not given. Errors: `USAGE`; a message never contains a value.
 */
export function readParameters(
  pairs: Iterable<readonly [string, string]>,
  origin: ParameterOrigin,
): DsnValues {
  const values: DsnValues = {
    settings: {},
    connectTimeoutMs: null,
    service: null,
    passfile: null,
    channelBinding: null,
  }
  for (const [name, value] of pairs) readParameter(values, name, value, origin)
  return values
}

function readParameter(values: DsnValues, name: string, value: string, origin: ParameterOrigin): void {
  const { settings } = values
  const refuse = (problem: string | null, hint: string) => {
    if (problem !== null) throw parameterError(`In ${origin.name}: ${problem}`, hint, origin)
  }
  const known = READERS.get(name)
  if (known) {
    if (value === '') return
    known(values, value, refuse)
    return
  }
  if (IGNORED.has(name)) return
  const harmless = HARMLESS_VALUES.get(name)
  if (harmless) {
    if (value === '' || harmless.includes(value)) return
    throw parameterError(
      `In ${origin.name} the parameter ${name} has a value that is not supported.`,
      `Leave ${name} out, or set it to ${harmless.join(' or ')}.`,
      origin,
    )
  }
  // JDBC's spelling, which libpq accepts in URIs too.
  if (name === 'ssl' && value === 'true') {
    settings.sslmode ??= 'require'
    return
  }
  if (REFUSED.has(name)) {
    const hint =
      name === 'hostaddr'
        ? 'Leave hostaddr out and pass the address as the host.'
        : `Leave ${name} out; a connection that needs it is not possible with mathesarctl.`
    throw parameterError(`The parameter ${name} in ${origin.name} is not supported.`, hint, origin)
  }
  const isNameShown = /^[A-Za-z][A-Za-z0-9_.-]{0,39}$/.test(name) && (origin.canShowName?.(name) ?? true)
  throw parameterError(
    isNameShown
      ? `${capital(origin.name)} has an unknown parameter "${name}".`
      : `${capital(origin.name)} has an unknown parameter.`,
    isNameShown
      ? `Leave ${name} out, or correct its spelling.`
      : "Check the spelling of the parameters; a password with special characters must be percent-encoded in a URI, and put between ' and ' in a key=value string.",
    origin,
  )
}

type Reader = (
  values: DsnValues,
  value: string,
  refuse: (problem: string | null, hint: string) => void,
) => void

const READERS: ReadonlyMap<string, Reader> = new Map(
  Object.entries<Reader>({
    host: (values, value, refuse) => {
      refuse(checkHost(value), 'Use one host: a name, an address, or the directory of a Unix socket.')
      values.settings.host = value
    },
    port: (values, value, refuse) => {
      const several = value.includes(',')
        ? 'Only one port is possible, because Mathesar stores one host.'
        : null
      refuse(several ?? checkPort(value), 'Use one port, such as 5432.')
      values.settings.port = Number(value)
    },
    dbname: (values, value, refuse) => {
      refuse(checkDatabaseName(value), 'Use the name of the database as the server knows it.')
      values.settings.database = value
    },
    user: (values, value, refuse) => {
      refuse(checkUserName(value), 'Use the name of the role as the server knows it.')
      values.settings.user = value
    },
    password: (values, value, refuse) => {
      refuse(checkPassword(value), 'Remove it from the password.')
      values.settings.password = value
    },
    sslmode: (values, value, refuse) => {
      refuse(checkSslMode(value), 'Correct sslmode.')
      if (isSslMode(value)) values.settings.sslmode = value
    },
    sslrootcert: (values, value) => {
      values.settings.sslrootcert = value
    },
    sslcert: (values, value) => {
      values.settings.sslcert = value
    },
    sslkey: (values, value) => {
      values.settings.sslkey = value
    },
    options: (values, value, refuse) => {
      refuse(value.includes('\0') ? 'options contains a NUL character.' : null, 'Correct options.')
      values.settings.options = value
    },
    connect_timeout: (values, value, refuse) => {
      const milliseconds = readTimeout(value)
      refuse(
        milliseconds === undefined ? 'connect_timeout is not a whole number of seconds.' : null,
        'Specify connect_timeout in seconds, such as 10.',
      )
      values.connectTimeoutMs = milliseconds ?? null
    },
    channel_binding: (values, value, refuse) => {
      const isKnown = value === 'disable' || value === 'prefer' || value === 'require'
      refuse(
        isKnown ? null : 'channel_binding is one of disable, prefer, require.',
        'Correct channel_binding.',
      )
      if (isKnown) values.channelBinding = value
    },
    service: (values, value) => {
      values.service = value
    },
    passfile: (values, value) => {
      values.passfile = value
    },
  }),
)

/**
 * Reads libpq's connect_timeout. Returns milliseconds; `null` for 0 or less, which is libpq's "no limit";
 * `undefined` if it is not a whole number of seconds.
 */
export function readTimeout(text: string): number | null | undefined {
  if (!/^\s*[+-]?\d{1,9}\s*$/.test(text)) return undefined
  const seconds = Number(text)
  return seconds > 0 ? seconds * 1000 : null
}

function parameterError(message: string, hint: string, origin: ParameterOrigin): OperatorError {
  return usageError(message, hint, origin.field)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
