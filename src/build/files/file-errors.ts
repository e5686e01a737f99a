import { tmpdir } from 'node:os'
import { OperatorError, usageError } from '../../errors.ts'
import { systemErrorCode, usualFileReason } from '../../files/file-reason.ts'

/** Reasons that only writing a file into a directory has, in words that end a sentence. */
const WRITE_REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'a file of that name exists',
  EISDIR: 'a directory is where a file belongs',
}

/** Reasons that another value of a flag does not remove by itself. */
const DISK_CODES = new Set(['ENOSPC', 'EDQUOT', 'EIO'])

/** Returns the operator's error for an artifact that could not be written; any other error as it is. */
export function artifactError(error: unknown, directory: string): unknown {
  return placeError(error, `The artifacts can't be put into ${directory}`, {
    field: 'out',
    hint: 'Make sure that you may write there, or name another directory with --out.',
  })
}

/**
 * Returns the operator's error for any file of a build: beside artifacts, these are files in the temporary
 * directory.
 */
export function buildFileError(error: unknown, out: string): unknown {
  const path = error instanceof Error && 'path' in error ? String(error.path) : ''
  if (path === out || path.startsWith(`${out}/`)) return artifactError(error, out)
  const temporary = tmpdir()
  // An error of write(2) has no path, and programs report a full disk in words of their own.
  const isFull = error instanceof Error && /no space left on device/i.test(error.message)
  if (!isFull && !path.startsWith(`${temporary}/`)) return error
  const cause = isFull ? Object.assign(new Error(error.message), { code: 'ENOSPC' }) : error
  return placeError(cause, `A build can't write to ${temporary}`, {
    field: undefined,
    hint: 'Name another directory for temporary files in the environment variable TMPDIR.',
  })
}

function placeError(
  error: unknown,
  failure: string,
  { field, hint }: { field: string | undefined; hint: string },
): unknown {
  const reason = reasonOf(error)
  if (error instanceof OperatorError || reason === null) return error
  const message = `${failure}: ${reason}.`
  return DISK_CODES.has(systemErrorCode(error) ?? '')
    ? new OperatorError('INTERNAL', message, `${hint} Then run the same command again.`, { cause: error })
    : usageError(message, hint, field)
}

function reasonOf(error: unknown): string | null {
  const code = systemErrorCode(error)
  if (code === null) return null
  if (code === 'ENOENT') {
    // /proc reports this way that it has no room for new names. Any other missing file is a fault of the
    // build.
    const isMkdir = error instanceof Error && 'syscall' in error && error.syscall === 'mkdir'
    return isMkdir ? 'the file system takes no new files' : null
  }
  return WRITE_REASONS[code] ?? usualFileReason(code)
}
