import type { Trust } from '../files/trust.ts'
import type { StoreLocation } from './location.ts'
import type { StoreParts } from './parts.ts'
import type { OpenStoreOptions } from './types.ts'

/**
 * One kind of internal database: what can be asked of a location before it is opened, and how it is opened.
 */
export interface StoreKind<L extends StoreLocation = StoreLocation> {
  /** Whether there is an internal database, as far as that can be told without opening it. */
  exists(location: L): Promise<boolean>
  /**
   * Opens it; `dryRun` of the options is the caller's concern (index.ts).
   *
   * Errors: `STORE_UNAVAILABLE`, `LOCKED`.
   *
   * @param keyProvider gives the text of SECRET_KEY; asked only when something is encrypted or decrypted
   */
  open(location: L, keyProvider: () => string, options: OpenStoreOptions): Promise<StoreParts>
  /** A place for an internal database that only a dry run uses. */
  scratch(location: L): Promise<Scratch<L>>
  /**
   * The stored names in order, for completion: without a key, without waiting, and empty where anything is in
   * the way. Changes nothing.
   */
  peekNames(location: L, trust: Trust): Promise<string[]>
}

/** A place that exists for one run alone. */
export interface Scratch<L> {
  location: L
  trust: Trust
  remove(): Promise<void>
}
