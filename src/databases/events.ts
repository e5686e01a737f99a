import type { SessionOptions } from '../postgres/connect.ts'
import type { SchemaProgress } from '../schema/session/progress.ts'

/** What a use case tells while it runs. A terminal, a log or a program can show the same run from these. */
export type ProgressEvent =
  /** A check passed; `detail` is what was found, such as `PostgreSQL 18.4`. */
  | { type: 'check'; check: string; detail: string }
  /** Something begins that may take a while. */
  | {
      type: 'step'
      step: 'connect' | 'create-database' | 'install' | 'remove' | 'rehearse' | 'store'
      detail: string
    }
  /** How far the script is that the server runs for a step. */
  | { type: 'progress'; step: 'install' | 'remove' | 'rehearse'; progress: SchemaProgress }
  /** Nothing failed, but the operator should know. */
  | { type: 'warning'; message: string; hint: string }
  /** For `--verbose`: what the server or the connection says. */
  | { type: 'detail'; message: string }

/** What every use case that reaches a server takes. */
export interface RunOptions {
  /** One deadline in milliseconds for each connection: resolving, TCP, TLS and login together. */
  connectTimeoutMs?: number
  /** How long any single lock may be waited for, in milliseconds. */
  lockTimeoutMs?: number
  /** `require` (from a DSN): log in only by SCRAM with channel binding. */
  channelBinding?: SessionOptions['channelBinding']
  /** Aborting it cancels what runs, rolls back, and rejects with the signal's reason. */
  signal?: AbortSignal
  onProgress?: (event: ProgressEvent) => void
}

export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000
export const DEFAULT_LOCK_TIMEOUT_MS = 5_000
/**
 * A request for ACCESS EXCLUSIVE keeps out all who come after it, while it waits too: who only tries gives up
 * sooner.
 */
export const DEFAULT_REHEARSAL_LOCK_TIMEOUT_MS = 1_000
