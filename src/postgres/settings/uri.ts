import { usageError } from '../../errors.ts'
import { checkPort } from './validate.ts'

/** The name of a part for messages, so that no message needs the text itself. */
type Part = 'user name' | 'password' | 'host' | 'database name' | 'parameters'

const fail = (message: string, hint: string) => usageError(message, hint, 'dsn')

/**
 * Splits a connection URI into parameters by libpq's names (PostgreSQL manual, "Connection URIs"):
 * `postgresql://[user[:password]@][host][:port][/dbname][?name=value[&…]]`. A later parameter overrides an
 * earlier one. Errors: `USAGE`; no message contains a piece of the URI.
 */
export function splitUri(uri: string): [string, string][] {
  const { components, query } = splitComponents(uri.slice(uri.indexOf('://') + 3))
  // An empty component is not given; an empty parameter after "?" is.
  const given = components.filter(([, value]) => value !== '')
  return query === null ? given : [...given, ...splitQuery(query)]
}

function splitComponents(text: string): { components: [string, string][]; query: string | null } {
  const components: [string, string][] = []
  const { credentials, rest } = splitCredentials(text)
  if (credentials !== null) {
    const colon = credentials.indexOf(':')
    components.push(['user', decode(colon < 0 ? credentials : credentials.slice(0, colon), 'user name')])
    if (colon >= 0) components.push(['password', decode(credentials.slice(colon + 1), 'password')])
  }
  const end = rest.search(/[/?]/)
  const isStray = credentials === null && rest.includes('@')
  components.push(...splitHost(end < 0 ? rest : rest.slice(0, end), isStray))
  if (end < 0) return { components, query: null }
  const question = rest.indexOf('?', end)
  if (rest[end] === '/') {
    const name = rest.slice(end + 1, question < 0 ? undefined : question)
    components.push(['dbname', decode(name, 'database name')])
  }
  return { components, query: question < 0 ? null : rest.slice(question + 1) }
}

/** The credentials end at the first `@`, unless a `/` comes before it, as with libpq. */
function splitCredentials(text: string): { credentials: string | null; rest: string } {
  const stop = text.search(/[@/]/)
  if (stop < 0 || text[stop] !== '@') return { credentials: null, rest: text }
  const rest = text.slice(stop + 1)
  const authority = rest.split(/[/?]/, 1)[0] ?? ''
  if (authority.includes('@')) {
    throw fail(
      'The connection string has more than one "@" before the host.',
      'In the user name and the password write "@" as %40.',
    )
  }
  return { credentials: text.slice(0, stop), rest }
}

function splitHost(text: string, hasStrayAt: boolean): [string, string][] {
  const wrong = (message: string, hint: string) => {
    // Without credentials, a later "@" means that a "/" cut a password off.
    if (hasStrayAt) {
      return fail(
        'The user name or the password in the connection string contains a "/" that is not encoded.',
        'In the user name and the password write "/" as %2F, "?" as %3F and "@" as %40.',
      )
    }
    return fail(message, hint)
  }
  if (text.includes(',')) {
    throw wrong('The connection string has several hosts.', 'Use one host, because Mathesar stores one host.')
  }
  let host = text
  let port = ''
  if (text.startsWith('[')) {
    const close = text.indexOf(']')
    const after = text.slice(close + 1)
    if (close <= 1 || (after !== '' && !after.startsWith(':'))) {
      throw wrong(
        'The IPv6 address in the connection string is not well formed.',
        'Write it in brackets, as in postgresql://user@[::1]:5432/database.',
      )
    }
    host = text.slice(1, close)
    port = after.slice(1)
  } else {
    const colon = text.indexOf(':')
    if (colon >= 0) {
      host = text.slice(0, colon)
      port = text.slice(colon + 1)
    }
    if (port.includes(':')) {
      throw wrong(
        'The connection string has more than one ":" in its host.',
        'Write an IPv6 address in brackets, as in [::1]; in a user name write ":" as %3A.',
      )
    }
  }
  port = decode(port, 'host')
  if (port !== '' && checkPort(port) !== null) {
    throw wrong(
      'The port in the connection string is not a whole number from 1 to 65535.',
      'Correct the port. If the text after ":" is a password, an "@" must follow it, and in it "/" is written as %2F.',
    )
  }
  return [
    ['host', decode(host, 'host')],
    ['port', port],
  ]
}

function splitQuery(query: string): [string, string][] {
  const pairs: [string, string][] = []
  for (const item of query.split('&')) {
    if (item === '') continue
    const equals = item.indexOf('=')
    if (equals < 0) {
      throw fail(
        'A parameter after "?" in the connection string has no "=".',
        'Write parameters as name=value. In a password write "?" as %3F and "&" as %26.',
      )
    }
    if (item.includes('=', equals + 1)) {
      throw fail(
        'A parameter after "?" in the connection string has more than one "=".',
        'In the value of a parameter write "=" as %3D.',
      )
    }
    pairs.push([decode(item.slice(0, equals), 'parameters'), decode(item.slice(equals + 1), 'parameters')])
  }
  return pairs
}

/** Percent-decoding (RFC 3986); `+` stays `+`, and spaces at both ends are dropped, as in libpq. */
function decode(encoded: string, part: Part): string {
  const text = encoded.replace(/^ +| +$/g, '')
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) {
    throw fail(
      `The ${part} in the connection string contains a "%" that is not followed by two hexadecimal digits.`,
      'Write "%" as %25.',
    )
  }
  if (text.includes(' ')) {
    throw fail(`The ${part} in the connection string contains a space.`, 'Write a space as %20.')
  }
  if (text.includes('%00')) {
    throw fail(
      `The ${part} in the connection string contains %00, which PostgreSQL does not accept.`,
      'Leave it out.',
    )
  }
  try {
    return decodeURIComponent(text)
  } catch {
    throw fail(
      `The percent-encoded bytes of the ${part} in the connection string are not UTF-8.`,
      'Encode each byte of its UTF-8 form: e with an acute accent is %C3%A9. If a "%" is meant, write %25.',
    )
  }
}

/** The parameters that have a place of their own in a URI. */
const IN_PLACE = ['user', 'password', 'host', 'port', 'dbname']

/**
 * Writes parameters by libpq's names as a connection URI, without the password. `splitUri` reads the same
 * parameters from it. Of several with the same name the last one counts.
 */
export function uriWithoutPassword(parameters: Iterable<readonly [name: string, value: string]>): string {
  const given = new Map(parameters)
  const encoded = (name: string) => encodeURIComponent(given.get(name) ?? '')
  const host = given.get('host') ?? ''
  const user = given.get('user') ? `${encoded('user')}@` : ''
  const port = given.get('port') ? `:${given.get('port')}` : ''
  const query = [...given.keys()]
    .filter((name) => !IN_PLACE.includes(name))
    .map((name) => `${encodeURIComponent(name)}=${encoded(name)}`)
  const server = `${user}${host.includes(':') ? `[${host}]` : encoded('host')}${port}`
  return `postgresql://${server}/${encoded('dbname')}${query.length === 0 ? '' : `?${query.join('&')}`}`
}
