import { closeSync, fstatSync, type Stats } from 'node:fs'
import { type Examination, examinePath } from './examine.ts'
import { openForReading, readLimited } from './read-limited.ts'
import type { Trust } from './trust.ts'
import { UntrustedFileError } from './untrusted.ts'

export interface ReadFile {
  bytes: Buffer
  stats: Stats
  /** The path without symbolic links. */
  realPath: string
  /** Whoever started this process opened the file: its path leads another process to another file. */
  isHandedOver: boolean
}

/** A file that appears, or that its owner replaces, during the examination is examined again. */
const ATTEMPTS = 3

/**
 * Reads a file that only its owners can have put there, of at most a mebibyte.
 *
 * Errors: `UntrustedFileError`; those of `readLimited`, and of the system.
 */
export function readTrustedFile(path: string, trust: Trust): ReadFile {
  for (let attempt = 1; ; attempt++) {
    const examination = examinePath(path, trust)
    if (examination.problem) throw new UntrustedFileError(examination.problem)
    const file = openForReading(path)
    try {
      const stats = fstatSync(file)
      // The path could lead to another file than the examined one a moment later.
      if (isSame(examination, stats)) {
        const { isHandedOver, realPath } = examination
        return { bytes: readLimited(file, { isHandedOver }), stats, realPath, isHandedOver }
      }
    } finally {
      closeSync(file)
    }
    if (attempt === ATTEMPTS) throw new UntrustedFileError({ kind: 'replaced', path })
  }
}

function isSame({ isHandedOver, file }: Examination, opened: Stats): boolean {
  return isHandedOver || (file !== null && file.dev === opened.dev && file.ino === opened.ino)
}
