import { tmpdir } from 'node:os'
import { OperatorError, usageError } from '../../errors.ts'
import { FILE_REASONS } from '../../files/file-reason.ts'

const { EACCES, EPERM, EROFS, ELOOP, ENOSPC, EDQUOT, EIO } = FILE_REASONS

/** What a place of files can have against being written to, in words that end a sentence. */
const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'a file of that name is there',
  ENOTDIR: 'a part of its path is a file',
  EISDIR: 'a directory is where a file belongs',
  ENAMETOOLONG: 'a name in it is too long',
  EACCES,
  EPERM,
  EROFS,
  ELOOP,
  ENOSPC,
  EDQUOT,
  EIO,
}

/** Those that another value of a flag does not mend by itself. */
const OF_THE_DISK = new Set(['ENOSPC', 'EDQUOT', 'EIO'])

/** The error of an artifact that could not be written, as the operator is told it; any other error as it is. */
export function artifactError(error: unknown, directory: string): unknown {
  return placeError(error, `The artifacts can’t be put into ${directory}`, {
    field: 'out',
    hint: 'Make sure that you may write there, or name another directory with --out.',
  })
}

/** The same of whatever a build does with files: those that it works with are in the directory for temporary ones. */
export function buildFileError(error: unknown, out: string): unknown {
  const path = error instanceof Error && 'path' in error ? String(error.path) : ''
  if (path === out || path.startsWith(`${out}/`)) return artifactError(error, out)
  const temporary = tmpdir()
  // Writing has no path, and programs have words of their own for it.
  const full = error instanceof Error && /no space left on device/i.test(error.message)
  if (!full && !path.startsWith(`${temporary}/`)) return error
  const wrong = full ? Object.assign(new Error(error.message), { code: 'ENOSPC' }) : error
  return placeError(wrong, `A build can’t work in ${temporary}`, {
    field: undefined,
    hint: 'Name another directory for temporary files in the environment variable TMPDIR.',
  })
}

function placeError(
  error: unknown,
  what: string,
  { field, hint }: { field: string | undefined; hint: string },
): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  // As /proc says it. Where a file is missing that should be there, the fault is another one.
  const unwilling =
    code === 'ENOENT' && error instanceof Error && 'syscall' in error && error.syscall === 'mkdir'
  const reason = unwilling ? 'the file system takes no new files' : REASONS[code]
  if (error instanceof OperatorError || reason === undefined) return error
  const message = `${what}: ${reason}.`
  return OF_THE_DISK.has(code)
    ? new OperatorError('INTERNAL', message, `${hint} Then run the same command again.`, { cause: error })
    : usageError(message, hint, field)
}
