import type { Trust } from '../files/trust.ts'
import type { StoreLocation } from './location.ts'
import type { StoreParts } from './parts.ts'
import type { LiveOptions, OpenStoreOptions } from './types.ts'

/**
 * One kind of internal database: what can be asked of a location before it is opened, and how it is opened.
 */
export interface StoreKind<L extends StoreLocation = StoreLocation> {
  /** Returns whether there is an internal database, as far as one can see without opening it. */
  exists(location: L): Promise<boolean>
  /**
   * Opens it. The caller handles `dryRun` of the options (index.ts).
   *
   * Errors: `STORE_UNAVAILABLE`, `LOCKED`.
   *
   * @param keyProvider returns the text of SECRET_KEY; called only when something is encrypted or decrypted
   */
  open(location: L, keyProvider: () => string, options: OpenStoreOptions): Promise<StoreParts>
  /** Creates a place for an internal database that only a dry run uses. */
  scratch(location: L): Promise<Scratch<L>>
  /**
   * Returns the stored names in order, for completion: without a key, without waiting, and none if anything
   * goes wrong. Changes nothing. `live` states how a PostgreSQL location is used.
   */
  peekNames(location: L, trust: Trust, live?: LiveOptions): Promise<string[]>
}

/** A place that exists for one run alone. */
export interface Scratch<L> {
  location: L
  trust: Trust
  remove(): Promise<void>
}
