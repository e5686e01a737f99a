import { isIP } from 'node:net'
import { trimSpace } from '../../ascii-space.ts'
import { type OperatorError, usageError } from '../../errors.ts'
import { isDamaged } from '../../files/decode-text.ts'
import { type Damage, damageProblem } from '../../files/lenient-text.ts'
import type { TlsOption, TlsOptions } from '../tls/options.ts'
import type { ConnectionSettings, SettingField } from '../types.ts'
import { isKnownParameter, isUnsupported, supportedValues } from './unsupported.ts'
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
  /** Milliseconds; `Infinity` for 0 or less, which means no limit; `null` if there is no value. */
  connectTimeoutMs: number | null
  /** Name of a service in the service file. */
  service: string | null
  /** Path of a password file; empty if libpq's default file was asked for. */
  passfile: string | null
  channelBinding: ChannelBinding | null
  /** The address to connect to, in place of looking the host up. */
  hostaddr: string | null
  tls: TlsOptions
}

/** The place where a parameter was read, for messages. */
export interface ParameterOrigin {
  /** Such as `the connection string`. */
  name: string
  /** The environment variable that it is, if it is one. */
  variable?: string
  field?: string
  /** What is known of the text where the parameter was read. Default: `none`. */
  damage?: Damage
  /** `false` if a parameter's name may be a piece of a broken password; then no message shows it. */
  canShowName?: (name: string) => boolean
}

/** A parameter by libpq's name, with its value and where that was read. */
export interface GivenParameter {
  name: string
  value: string
  origin: ParameterOrigin
}

/** The fields of the settings that parameters set, by libpq's names. */
export const FIELD_OF: ReadonlyMap<string, SettingField> = new Map([
  ['host', 'host'],
  ['port', 'port'],
  ['dbname', 'database'],
  ['user', 'user'],
  ['password', 'password'],
  ['sslmode', 'sslmode'],
  ['sslrootcert', 'sslrootcert'],
  ['sslcert', 'sslcert'],
  ['sslkey', 'sslkey'],
  ['options', 'options'],
])

/**
 * Parameters that libpq refuses to take empty. Here an empty one counts as not given; any other empty one
 * means the default, whatever weaker sources say.
 */
const NEVER_EMPTY = new Set(['sslmode', 'channel_binding'])

/** Returns whether a parameter is given: an empty value can be a value too. */
export function isGiven({ name, value }: Pick<GivenParameter, 'name' | 'value'>): boolean {
  return value !== '' || !NEVER_EMPTY.has(name)
}

/**
 * Converts parameters by libpq's names (PostgreSQL manual, "Parameter Key Words") into values; of several
 * with the same name the last one counts. Errors: `USAGE`; a message never contains a value.
 */
export function readParameters(parameters: Iterable<GivenParameter>): DsnValues {
  const values: DsnValues = {
    settings: {},
    connectTimeoutMs: null,
    service: null,
    passfile: null,
    channelBinding: null,
    hostaddr: null,
    tls: {},
  }
  const last = new Map<string, GivenParameter>()
  for (const parameter of parameters) last.set(parameter.name, parameter)
  for (const parameter of last.values()) readParameter(values, parameter)
  return values
}

function readParameter(values: DsnValues, { name, value, origin }: GivenParameter): void {
  const refuse = (problem: string | null, hint: string) => {
    if (problem !== null) throw parameterError(`In ${origin.name}: ${problem}`, hint, origin)
  }
  const known = READERS.get(name)
  if (!known && !isKnownParameter(name)) throw unknownParameter(name, origin)
  // What is ignored may have any bytes.
  const isUsed = known !== undefined || supportedValues(name).length > 0
  const damage = isUsed && isDamaged(value) ? damageProblem(origin.damage ?? 'none') : null
  refuse(
    damage === null ? null : `the value of ${name} ${damage}.`,
    'Write it in UTF-8. U+FFFD is %EF%BF%BD in a URI, and is never in doubt in a file or with --dsn -.',
  )
  if (known) {
    if (value !== '') {
      known(values, value, refuse)
      noteVariable(values.tls, TLS_PARAMETERS[name], origin)
    } else if (name === 'passfile') values.passfile = ''
    return
  }
  if (isUnsupported(name, value)) throw unsupportedParameter(name, origin)
  Object.assign(values.tls, tlsOptions(name, value.toLowerCase()))
  noteVariable(values.tls, TLS_PARAMETERS[name], origin)
}

