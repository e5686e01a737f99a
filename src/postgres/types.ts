import type { OperatorError } from '../errors.ts'

/** libpq's six modes (PostgreSQL manual, "SSL Mode Descriptions"), weakest first. */
export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
export type SslMode = (typeof SSL_MODES)[number]

/** Everything that a connection to one PostgreSQL database needs, as separate fields and never as a URL. */
export interface ConnectionSettings {
  /** Host name, IPv4 or IPv6 address (no brackets), or the absolute directory of a Unix socket. */
  host: string
  /** TCP port 1–65535; for a socket the number in the socket file's name. */
  port: number
  database: string
  /** The PostgreSQL role to log in as. */
  user: string
  /** `null`: none given; the server may still let the role in (trust, peer, client certificate). */
  password: string | null
  sslmode: SslMode
  /**
   * Path of a PEM file of trusted authorities, `system` for the operating system's, or `null` for libpq's
   * default.
   */
  sslrootcert: string | null
  /** Path of the client certificate and its key (PEM), or `null` for libpq's default files. */
  sslcert: string | null
  sslkey: string | null
  /** libpq's `options` (as in a DSN); sent at start-up only if it was given, since poolers refuse it. */
  options: string | null
}

/** The name of one connection field, as flags, prompts and messages use it. */
export type SettingField = keyof ConnectionSettings

/** Where a value came from, the strongest source first. */
export type SettingSource =
  | 'flag'
  | 'dsn'
  | 'service file'
  | 'environment'
  | 'password file'
  | 'prompt'
  | 'stored'
  | 'default'

/**
 * Where a password came from, for messages; `stored` is the internal database in use, where `name` is that of
 * the stored database, or the source of an import (`isOfSource`).
 */
export type PasswordSource =
  | { kind: 'file'; path: string }
  | { kind: 'service'; service: string; path: string }
  | { kind: 'password file'; path: string; line: number }
  | { kind: 'stored'; name?: string; isOfSource?: boolean }
  | { kind: 'stdin' | 'dsn' | 'environment' | 'prompt' }

/** Where a host is reached, in place of looking its name up. It is never stored. */
export interface HostAddress {
  /** A name, an IP address without brackets, or the absolute directory of a Unix socket. */
  address: string
  /** The port there; by default that of the settings. */
  port?: number
  /** libpq's `hostaddr`, or what the operator says about this machine (`--address`). */
  origin: 'hostaddr' | 'address'
}

export interface ConnectOptions {
  /**
   * One deadline in milliseconds over everything: name resolution, TCP, TLS, login, every fallback attempt.
   */
  timeoutMs: number
  /** Aborting it cancels a running statement, closes the connection and rejects with the signal's reason. */
  signal?: AbortSignal
  /**
   * The addresses of hosts that are not looked up, by the name of the host (in small letters, or as the
   * settings have it), which is still the name that certificates are compared with.
   */
  addresses?: ReadonlyMap<string, HostAddress>
  /** Where the password of the settings came from. */
  passwordSource?: PasswordSource | null
  /** Receives each step of connecting, for `--verbose`; never a secret. */
  onDetail?: (message: string) => void
  /** Receives what the operator should know though the connection works: a sentence, and what to do. */
  onWarning?: (message: string, hint: string) => void
  /** Receives the seconds for which the server has sent nothing during a statement: 10, 20, 40 and so on. */
  onSilence?: (seconds: number) => void
  /**
   * Receives a lock for which a check waits: a session that holds it, `null` if the server does not tell, and
   * the seconds of silence. With this function, a check that waits for a lock has no time limit.
   */
  onLock?: (holder: BlockingSession | null, seconds: number) => void
  /** How long the server may send nothing during a check, in milliseconds. Default: by `timeoutMs`. */
  answerTimeoutMs?: number
}

/** Another session, for which one waits, as an operator can find it in pg_stat_activity. */
export interface BlockingSession {
  pid: number
  applicationName: string
  role: string | null
  /** Start of its transaction, ISO 8601 in UTC; `null` if the server does not show it to this role. */
  since: string | null
}

/** A notice of the server: severity as sent (`INFO`, `NOTICE`, `WARNING` …), message and SQLSTATE. */
export interface ServerNotice {
  severity: string
  message: string
  sqlstate: string
}

/**
 * One open connection. Its application_name is `mathesarctl`, its client_encoding UTF8; in a database with
 * the encoding SQL_ASCII it is SQL_ASCII, since that may hold bytes that are no UTF-8.
 */
export interface Session {
  readonly settings: ConnectionSettings
  readonly isEncrypted: boolean
  /** The process number in the server's BackendKeyData message; a pooler invents one. */
  readonly keyDataPid: number | null
  /** The encoding of the database, as the server reported it at the login; null if it did not. */
  readonly serverEncoding: string | null
  /**
   * Runs one statement with parameters and returns its rows. One round trip.
   * Rejects with pg's DatabaseError (see `toOperatorError`), or an OperatorError `CONNECTION_FAILED` when the
   * connection is lost.
   */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /**
   * Runs a script of several statements as one message of the simple query protocol: one round trip.
   * `onNotice` sees each notice while the script runs. Returns the rows of the last statement that returned
   * any.
   */
  run<Row extends object>(script: string, onNotice?: (notice: ServerNotice) => void): Promise<Row[]>
  /**
   * Runs work that only looks: each of its statements has a time limit (`ConnectOptions.answerTimeoutMs`),
   * and rejects with `CONNECTION_FAILED` (reason `timeout`) if the server sends nothing for so long, unless
   * it shows that the statement waits for a lock (`ConnectOptions.onLock`).
   * Statements outside of it may take any time.
   */
  check<T>(work: () => Promise<T>): Promise<T>
  /**
   * Asks the server to cancel the running statement, and resolves when the server has passed that on, or did
   * not do so in time; never rejects. The connection stays open.
   */
  cancel(): Promise<void>
  /** Returns whether the connection has ended, as far as this process has noticed. */
  isLost(): boolean
  /** Ends the connection; never rejects. */
  close(): Promise<void>
}

/** An event trigger that is enabled and will fire on our DDL. */
export interface EventTrigger {
  name: string
  event: string
  /** Qualified name of the function that it runs. */
  function: string
  owner: string
}

/** Identifies a database, however its host is spelled; `isSameDatabase` compares two. */
export interface DatabaseIdentity {
  /** pg_control_system()'s identifier, or null if the role may not call it. */
  systemIdentifier: string | null
  /** Start of the postmaster, microseconds since 1970 as text. */
  startedAt: string
  databaseOid: number
}

/** Facts about the server, the database and the role, from one query. */
export interface ServerFacts {
  /** Such as `18.4`. */
  version: string
  /** Such as 180004. */
  versionNumber: number
  identity: DatabaseIdentity
  /** The server's own process number for this session. */
  backendPid: number
  isInRecovery: boolean
  /** `transaction_read_only` is on for this session. */
  isReadOnly: boolean
  role: string
  database: string
  databaseOwner: string
  privileges: { superuser: boolean; owner: boolean; create: boolean }
  eventTriggers: EventTrigger[]
  /** The database holds the tables of a Mathesar internal database. */
  hasMathesarTables: boolean
}

export type { OperatorError }
