import { closeSync, fstatSync, lstatSync, opendirSync, realpathSync, type Stats } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { OperatorError } from '../../../errors.ts'
import { examinePath } from '../../../files/examine.ts'
import { fileReason, systemErrorCode } from '../../../files/file-reason.ts'
import { openForReading, readLimited, UnreadableFileError } from '../../../files/read-limited.ts'
import { sizeText } from '../../../files/size-limit.ts'
import type { Trust } from '../../../files/trust.ts'
import { untrustedError } from '../../../files/untrusted.ts'
import { shellQuoted, toRun } from '../../../hint.ts'
import { INSTALLED_FILE, LIMITS, type ReleaseContents, sourceError, VERSION_MODULE } from './contents.ts'
import { noSqlError } from './version.ts'

/** Where the SQL of a tree lies. */
interface SqlPlace {
  /** The directory that no file of the release may lie outside of. */
  root: string
  sql: string
  names: readonly string[]
}

/**
 * Reads the SQL of a release from a directory: the tree of a release, or its `db/sql` alone.
 *
 * Errors: `USAGE` for a directory without such files, for a file that can't be read, that is no regular file,
 * that lies outside of the directory or is too large, and for one that others than its owner could have
 * changed.
 *
 * @param path as the operator knows it
 * @param trust whose files are accepted
 */
export function readTree(path: string, trust: Trust): ReleaseContents {
  const place = findSql(path)
  if (place === null) throw noSqlError(path, versionModuleOf(realPath(path), trust))
  let left: number = LIMITS.kept
  const read = (file: string): Buffer => {
    const bytes = readInside(place.root, file, trust)
    left -= bytes.length
    if (left < 0) throw sourceError(`The SQL of ${path} has more than ${sizeText(LIMITS.kept)}.`)
    return bytes
  }
  const files = new Map(place.names.map((name) => [name, read(join(place.sql, name))]))
  return { files, versionModule: versionModuleOf(place.root, trust) }
}

function versionModuleOf(root: string, trust: Trust): Buffer | null {
  const file = join(root, VERSION_MODULE)
  return entryAt(file) === null ? null : readInside(root, file, trust)
}

/**
 * Finds the SQL at a path: in `db/sql` below it, in the directory itself, or in a copy of `db`. Errors:
 * `USAGE` if more than one of them has some.
 */
function findSql(path: string): SqlPlace | null {
  const real = realPath(path)
  const whole: Omit<SqlPlace, 'names'> = { root: real, sql: join(real, 'db', 'sql') }
  const isTree = entryAt(join(real, VERSION_MODULE)) !== null
  const candidates = [
    whole,
    { root: rootOfSql(real) ?? real, sql: real },
    // "docker cp" puts the copy into a directory that exists already.
    { root: rootOfDb(real) ?? real, sql: join(real, 'sql') },
  ]
  const places = (isTree ? [whole] : candidates)
    .map((candidate) => ({ ...candidate, names: installedNames(candidate.sql) }))
    .filter(({ names }) => names.length > 0)
  const [place, other] = places
  if (place === undefined) return null
  // A second copy into the same directory leaves the first one there, maybe that of another release.
  const below = join(place.sql, 'sql')
  const second = other?.sql ?? (installedNames(below).length > 0 ? below : null)
  if (second !== null) throw twoCopiesError(path, place.sql, second)
  return place
}

function twoCopiesError(path: string, first: string, second: string): OperatorError {
  return sourceError(
    `The directory ${path} has the SQL of a release twice, in ${first} and in ${second}: which of them is the one that you ` +
      'copied last is unknown.',
    toRun('Remove the directory, and copy the SQL again:', `rm -r ${shellQuoted(path)}`),
  )
}

/** Returns the tree that a directory is `db/sql` of; `null` if it is a copy of that alone. */
function rootOfSql(directory: string): string | null {
  return basename(directory) === 'sql' ? rootOfDb(dirname(directory)) : null
}

/** Returns the tree that a directory is `db` of; `null` if it is a copy of that alone. */
function rootOfDb(directory: string): string | null {
  if (basename(directory) !== 'db') return null
  const root = dirname(directory)
  return entryAt(join(root, VERSION_MODULE)) === null ? null : root
}

function installedNames(directory: string): string[] {
  if (entryAt(directory) === null) return []
  try {
    const names: string[] = []
    const entries = opendirSync(directory)
    try {
      let count = 0
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
        if (++count > LIMITS.members)
          throw sourceError(`The directory ${directory} has more than ${LIMITS.members} files.`)
        if (INSTALLED_FILE.test(entry.name)) names.push(entry.name)
      }
    } finally {
      entries.closeSync()
    }
    return names.sort()
  } catch (error) {
    if (systemErrorCode(error) === 'ENOTDIR') return []
    throw unreadable(directory, error)
  }
}

/** Reads a file of the tree, which may be a link to another file of the tree. */
function readInside(root: string, path: string, trust: Trust): Buffer {
  const { problem } = examinePath(path, trust)
  if (problem !== null) {
    const flag = trust.named ? 'schema-source' : null
    throw untrustedError(problem, { code: 'USAGE', fileKind: "release's file", path, flag })
  }
  try {
    if (!realpathSync(path).startsWith(root.endsWith(sep) ? root : root + sep)) {
      throw sourceError(`The file ${path} is a symbolic link that leads out of ${root}.`)
    }
    const file = openForReading(path)
    try {
      if (!fstatSync(file).isFile()) throw new UnreadableFileError('it is not a regular file')
      return readLimited(file, { mostBytes: LIMITS.file })
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw unreadable(path, error)
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

function entryAt(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null
  } catch (error) {
    if (systemErrorCode(error) === 'ENOTDIR') return null
    throw unreadable(path, error)
  }
}

/** Returns the error for a file or directory that can't be read; other errors as they are. */
export function unreadable(path: string, error: unknown): unknown {
  const isOfFile = systemErrorCode(error) !== null || error instanceof UnreadableFileError
  if (!isOfFile || error instanceof OperatorError) return error
  return sourceError(`The SQL of the release can't be read from ${path}: ${fileReason(error)}.`)
}
