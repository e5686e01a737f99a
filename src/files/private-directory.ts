import { dirname } from 'node:path'
import { makeDirectories } from '../make-directories.ts'
import { examinePath } from './examine.ts'
import type { Trust } from './trust.ts'
import { UntrustedFileError } from './untrusted.ts'

/**
 * Creates the directory of a file, with those above it, so that only its owner can enter it. One that exists
 * stays as it is. Nothing is created below a directory that another user could change.
 *
 * Errors: `UntrustedFileError`; those of the system.
 *
 * @param isExclusive no other user may be able to create a file beside it
 */
export function makeDirectoryOf(file: string, trust: Trust, { isExclusive = false } = {}): void {
  requireTrusted(file, trust, isExclusive)
  makeDirectories(dirname(file), 0o700)
  // In a sticky directory such as /tmp, another user may have been faster.
  requireTrusted(file, trust, isExclusive)
}

function requireTrusted(file: string, trust: Trust, isExclusive: boolean): void {
  const { problem } = examinePath(file, trust, { isExclusive })
  if (problem) throw new UntrustedFileError(problem)
}
