import { type ErrorCode, OperatorError } from '../errors.ts'
import { shellQuoted, toRun } from '../hint.ts'
import { containerUser } from './container-advice.ts'
import { volumeOf } from './mounts.ts'
import { userName } from './owners.ts'
import type { PathProblem } from './trust.ts'

/** A file must not be used, because another user could have changed it. */
export class UntrustedFileError extends Error {
  override name = 'UntrustedFileError'
  readonly problem: PathProblem

  constructor(problem: PathProblem) {
    super(`untrusted: ${problem.path}`)
    this.problem = problem
  }
}

/** The same for the operator. JSON publishes the problem as `untrusted`. */
export class UntrustedFileRefusal extends OperatorError {
  static override readonly kind = 'untrusted file'
}

export interface UntrustedFile {
  code: ErrorCode
  /** What the file is: `secret key file`. */
  fileKind: string
  /** The path as the operator knows it. */
  path: string
  /** The flag that names such a file, without its hyphens; `null` if there is none. */
  flag: string | null
}

/** Returns the error for the operator: what is wrong with the file, and what to do. */
export function untrustedError(
  problem: PathProblem,
  { code, fileKind, path, flag }: UntrustedFile,
): UntrustedFileRefusal {
  return new UntrustedFileRefusal(
    code,
    `The ${fileKind} ${path} can't be used: ${untrustedReason(problem)}.`,
    untrustedHint(problem, flag),
    {
      ...(flag === null ? {} : { field: flag }),
      data: { untrusted: { kind: problem.kind, path: problem.path } },
    },
  )
}

/** Returns why the file must not be used, as the end of a sentence. */
export function untrustedReason(problem: PathProblem): string {
  switch (problem.kind) {
    case 'foreign': {
      const owner = `belongs to another user (${userName(problem.uid)})`
      return {
        file: `it ${owner}`,
        directory: `the directory ${problem.path} on the way to it ${owner}`,
        companion: `the file ${problem.path} beside it ${owner}`,
        link: `the symbolic link ${problem.path} ${owner}`,
      }[problem.part]
    }
    case 'writable': {
      const mode = problem.mode.toString(8).padStart(4, '0')
      return {
        file: `other users can write to it (mode ${mode})`,
        directory: `other users can write to the directory ${problem.path} (mode ${mode}), and so replace it`,
        companion: `other users can write to the file ${problem.path} beside it (mode ${mode})`,
      }[problem.part]
    }
    case 'replaced':
      return 'it was replaced while it was read'
  }
}

/** Returns what to do; `flag` names such a file. */
export function untrustedHint(problem: PathProblem, flag: string | null): string {
  const isMounted = problem.kind !== 'replaced' && volumeOf(problem.path) !== null
  switch (problem.kind) {
    case 'foreign':
      if (isMounted) {
        return (
          `Start the container as that user (--user ${problem.uid}, in Kubernetes runAsUser), or let what is ` +
          `mounted there belong to ${process.geteuid?.() === 0 ? 'root' : `${containerUser()} or to root`}.`
        )
      }
      return flag === null
        ? 'Run the command as that user, or use a file of your own.'
        : `Run the command as that user, or name the file with --${flag} to use it. Everything on the way ` +
            'to it must belong to you, to root or to one other user.'
    case 'writable':
      if (isMounted) {
        return 'Check its contents, then mount it read-only, or so that only its owner can write to it.'
      }
      return problem.part !== 'directory'
        ? toRun('Check its contents, then run:', `chmod go-w ${shellQuoted(problem.path)}`)
        : toRun(
            'Move the file to a directory that only you can write to, or run:',
            `chmod go-w ${shellQuoted(problem.path)}`,
          )
    case 'replaced':
      return 'Find out who changes it, then run the same command again.'
  }
}
