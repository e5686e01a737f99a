const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is not a directory',
  ELOOP: 'its symbolic links go in a circle',
  ENAMETOOLONG: 'its path is too long',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EIO: 'the disk reported an error',
  ENXIO: 'it is a socket, or a device that is not there',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
}

/** Returns the error code of a failed system call, such as `ENOENT`; `null` for any other error. */
export function systemErrorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null
  return error.code
}

/**
 * Returns why a file could not be used, in words that end a sentence: `it does not exist`, `permission
 * denied` …
 */
export function fileReason(error: unknown): string {
  const code = systemErrorCode(error)
  if (code !== null) return usualFileReason(code) ?? `the system says ${code}`
  return error instanceof Error ? error.message : String(error)
}

/**
 * Returns the same for the code of a system call that failed; `null` for a code that says nothing about
 * files.
 */
export function usualFileReason(code: string): string | null {
  return REASONS[code] ?? null
}
