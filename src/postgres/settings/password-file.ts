import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ConnectionSettings } from '../types.ts'

/** The directories that builds of libpq take for a socket's when no host is given. */
const DEFAULT_SOCKET_DIRECTORIES = ['/tmp', '/var/run/postgresql', '/run/postgresql']

export interface PasswordFileResult {
  password: string | null
  /** Why the file was left alone although it is there. */
  warning: string | null
}

/**
 * Where the password file is (PostgreSQL manual, "The Password File"): what was named, else PGPASSFILE, else
 * `.pgpass` in the home directory; `null` where there is no home.
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
      return ignored(path, `its mode is ${mode}, so that others may read it; run chmod 0600 on it`)
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

/** The password of the first line that matches, or `null`. */
export function findPassword(
  text: string,
  target: Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'user'>,
): string | null {
  const host = DEFAULT_SOCKET_DIRECTORIES.includes(target.host) ? 'localhost' : target.host
  const wanted = [host, String(target.port), target.database, target.user]
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue
    const fields = splitLine(line.replace(/\r$/, ''))
    const password = fields[wanted.length]
    if (password === undefined) continue
    const matches = wanted.every((value, index) => {
      const field = fields[index]
      return field?.raw === '*' || field?.text === value
    })
    if (matches) return password.text
  }
  return null
}

/** Fields stand between colons; a backslash takes the next character as it is. */
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
