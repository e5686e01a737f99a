import { closeSync, existsSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { composeFilesOf, loadComposeParser } from '../../../../databases/interface/compose.ts'
import { parseLocation } from '../../../../databases/interface/location.ts'
import { OperatorError, usageError } from '../../../../errors.ts'
import { fileReason } from '../../../../files/file-reason.ts'
import { DJANGO_FILE, djangoFileBeside, djangoFileIn } from '../../../settings/django-file.ts'
import type { LiveMathesar } from '../../../settings/live.ts'

/** Where the internal database lies that an import reads. */
export type SourceLocation =
  | { kind: 'sqlite'; path: string; envFile: string | null }
  | { kind: 'live'; live: LiveMathesar; envFile: string | null }

/** What to do about a file that is no source of an import. */
export const NAME_SOURCE =
  'Name the SQLite file or the .env file of the other internal database with --from, or its URL.'

/**
 * Finds the internal database that `--from` names: by a URL, by the path of its SQLite file, by the `.env` or
 * Compose file of its Mathesar, or by the directory of one of these. Errors: `USAGE`, `STORE_UNAVAILABLE` if
 * there is no such file.
 *
 * @param env the environment, without a password that is meant for another internal database
 */
export async function locateSource(from: string, env: NodeJS.ProcessEnv): Promise<SourceLocation> {
  try {
    return await locate(from, env)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    throw error.with({ field: 'from' })
  }
}

async function locate(from: string, env: NodeJS.ProcessEnv): Promise<SourceLocation> {
  const place = parseLocation(from)
  const { liveFromUrl } = await import('../../../settings/live.ts')
  if (place.kind === 'postgres') {
    const live = liveFromUrl(place.url, '--from', { env, envFile: null, isEnvFileNamed: false })
    return { kind: 'live', live, envFile: null }
  }
  await loadComposeParser()
  const stats = statsOf(from)
  if (stats.isDirectory()) return inDirectory(from, env)
  const kind = stats.isFile() ? fileKind(from) : 'text'
  if (kind === 'sqlite') {
    const envFile = join(dirname(from), '.env')
    return sqliteFile(from, existsSync(envFile) ? envFile : null)
  }
  if (kind === 'other') {
    throw unusable(from, 'it is neither an SQLite file nor the .env or Compose file of a Mathesar')
  }
  return ofEnvFile(from, env)
}

function statsOf(path: string): Stats {
  try {
    return statSync(path)
  } catch (error) {
    throw unusable(path, fileReason(error), error)
  }
}

/** Errors: `STORE_UNAVAILABLE` for an empty file, which SQLite reads as a database without tables. */
function sqliteFile(path: string, envFile: string | null): SourceLocation {
  if (statsOf(path).size === 0) throw unusable(path, 'the file is empty')
  return { kind: 'sqlite', path, envFile }
}

function unusable(path: string, reason: string, cause?: unknown): OperatorError {
  const message = `The source of the import, ${path}, can't be used: ${reason}.`
  return new OperatorError('STORE_UNAVAILABLE', message, NAME_SOURCE, { cause })
}

function inDirectory(directory: string, env: NodeJS.ProcessEnv): Promise<SourceLocation> | SourceLocation {
  const envFile = join(directory, '.env')
  const [file] = existsSync(envFile) ? [envFile] : composeFilesOf(directory, {})
  if (file !== undefined) return ofEnvFile(file, env)
  const path = djangoFileIn(directory)
  if (path !== null) return sqliteFile(path, null)
  throw usageError(
    `The directory ${directory} has neither an .env file, nor a Compose file, nor ${DJANGO_FILE}.`,
    'Name the internal database itself with --from: the path of its SQLite file, or its URL.',
  )
}

async function ofEnvFile(envFile: string, env: NodeJS.ProcessEnv): Promise<SourceLocation> {
  const { liveFromEnvFile } = await import('../../../settings/live.ts')
  const live = liveFromEnvFile(envFile, { env, envFile, isEnvFileNamed: true })
  if (live !== null) return { kind: 'live', live, envFile }
  const path = djangoFileBeside(envFile)
  if (path !== null) return sqliteFile(path, envFile)
  throw usageError(
    `The file ${envFile} names no internal database on PostgreSQL, and there is no ${DJANGO_FILE} beside it.`,
    'Name the internal database itself with --from: the path of its SQLite file, or its URL.',
  )
}

/** The first bytes of every SQLite file; an empty file is an SQLite database too. */
const SQLITE_HEADER = 'SQLite format 3\0'

/** The marks at the beginning of UTF-16, which has NUL in its characters: the reader of text reports it. */
const UTF16_MARKS = ['\xff\xfe', '\xfe\xff']

/** Returns what a file is by its first bytes: no text that names a Mathesar contains NUL. */
function fileKind(path: string): 'sqlite' | 'text' | 'other' {
  const bytes = Buffer.alloc(1024)
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    // Whoever reads it reports why it can't be read.
    return /(^|\/)[^/]*env[^/]*$|\.ya?ml$/i.test(path) ? 'text' : 'sqlite'
  }
  try {
    const start = bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0))
    if (start === '' || start.startsWith(SQLITE_HEADER)) return 'sqlite'
    return start.includes('\0') && !UTF16_MARKS.some((mark) => start.startsWith(mark)) ? 'other' : 'text'
  } finally {
    closeSync(file)
  }
}
