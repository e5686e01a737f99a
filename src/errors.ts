/**
 * The exit status that belongs to each error code. Both are a contract with scripts: a code or a status may be
 * added, none may change its meaning.
 */
export const EXIT_STATUS = {
  USAGE: 2,
  CONNECTION_FAILED: 3,
  DATABASE_DOES_NOT_EXIST: 3,
  UNSUPPORTED_SERVER: 3,
  READ_ONLY_SERVER: 3,
  TLS_FAILED: 3,
  POOLED_CONNECTION: 3,
  AUTHENTICATION_FAILED: 4,
  INSUFFICIENT_PRIVILEGE: 5,
  NAME_TAKEN: 6,
  INTERNAL_DATABASE_TARGET: 6,
  NOT_FOUND: 7,
  DEPENDENTS_EXIST: 8,
  SCHEMA_CONFLICT: 8,
  SECRET_KEY_MISSING: 9,
  SECRET_KEY_MISMATCH: 9,
  ABORTED: 10,
  LOCKED: 1,
  STORE_UNAVAILABLE: 1,
  INTERNAL: 1,
} as const

/** A stable upper-case word that names one kind of failure. */
export type ErrorCode = keyof typeof EXIT_STATUS

/**
 * What errors tell programs beside code, message and hint. A new fact is one line here and one in
 * src/cli/json/error.ts; never a secret.
 */
export interface ErrorFacts {
  /** What exactly failed, such as `timeout`. */
  reason?: string
  step?: string
  host?: string
  certificate?: readonly string[]
  tls?: string
  address?: string | null
  addresses?: readonly string[]
  /** The error codes of the operating system. */
  errno?: string | readonly string[]
  path?: string
  version?: string
  oldest?: number
  newest?: number
  privilege?: string
  database?: string
  schema?: string
  role?: string
  missing?: readonly string[]
  owner?: string
  owners?: readonly string[]
  objects?: readonly string[]
  /** Statements that mend what is wrong, for a superuser to run. */
  statements?: readonly string[]
  /** What is left, where a database has remains of Mathesar schemas. */
  remains?: string
  /** The releases of Mathesar that schemas may be of. */
  release?: { oldest: string; newest: string | null } | null
  dependents?: readonly object[]
  /** The dependents that can't be converted. */
  refused?: readonly object[]
  /** Other stored databases that are the same database. */
  alsoUsedBy?: readonly string[]
  /** The statements that give a role what it lacks. */
  grants?: readonly string[]
  /** A database that the run created and did not drop again. */
  keptDatabase?: KeptDatabase
  outcome?: 'unknown'
  installId?: string
  pid?: number
  applicationName?: string
  relation?: string | null
  keyEndsWithNewline?: boolean
  running?: string
  interrupted?: string
  startedAt?: string
  /** Why a file is not used: who else could have put something else there. */
  untrusted?: { kind: 'foreign' | 'writable' | 'replaced'; path: string }
  /** A mark between our own layers: the hint says already what to do. It is not published. */
  explained?: true
}

/** A database that a run created and that stays. `closed`: it takes no connections. */
export interface KeptDatabase {
  database: string
  reason: 'contents' | 'sessions' | 'settings' | 'error'
  closed: boolean
}

/** What may be told beside an error's sentence and hint. */
export interface ErrorDetails {
  /** The SQLSTATE of the server's error, where one was the cause (PostgreSQL, Appendix A). */
  sqlstate?: string
  /** Which flag or prompt the failure is about, so that a prompt can be asked again. */
  field?: string
  /** Facts for programs, put into JSON as they are. */
  data?: Readonly<ErrorFacts>
  /** The error underneath; shown only in a fault report, after secrets were taken out. */
  cause?: unknown
  /** Overrides the status that belongs to the code: only for 130, interrupted. */
  exitCode?: number
}

/**
 * A failure that the operator can do something about. `message` is one sentence that says what is wrong,
 * `hint` says what to do. Neither ever holds a secret.
 */
export class OperatorError extends Error {
  /** The program is more than one bundle, and each has a class of this name: an error of one is an error in all. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'OperatorError' && 'code' in value && 'hint' in value
  }

  readonly code: ErrorCode
  readonly hint: string
  readonly exitCode: number
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, hint: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'OperatorError'
    this.code = code
    this.hint = hint
    this.exitCode = details.exitCode ?? EXIT_STATUS[code]
    this.details = details
  }
}

/** Wrong usage or an invalid value (exit status 2); `field` names the flag or prompt it is about. */
export function usageError(message: string, hint: string, field?: string): OperatorError {
  return new OperatorError('USAGE', message, hint, field === undefined ? {} : { field })
}

/** The operator pressed Ctrl-C, or the process was told to end (exit status 130, or 143 for SIGTERM). */
export function interruptedError(message: string, signal: 'SIGINT' | 'SIGTERM' = 'SIGINT'): OperatorError {
  return new OperatorError('ABORTED', message, 'Run the same command again when you are ready.', {
    exitCode: signal === 'SIGINT' ? 130 : 143,
  })
}
