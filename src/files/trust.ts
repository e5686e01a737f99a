/** Whose files are accepted beside one's own and those of root. */
export interface Trust {
  /** The operator named the path, so that it may belong to one other user. */
  named: boolean
  /** Groups that may write: the one that root lets use the machine's settings. */
  groups?: readonly number[]
}

/** What speaks against using a file. */
export type PathProblem =
  | { kind: 'foreign'; part: 'file' | 'directory' | 'link' | 'companion'; path: string; uid: number }
  | { kind: 'writable'; part: 'file' | 'directory' | 'companion'; path: string; mode: number }
  | { kind: 'replaced'; path: string }
