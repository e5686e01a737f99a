import { lstatSync } from 'node:fs'
import type { OperatorError } from '../../errors.ts'
import { containerUser } from '../../files/container-advice.ts'
import { type Examination, examinePath } from '../../files/examine.ts'
import { HAS_OWNERS, isOwnOrRoot } from '../../files/owners.ts'
import { makeDirectoryOf } from '../../files/private-directory.ts'
import type { PathProblem, Trust } from '../../files/trust.ts'
import { UntrustedFileError, untrustedHint, untrustedReason } from '../../files/untrusted.ts'
import { unavailable } from '../errors.ts'
import type { OpenStoreOptions } from '../types.ts'

/** Whose file it may be, and what receives warnings. */
export type StoreFileOptions = Pick<OpenStoreOptions, 'trust' | 'onWarning'>

const NAMED: Trust = { named: true }

/** SQLite reads and writes these files beside the database as a part of it. */
const COMPANIONS = ['-wal', '-shm', '-journal']

/**
 * Refuses the SQLite file at a path, and the files that belong to it, if anyone but its owners could have put
 * it there. The directory must be closed to others even if it is sticky: they could put a journal beside the
 * database.
 *
 * Errors: `STORE_UNAVAILABLE`.
 */
export function checkStoreFile(path: string, { trust = NAMED, onWarning }: StoreFileOptions = {}): void {
  const examination = examinePath(path, trust, { isExclusive: true })
  const problem = examination.problem ?? companionProblem(examination)
  if (problem) throw untrustedStore(path, problem)
  for (const directory of examination.sharedVolumes) {
    onWarning?.(
      `Other users of this container can write to ${directory}, and so replace the internal database.`,
      `Let the volume belong to ${containerUser()} with mode 0700, or to a group of its own (fsGroup in Kubernetes).`,
    )
  }
}

/**
 * Creates the directory of a SQLite file, for its owner alone. Errors: `STORE_UNAVAILABLE`; those of the
 * system.
 */
export function createStoreDirectory(path: string, { trust = NAMED }: StoreFileOptions): void {
  try {
    makeDirectoryOf(path, trust, { isExclusive: true })
  } catch (error) {
    if (error instanceof UntrustedFileError) throw untrustedStore(path, error.problem)
    throw error
  }
}

/**
 * The directory is closed to others, but may have been open before. Files that belong to the database
 * must have its owner, the user of this process or the group that shares the database, and may not be more
 * open than the database.
 */
function companionProblem({ file, realPath }: Examination): PathProblem | null {
  if (file === null || !HAS_OWNERS) return null
  for (const suffix of COMPANIONS) {
    const path = `${realPath}${suffix}`
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats === undefined) continue
    const { uid, gid, mode } = stats
    const isShared = (file.mode & 0o020) !== 0 && gid === file.gid
    if (!isOwnOrRoot(uid) && uid !== file.uid && !isShared)
      return { kind: 'foreign', part: 'companion', path, uid }
    if ((mode & 0o022 & ~file.mode) !== 0) {
      return { kind: 'writable', part: 'companion', path, mode: mode & 0o777 }
    }
  }
  return null
}

function untrustedStore(path: string, problem: PathProblem): OperatorError {
  return unavailable(path, untrustedReason(problem), untrustedHint(problem, 'internal-db'))
}
