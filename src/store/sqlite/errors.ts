import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { OperatorError } from '../../errors.ts'
import { writableAdvice } from '../../files/container-advice.ts'
import { fileReason, systemErrorCode } from '../../files/file-reason.ts'
import { isDiskFull } from '../../files/full-disk.ts'
import { lockOwnerText } from '../../locks/lock-owner.ts'
import { unavailable, wrongFile } from '../errors.ts'
import { isBusy, ownerOf } from './wait.ts'

interface Explanation {
  reason: string
  /** What to do; `null` if it is about permissions. */
  hint: string | null
  /** The file is no internal database. */
  isWrongFile?: boolean
}

/** What to do about a file that this process may not use. */
function permissionHint(location: string): string {
  return (
    writableAdvice(location, { variable: 'MATHESAR_INTERNAL_DB', flag: 'internal-db' }) ??
    'Make sure that you may read and write the file and its directory, or name another file with --internal-db.'
  )
}

/** What to do about a file that is not an internal database. */
export const NAME_ANOTHER =
  'Name the internal database with --internal-db, or name a new file and run "setup".'

const FULL: Explanation = {
  reason: 'the disk is full',
  hint: 'Free some space on the disk, then run the same command again: nothing was changed.',
}

const READ_ONLY: Explanation = { reason: 'the file system is read-only', hint: null }

/** SQLite reports these where a file system such as tmpfs has no room, without the reason. */
const MAY_BE_FULL = ['SQLITE_IOERR', 'SQLITE_CANTOPEN']

/** By prefix of SQLite's result codes (https://sqlite.org/rescode.html): the first one that fits counts. */
const EXPLANATIONS: readonly (readonly [code: string, Explanation])[] = [
  [
    'SQLITE_NOTADB',
    {
      reason: 'it is not an SQLite database',
      hint: NAME_ANOTHER,
      isWrongFile: true,
    },
  ],
  ['SQLITE_CANTOPEN', { reason: 'it could not be opened', hint: null }],
  ['SQLITE_PERM', { reason: 'permission denied', hint: null }],
  ['SQLITE_READONLY', { reason: 'it is read-only', hint: null }],
  ['SQLITE_FULL', FULL],
  [
    'SQLITE_CORRUPT',
    {
      reason: 'the file is damaged',
      hint: 'Restore it from a backup; SQLite can often save rows with `.recover`.',
    },
  ],
  [
    'SQLITE_IOERR',
    {
      reason: 'the disk reported an error',
      hint: 'Check the disk and its free space, then run the same command again.',
    },
  ],
  [
    'SQLITE_CONSTRAINT_FOREIGNKEY',
    {
      reason: 'rows of a table that this version does not know refer to the stored database',
      hint: 'Remove the database in Mathesar itself.',
    },
  ],
]

/**
 * Turns an error of SQLite into an OperatorError: `STORE_UNAVAILABLE` with the path and the reason, or
 * `LOCKED` if another process kept the write lock for longer than we wait. Any other error is returned as
 * it is.
 */
export function storeError(error: unknown, location: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error
  const { code } = error
  if (isBusy(error)) {
    const owner = ownerOf(location)
    return new OperatorError(
      'LOCKED',
      `The internal database ${location} is locked by another process` +
        `${owner === null ? '' : `: ${lockOwnerText(owner)}`}.`,
      'Wait until that process has finished, then run the same command again.',
      { cause: error, ...(owner === null ? {} : { data: { pid: owner.pid } }) },
    )
  }
  const isFull = MAY_BE_FULL.some((prefix) => code.startsWith(prefix)) && isDiskFull(location)
  const isReadOnly = code.startsWith('SQLITE_CANTOPEN') && isOnReadOnlyFileSystem(location)
  const known = isFull
    ? FULL
    : isReadOnly
      ? READ_ONLY
      : EXPLANATIONS.find(([prefix]) => code.startsWith(prefix))?.[1]
  const reason = known?.reason ?? error.message
  if (known?.hint === null) return wrongFile(location, reason, permissionHint(location), error)
  const hint =
    known?.hint ??
    'Check the file with `PRAGMA integrity_check` in the sqlite3 program, or restore a backup of it.'
  return known?.isWrongFile
    ? wrongFile(location, reason, hint, error)
    : unavailable(location, reason, hint, error)
}

function isOnReadOnlyFileSystem(path: string): boolean {
  try {
    accessSync(dirname(path), constants.W_OK)
    return false
  } catch (error) {
    return systemErrorCode(error) === 'EROFS'
  }
}

/** `STORE_UNAVAILABLE` for a failed system call on the file or its directory. */
export function fileUnavailable(location: string, error: unknown): OperatorError {
  return wrongFile(location, fileReason(error), permissionHint(location), error)
}
