import type { ModernState } from '../django/types.ts'
import { type View, viewOf } from './view.ts'

/**
 * The rows as they were read last. A command works with what it read first, and every write compares that
 * with the rows that it locks.
 */
export interface StateSource {
  /** Returns the rows; reads them unless they are known. */
  view(): Promise<View>
  /** Forgets the rows, so that they are read again. */
  forget(): void
  /** Remembers rows that a write just changed. */
  remember(state: ModernState): void
}

/**
 * Creates a source.
 *
 * @param read reads all rows
 * @param isFresh never remember: read whenever rows are asked for
 */
export function stateSource(read: () => Promise<ModernState>, isFresh = false): StateSource {
  let known: Promise<View> | null = null
  return {
    view() {
      if (known !== null && !isFresh) return known
      const reading = read().then(viewOf)
      known = reading
      // A later attempt may succeed.
      reading.catch(() => {
        if (known === reading) known = null
      })
      return reading
    },
    forget() {
      known = null
    },
    remember(state) {
      known = Promise.resolve(viewOf(state))
    },
  }
}
