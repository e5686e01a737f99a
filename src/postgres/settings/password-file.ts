import { statSync } from 'node:fs'
import { join } from 'node:path'
import { usageError } from '../../errors.ts'
import { containerUser } from '../../files/container-advice.ts'
import { decodeText } from '../../files/decode-text.ts'
import { fileReason, systemErrorCode } from '../../files/file-reason.ts'
import { volumeOf } from '../../files/mounts.ts'
import { MOST_LIST_BYTES, readLimitedFile } from '../../files/read-limited.ts'
import type { ConnectionSettings } from '../types.ts'

/** The socket directories that builds of libpq use when no host is given. */
const DEFAULT_SOCKET_DIRECTORIES = ['/tmp', '/var/run/postgresql', '/run/postgresql']

type Target = Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'user'>

export interface PasswordFileResult {
  password: string | null
  /** The line of the password, counted from 1; `null` if none matches. */
  line: number | null
  /** Why an existing file was ignored. */
  warning: string | null
}

/**
 * Returns the path of the password file (PostgreSQL manual, "The Password File"): the named one, else
 * PGPASSFILE, else `.pgpass` in the home directory; `null` if there is no home. An empty name means that in
 * the home directory, whatever PGPASSFILE says.
 */
export function passwordFilePath(
  named: string | null,
  env: NodeJS.ProcessEnv,
  home: string | null,
): string | null {
  const path = named ?? env.PGPASSFILE
  if (path) return path
  return home === null ? null : join(home, '.pgpass')
}

/**
 * Looks up the password for a connection in a password file, by libpq's rules: the first line that matches
 * wins; a file that group or others may access is ignored, with a warning that says why.
 *
 * Errors: `USAGE` if the password is not UTF-8.
 */
export function readPasswordFile(path: string, target: Target): PasswordFileResult {
  let bytes: Buffer
  try {
    const status = statSync(path)
    if (!status.isFile()) return ignored(path, 'it is not a plain file')
    if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
      const mode = (status.mode & 0o777).toString(8).padStart(4, '0')
      const remedy =
        volumeOf(path) === null
          ? 'run chmod 0600 on it'
          : `mount it with mode 0400 and ${containerUser()} as its owner, or use --password-file`
      return ignored(path, `its mode is ${mode}, so that other users may read it; ${remedy}`)
    }
    bytes = readLimitedFile(path, { mostBytes: MOST_LIST_BYTES })
  } catch (error) {
    const code = systemErrorCode(error)
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? { password: null, line: null, warning: null }
      : ignored(path, `it can't be read: ${fileReason(error)}`)
  }
  const found = findPassword(bytes, target)
  if (found === null) return { password: null, line: null, warning: null }
  const decoded = decodeText(found.password)
  if (decoded.text !== null) return { password: decoded.text, line: found.line, warning: null }
  throw usageError(
    `The password on line ${found.line} of the password file ${path} is not UTF-8: it is in ${decoded.encoding}.`,
    'Write the line again in UTF-8.',
    'password',
  )
}

/**
 * Returns the password of the first line that matches, and the number of that line from 1; `null` if none
 * does. Lines are compared as bytes, since those of other connections may be in any encoding.
 */
export function findPassword(bytes: Buffer, target: Target): { password: Buffer; line: number } | null {
  const host = DEFAULT_SOCKET_DIRECTORIES.includes(target.host) ? 'localhost' : target.host
  const targetFields = [host, String(target.port), target.database, target.user].map((text) =>
    Buffer.from(text).toString('latin1'),
  )
  for (const [index, line] of bytes.toString('latin1').split('\n').entries()) {
    if (line.startsWith('#')) continue
    const fields = splitLine(line.replace(/\r$/, ''))
    const password = fields[targetFields.length]
    if (password === undefined) continue
    const isMatch = targetFields.every((value, position) => {
      const field = fields[position]
      return field?.raw === '*' || field?.text === value
    })
    if (isMatch) return { password: Buffer.from(password.text, 'latin1'), line: index + 1 }
  }
  return null
}

/** Splits a line at its colons; a backslash escapes the next character. */
function splitLine(line: string): { raw: string; text: string }[] {
  let field = { raw: '', text: '' }
  const fields = [field]
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at)
    if (character === ':') {
      field = { raw: '', text: '' }
      fields.push(field)
      continue
    }
    if (character === '\\' && at + 1 < line.length) {
      at++
      field.raw += character
    }
    field.raw += line.charAt(at)
    field.text += line.charAt(at)
  }
  return fields
}

function ignored(path: string, reason: string): PasswordFileResult {
  return { password: null, line: null, warning: `The password file ${path} was ignored: ${reason}.` }
}
