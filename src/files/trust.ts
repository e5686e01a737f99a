/** Whose files are accepted, besides those of this process's user and of root. */
export interface Trust {
  /** The operator named the path, so that it may belong to one other user. */
  named: boolean
  /** Other users whose files are accepted: the owner of a file that the operator named. */
  owners?: readonly number[]
  /** Groups that may write: the group that root lets use the machine's settings. */
  groups?: readonly number[]
}

/** Why a file must not be used. */
export type PathProblem =
  | { kind: 'foreign'; part: 'file' | 'directory' | 'link' | 'companion'; path: string; uid: number }
  | { kind: 'writable'; part: 'file' | 'directory' | 'companion'; path: string; mode: number }
  | { kind: 'replaced'; path: string }
