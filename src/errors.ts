import { joinHints } from './hint.ts'

/**
 * The exit status that belongs to each error code. Both are a contract with scripts: a code or a status may
 * be added, none may change its meaning.
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
 * Facts that errors report to programs beside code, message and hint. A new fact is one line here and one in
 * src/cli/json/error.ts; never a secret. Code of this program decides on the class of an error and on its
 * fields.
 */
export interface ErrorFacts {
  /** What exactly failed, such as `timeout`. */
  reason?: string
  step?: string
  host?: string
  certificate?: readonly string[]
  tls?: string
  address?: string | null
  /** The kind of place that the refused password came from. */
  passwordSource?: string
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
  /** Statements that correct the problem, for a superuser to run. */
  statements?: readonly string[]
  /** The objects that a partial removal of Mathesar schemas left in a database. */
  remains?: string
  /** The range of Mathesar releases that the schemas match. */
  release?: { oldest: string; newest: string | null } | null
  dependents?: readonly object[]
  /** Routines whose text names the schemas; they do not prevent a removal. */
  mentions?: readonly object[]
  /** The dependents that can't be converted. */
  refused?: readonly object[]
  /** The full names of the stored databases that a given name means. */
  names?: readonly string[]
  /** Other stored databases that are the same database. */
  alsoUsedBy?: readonly string[]
  /** The statements that grant a role the privileges that it lacks. */
  grants?: readonly string[]
  /** A database that the run created and did not drop again. */
  keptDatabase?: KeptDatabase
  outcome?: 'unknown'
  /** The schemas were dropped, and the record of the database was not removed after that. */
  schemaRemoved?: true
  installId?: string
  pid?: number
  applicationName?: string
  relation?: string | null
  /** When the transaction of the session that holds a lock began, ISO 8601 in UTC. */
  since?: string
  keyEndsWithNewline?: boolean
  running?: string
  interrupted?: string
  startedAt?: string
  /** The function that raised the error, and the event trigger that runs it, where one is known. */
  function?: string
  eventTrigger?: string | null
  /** Why the program does not use a file: another user could have changed it. */
  untrusted?: { kind: 'foreign' | 'writable' | 'replaced'; path: string }
}

/** A database that a run created and did not drop again. `closed`: it accepts no connections. */
export interface KeptDatabase {
  database: string
  reason: 'contents' | 'sessions' | 'settings' | 'error' | 'outcome'
  closed: boolean
}

/** The facts of an error besides its sentence and its hint. */
export interface ErrorDetails {
  /** The SQLSTATE of the server's error that caused this one (PostgreSQL manual, Appendix A). */
  sqlstate?: string
  /** The flag or prompt that the failure is about, so that a dialogue can ask for it again. */
  field?: string
  /** Facts for programs, which JSON output contains unchanged. */
  data?: Readonly<ErrorFacts>
  /** The underlying error; only the report of an internal error shows it, without secrets. */
  cause?: unknown
  /** Overrides the status that belongs to the code: only for 130, interrupted. */
  exitCode?: number
  /**
   * A dialogue has shown the error already. People read only these sentences of it at the end, which may be
   * none.
   */
  sinceShown?: string
}

/** The members that `OperatorError.with` replaces. */
export interface ErrorChanges extends ErrorDetails {
  message?: string
  hint?: string
}

/**
 * A failure that the operator can resolve. `message` is one sentence that states the problem, and `hint`
 * states the solution. Neither ever contains a secret.
 *
 * A failure that other code must recognize is a subclass with a `kind` of its own, never a text to be
 * compared.
 */
export class OperatorError extends Error {
  /** Names the class, and is the same in every bundle of the program. */
  static readonly kind: string = 'operator'

  /**
   * The program is more than one bundle, and each has classes of its own by these names: an error counts as
   * an instance of a class of another bundle if the two have the same kind.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (!(value instanceof Error) || value.name !== 'OperatorError' || !('kind' in value)) return false
    // biome-ignore lint/complexity/noThisInStatic: this is the class right of instanceof, maybe a subclass.
    const { kind } = this
    return kind === OperatorError.kind || kind === value.kind
  }

  readonly kind: string
  readonly code: ErrorCode
  readonly hint: string
  readonly exitCode: number
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, hint: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'OperatorError'
    this.kind = new.target.kind
    this.code = code
    this.hint = hint
    this.exitCode = details.exitCode ?? EXIT_STATUS[code]
    this.details = details
  }

  /**
   * Returns the same failure, of the same class, in other words or with other facts; `data` is added to the
   * existing facts.
   */
  with({ message = this.message, hint = this.hint, ...changed }: ErrorChanges): this {
    const data = changed.data && { ...this.details.data, ...changed.data }
    const details = { ...this.details, ...changed, ...(data === undefined ? {} : { data }) }
    const Class = this.constructor as new (...values: ConstructorParameters<typeof OperatorError>) => this
    return new Class(this.code, message, hint, details)
  }
}

/**
 * Returns the error for wrong usage or an invalid value (exit status 2); `field` names the flag or prompt.
 */
export function usageError(message: string, hint: string, field?: string): OperatorError {
  return new OperatorError('USAGE', message, hint, field === undefined ? {} : { field })
}

/** Returns the error for Ctrl-C (exit status 130), or for a SIGTERM that the process received (143). */
export function interruptedError(message: string, signal: 'SIGINT' | 'SIGTERM' = 'SIGINT'): OperatorError {
  return new OperatorError('ABORTED', message, 'Run the same command again when you are ready.', {
    exitCode: signal === 'SIGINT' ? 130 : 143,
  })
}

/** Returns whether an error says that the operator interrupted the run, or declined. */
export function isInterruption(error: unknown): error is OperatorError {
  return error instanceof OperatorError && error.code === 'ABORTED'
}

/** Returns an error that a dialogue has shown, and that the end of the run does not show again. */
export function asShown(error: OperatorError): OperatorError {
  return error.with({ sinceShown: '' })
}

/** Returns whether a dialogue has shown an error already. */
export function isShown(error: unknown): boolean {
  return error instanceof OperatorError && error.details.sinceShown !== undefined
}

/** Returns the error with sentences after its hint, which people read even if a dialogue showed the error. */
export function withSentences(error: OperatorError, sentences: string): OperatorError {
  const { sinceShown } = error.details
  return error.with({
    hint: joinHints(error.hint, sentences),
    ...(sinceShown === undefined ? {} : { sinceShown: joinHints(sinceShown, sentences) }),
  })
}
