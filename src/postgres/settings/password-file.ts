import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ConnectionSettings } from '../types.ts'

/** The socket directories that builds of libpq use when no host is given. */
const DEFAULT_SOCKET_DIRECTORIES = ['/tmp', '/var/run/postgresql', '/run/postgresql']

export interface PasswordFileResult {
  password: string | null
  /** Why an existing file was ignored. */
  warning: string | null
}

/**
 * Returns the path of the password file (PostgreSQL manual, "The Password File"): the named one, else
 * PGPASSFILE, else `.pgpass` in the home directory; `null` if there is no home.
 */
export function passwordFilePath(
  named: string | null,
  env: NodeJS.ProcessEnv,
  home: string | null,
): string | null {
  if (named) return named
  if (env.PGPASSFILE) return env.PGPASSFILE
  return home === null ? null : join(home, '.pgpass')
}

/**
 * Looks up the password for a connection in a password file, by libpq's rules: the first line that matches
 * wins; a file that group or others may access is ignored, with a warning that says why.
 */
export function readPasswordFile(
  path: string,
  target: Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'user'>,
): PasswordFileResult {
  let text: string
  try {
    const status = statSync(path)
    if (!status.isFile()) return ignored(path, 'it is not a plain file')
    if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
      const mode = (status.mode & 0o777).toString(8).padStart(4, '0')
      return ignored(path, `its mode is ${mode}, so that other users may read it; run chmod 0600 on it`)
    }
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? { password: null, warning: null }
      : ignored(path, `it cannot be read (${code ?? 'error'})`)
  }
  return { password: findPassword(text, target), warning: null }
}

/** Returns the password of the first line that matches, or `null`. */
export function findPassword(
  text: string,
  target: Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'user'>,
): string | null {
  const host = DEFAULT_SOCKET_DIRECTORIES.includes(target.host) ? 'localhost' : target.host
  const targetFields = [host, String(target.port), target.database, target.user]
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue
    const fields = splitLine(line.replace(/\r$/, ''))
    const password = fields[targetFields.length]
    if (password === undefined) continue
    const isMatch = targetFields.every((value, index) => {
      const field = fields[index]
      return field?.raw === '*' || field?.text === value
    })
    if (isMatch) return password.text
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
  return { password: null, warning: `The password file ${path} was ignored: ${reason}.` }
}
