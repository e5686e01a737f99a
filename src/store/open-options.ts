import type { Trust } from '../files/trust.ts'
import type { LockOwner } from '../locks/lock-owner.ts'
import type { LiveOptions } from './live-types.ts'

export interface OpenStoreOptions {
  /** Create the internal database if there is none. */
  create: boolean
  /**
   * Returns whether the settings still give the key that they gave; by default they do. Called before
   * something is stored where nothing stored proves the key: nothing else shows there whether it was rotated
   * meanwhile.
   */
  isKeyCurrent?: (() => boolean) | undefined
  /**
   * Open it for reading: nothing is created or changed, and the tables of an earlier version are read as they
   * are. What is read may be the state at the time of opening.
   */
  readOnly?: boolean
  /**
   * For a dry run: open it for reading; or if there is none and `create` is set, open an empty one, and
   * delete that when it is closed.
   */
  dryRun?: boolean
  /** Whose file it may be; by default the path counts as named. */
  trust?: Trust | undefined
  /** Receives warnings: a sentence, and what to do about it. */
  onWarning?: ((message: string, hint: string) => void) | undefined
  /**
   * Called while the store waits for a lock that another process has held for a while; `owner` is that
   * process, if it is known.
   */
  onWait?: ((owner: LockOwner | null) => void) | undefined
  /** How a PostgreSQL location is used; by default as its URL states, without a journal of its own. */
  live?: LiveOptions | undefined
}
