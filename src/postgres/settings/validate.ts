import { isIPv6 } from 'node:net'
import { trimSpace } from '../../ascii-space.ts'
import { SSL_MODES, type SslMode } from '../types.ts'

/** PostgreSQL truncates longer names (NAMEDATALEN - 1), which would then name another database or role. */
const LONGEST_NAME_BYTES = 63

/** Checks a port as typed: 1–65535. Returns what is wrong with it in one sentence, or `null`. */
export function checkPort(text: string): string | null {
  const digits = trimSpace(text)
  const port = /^\d{1,6}$/.test(digits) ? Number(digits) : 0
  return port >= 1 && port <= 65_535 ? null : 'A port is a whole number from 1 to 65535.'
}

/** Returns whether the text is one of libpq's six modes. */
export function isSslMode(text: string): text is SslMode {
  return (SSL_MODES as readonly string[]).includes(text)
}

/** Checks an sslmode: one of libpq's six. Returns what is wrong with it in one sentence, or `null`. */
export function checkSslMode(text: string): string | null {
  return isSslMode(text) ? null : `An sslmode is one of ${SSL_MODES.join(', ')}.`
}

/**
 * Checks the name of a database: 1–63 bytes of UTF-8, no NUL. Returns what is wrong in one sentence, or
 * `null`.
 */
export function checkDatabaseName(name: string): string | null {
  return checkIdentifier(name, 'database name')
}

/**
 * Checks the name of a role: 1–63 bytes of UTF-8, no NUL. Returns what is wrong in one sentence, or `null`.
 */
export function checkUserName(name: string): string | null {
  return checkIdentifier(name, 'role name')
}

/**
 * Checks a host: a name, an IPv4 or IPv6 address without brackets, or the absolute directory of a Unix
 * socket; one, and without a port. Returns what is wrong with it in one sentence, or `null`.
 */
export function checkHost(host: string): string | null {
  if (host === '') return 'The host is empty.'
  if (hasControlCharacter(host)) return 'The host contains a control character.'
  if (host.startsWith('/')) {
    // The kernel's sockaddr_un has 108 bytes; the file's name takes up to 15 of them.
    return Buffer.byteLength(host) > 92 ? 'The directory of the Unix socket is longer than 92 bytes.' : null
  }
  if (host.startsWith('@')) return 'A Unix socket in the abstract namespace is not supported.'
  if (host.includes(',')) return 'Only one host can be given, because Mathesar stores one host.'
  if (host.includes(' ')) return 'The host contains a space.'
  if (host.startsWith('[')) return 'Write an IPv6 address without brackets.'
  if (host.includes('://')) return 'The host is a URL; only the name of the host belongs there.'
  if (host.includes(':') && !isIPv6(host))
    return 'The host contains a colon. Leave the port out: it is a value of its own.'
  if (host.includes('/'))
    return 'The host contains a slash; only the directory of a Unix socket does, and it starts with one.'
  return null
}

/**
 * Checks a password: no NUL byte, which the protocol can't transmit. Returns what is wrong in one sentence,
 * or `null`.
 */
export function checkPassword(password: string): string | null {
  return password.includes('\0')
    ? 'The password contains a NUL character, which PostgreSQL does not accept.'
    : null
}

function checkIdentifier(name: string, kind: string): string | null {
  if (name === '') return `The ${kind} is empty.`
  if (name.includes('\0')) return `The ${kind} contains a NUL character.`
  const bytes = Buffer.byteLength(name)
  if (bytes <= LONGEST_NAME_BYTES) return null
  return `The ${kind} is ${bytes} bytes long in UTF-8; PostgreSQL accepts at most ${LONGEST_NAME_BYTES}.`
}

function hasControlCharacter(text: string): boolean {
  for (const character of text) if (character < ' ' || character === '\x7f') return true
  return false
}