/** The options of TLS that parameters set. */
const TLS_PARAMETERS: Readonly<Record<string, TlsOption | undefined>> = {
  sslnegotiation: 'negotiation',
  sslcertmode: 'clientCertificate',
  sslsni: 'sni',
  sslcrl: 'crl',
  sslcrldir: 'crlDirectory',
}

function noteVariable(tls: TlsOptions, option: TlsOption | undefined, { variable }: ParameterOrigin): void {
  if (option !== undefined && variable !== undefined) tls.variables = { ...tls.variables, [option]: variable }
}

/** Converts the parameters that have supported values and change how TLS is used. */
function tlsOptions(name: string, value: string): TlsOptions {
  // The defaults too, for a connection string can override a variable with them.
  if (name === 'sslnegotiation') return { negotiation: value === 'direct' ? 'direct' : 'postgres' }
  if (name === 'sslcertmode') return { clientCertificate: value === 'disable' ? 'disable' : 'allow' }
  if (name === 'sslsni') return { sni: value !== '0' }
  return {}
}

function unsupportedParameter(name: string, origin: ParameterOrigin): OperatorError {
  const supported = supportedValues(name)
  if (supported.length > 0) {
    return parameterError(
      `In ${origin.name} the parameter ${name} has a value that is not supported.`,
      `Leave ${name} out, or set it to ${supported.join(' or ')}.`,
      origin,
    )
  }
  return parameterError(
    `The parameter ${name} in ${origin.name} is not supported.`,
    `Leave ${name} out; a connection that needs it is not possible with mathesarctl.`,
    origin,
  )
}

function unknownParameter(name: string, origin: ParameterOrigin): OperatorError {
  if (name === 'ssl') {
    return parameterError(
      `${capital(origin.name)} has the parameter ssl, which libpq accepts only as ssl=true, and only in a URI.`,
      'Use sslmode=require instead of ssl=true.',
      origin,
    )
  }
  const isNameShown = /^[A-Za-z][A-Za-z0-9_.-]{0,39}$/.test(name) && (origin.canShowName?.(name) ?? true)
  return parameterError(
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
    hostaddr: (values, value, refuse) => {
      const several = value.includes(',') ? 'Only one hostaddr is possible.' : null
      refuse(
        several ?? (isIP(value) === 0 ? 'hostaddr is not an IPv4 or IPv6 address.' : null),
        'Use one address, such as 192.0.2.1 or 2001:db8::1, and the name of the server as the host.',
      )
      values.hostaddr = value
    },
    port: (values, value, refuse) => {
      const several = value.includes(',')
        ? 'Only one port is possible, because Mathesar stores one host.'
        : null
      refuse(several ?? checkPort(value), 'Use one port, such as 5432.')
      values.settings.port = Number(trimSpace(value))
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
    sslcrl: (values, value) => {
      values.tls.crl = value
    },
    sslcrldir: (values, value) => {
      values.tls.crlDirectory = value
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

/** Returns whether this program reads a parameter, rather than ignoring or refusing it. */
export function isSupported(name: string): boolean {
  return READERS.has(name)
}

/**
 * Reads libpq's connect_timeout. Returns milliseconds; `Infinity` for 0 or less, libpq's "no limit";
 * `undefined` if it is not a whole number of seconds.
 */
function readTimeout(text: string): number | undefined {
  const number = trimSpace(text)
  if (!/^[+-]?\d{1,9}$/.test(number)) return undefined
  const seconds = Number(number)
  return seconds > 0 ? seconds * 1000 : Number.POSITIVE_INFINITY
}

function parameterError(message: string, hint: string, origin: ParameterOrigin): OperatorError {
  return usageError(message, hint, origin.field)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
