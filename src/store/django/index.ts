import { OperatorError } from '../../errors.ts'
import type { StoreKind } from '../kind.ts'

/** Internal databases of a live Mathesar on PostgreSQL. */
export const DJANGO: StoreKind<{ kind: 'postgres'; url: string }> = {
  /** It is a Mathesar's, so that nobody but that Mathesar creates it. */
  async exists() {
    return true
  },
  async open() {
    throw new OperatorError(
      'STORE_UNAVAILABLE',
      'An internal database on PostgreSQL is not supported by this version of mathesarctl.',
      'Name the path of an SQLite file with --internal-db, or leave it out to use the default one.',
    )
  },
  async scratch() {
    throw new Error('a scratch database is never made of a Mathesar')
  },
  async peekNames() {
    return []
  },
}
