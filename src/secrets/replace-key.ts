import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Examination, examinePath } from '../files/examine.ts'
import { fileReason } from '../files/file-reason.ts'
import { whyNotGiven } from '../files/give-file.ts'
import { volumeOf } from '../files/mounts.ts'
import { HAS_OWNERS } from '../files/owners.ts'
import type { Trust } from '../files/trust.ts'
import { untrustedReason } from '../files/untrusted.ts'
import { removeTemporaries, replacePrivateFile } from './private-file.ts'

/** Whose directories a key file may be replaced in, besides those of this user and of root. */
export type ReplacementTrust = Pick<Trust, 'groups'>

/**
 * Returns why a key file can't be replaced, as the end of a sentence; `null` if it can, as far as one sees.
 */
export function whyNotReplaced(path: string, trust: ReplacementTrust = {}): string | null {
  const { target, problem } = targetOf(path, trust)
  if (problem !== null) return problem
  try {
    accessSync(dirname(target), constants.W_OK)
    return null
  } catch (error) {
    return fileReason(error)
  }
}

/**
 * Puts the new key in the place of the old one in a key file, at once. Returns why it can't, as the end of a
 * sentence; `null` if it is done. A file that somebody wrote another key into meanwhile stays as it is.
 *
 * @param old the keys that may be replaced
 */
export function putInPlace(
  path: string,
  key: string,
  old: readonly string[],
  trust: ReplacementTrust = {},
): string | null {
  const { target, problem } = targetOf(path, trust)
  if (problem !== null) return problem
  try {
    const isReplaceable = (file: string) => {
      const now = readFileSync(file, 'utf8').replaceAll('\r\n', '\n')
      return now === key || old.includes(now)
    }
    if (!replacePrivateFile(target, key, isReplaceable)) return 'it has another key by now'
    removeTemporaries(target)
    return null
  } catch (error) {
    return fileReason(error)
  }
}

/**
 * Resolves the path of a key file once. Whoever can change a directory on the way could lead a later step to
 * another file, which this process may write and they may not. The file itself may belong to somebody else.
 */
function targetOf(path: string, { groups }: ReplacementTrust): { target: string; problem: string | null } {
  const examination = examinePath(path, { named: false, ...(groups === undefined ? {} : { groups }) })
  const { realPath, problem } = examination
  const isOnTheWay = problem !== null && (problem.kind === 'replaced' || problem.part !== 'file')
  return { target: realPath, problem: isOnTheWay ? untrustedReason(problem) : fileProblem(examination) }
}

function fileProblem({ realPath, isHandedOver }: Examination): string | null {
  if (HAS_OWNERS && isHandedOver) return 'this program received it as an open file'
  try {
    if (!statSync(realPath).isFile()) return 'it is not a regular file'
    // Renaming a file over a mount fails.
    if (volumeOf(realPath)?.point === realPath) return 'it is a mount of its own'
    return HAS_OWNERS ? whyNotGiven(realPath) : null
  } catch (error) {
    return fileReason(error)
  }
}
