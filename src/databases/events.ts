import type { SessionOptions } from '../postgres/connect.ts'
import type { BlockingSession } from '../postgres/types.ts'
import type { LockHolder } from '../schema/session/lock-holder.ts'
import type { SchemaProgress } from '../schema/session/progress.ts'

/**
 * An event that a use case reports while it runs. A terminal, a log or a program can show it. `database` is
 * the name of the stored database that it is about, if the use case works on several at the same time.
 */
export type ProgressEvent = EventKind & { database?: string }

type EventKind =
  /** A check passed; `detail` is its finding, such as `PostgreSQL 18.4`. */
  | { type: 'check'; check: 'name' | 'connection' | 'server' | 'privileges'; detail: string }
  /** A step begins that may take a while. */
  | {
      type: 'step'
      step: 'connect' | 'create-database' | 'install' | 'remove' | 'rehearse' | 'store'
      detail: string
    }
  /** The progress of the script that the server runs for a step. */
  | { type: 'progress'; step: 'install' | 'remove' | 'rehearse'; progress: SchemaProgress }
  /** The server has sent nothing for so many seconds; the run still waits for it. */
  | { type: 'silence'; seconds: number }
  /** The run waits for the lock on the schemas, which another session holds. */
  | { type: 'lock'; holder: LockHolder }
  /** The install was rolled back, because another installer changed the same objects, and runs again. */
  | { type: 'retry'; attempt: number; attempts: number }
  /** A check waits for another lock; `holder` is `null` if the server does not tell who holds it. */
  | { type: 'lock-wait'; holder: BlockingSession | null; seconds: number }
  /** Nothing failed, but the operator should know. */
  | { type: 'warning'; message: string; hint: string }
  /** For `--verbose`: a message of the server or about the connection. */
  | { type: 'detail'; message: string }

/** Options of every use case that reaches a server. */
export interface RunOptions {
  /** One deadline in milliseconds for each connection: name resolution, TCP, TLS and login together. */
  connectTimeoutMs?: number
  /** The time limit for each lock, in milliseconds. */
  lockTimeoutMs?: number
  /** `require` (from a DSN): log in only by SCRAM with channel binding. */
  channelBinding?: SessionOptions['channelBinding']
  /** How TLS is used, beside what the settings state; never stored. */
  tls?: SessionOptions['tls']
  /**
   * Addresses to connect to in place of looking up a host, by the name of the host (libpq's `hostaddr`, and
   * `--address`); they are never stored.
   */
  addresses?: SessionOptions['addresses']
  /** Where the password of the settings that are passed came from, for errors; by default nothing is said. */
  passwordSource?: SessionOptions['passwordSource']
  /** Aborting it cancels the running statement, rolls back, and rejects with the signal's reason. */
  signal?: AbortSignal
  onProgress?: (event: ProgressEvent) => void
}

export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000
export const DEFAULT_LOCK_TIMEOUT_MS = 5_000
/**
 * A request for ACCESS EXCLUSIVE blocks all later requests, even while it waits, so a rehearsal stops waiting
 * sooner.
 */
export const DEFAULT_REHEARSAL_LOCK_TIMEOUT_MS = 1_000
