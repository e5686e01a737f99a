import type { OperatorError } from '../../errors.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { PendingOperation } from '../../store/types.ts'
import type { RunOptions } from '../events.ts'

export interface Recovery extends PendingOperation {
  /**
   * - `finished`: the user database had been changed, and the internal database now says so too;
   * - `rolled back`: the user database had not been changed, and nothing of the attempt is left;
   * - `waiting`: nothing proves either; the entry and the credentials stay, and the next run tries again.
   */
  outcome: 'finished' | 'rolled back' | 'waiting'
  /** Of a removal that is finished: its record names another database by now, and stays. */
  isRecordKept?: true
  /** Of an addition that is rolled back: the database that its run was to create, if it exists. */
  leftDatabase?: string
  /** Why it waits; missing where this run did not look. */
  reason?: OperatorError
}

export interface RecoverOptions extends RunOptions {
  /** Recover only what concerns this name. */
  name?: string
  /**
   * The settings with which the operator adds a database again. They may be newer than those of the entry for
   * the same role and database, as a rotated password is. An entry with these credentials may end without
   * proof, for they are not lost with it.
   */
  settings?: ConnectionSettings
}
