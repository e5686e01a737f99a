import { OperatorError } from '../errors.ts'
import type { OpenStoreOptions, Store } from './types.ts'

export { checkName } from './name.ts'
export type { OpenStoreOptions } from './types.ts'

/** One kind of internal database. */
interface StoreKind {
  accepts(location: string): boolean
  open(location: string, keyProvider: () => string, options: OpenStoreOptions): Promise<Store>
}

/** The first kind that accepts a location opens it. */
const KINDS: readonly StoreKind[] = [
  { accepts: (location) => /^postgres(ql)?:/i.test(location), open: refusePostgres },
  { accepts: () => true, open: async (...all) => (await import('./sqlite/open.ts')).openSqlite(...all) },
]

/**
 * Opens Mathesar's internal database. Unless `readOnly` is set, this creates the tables of this program in it, or brings
 * them up to date.
 *
 * Errors: `STORE_UNAVAILABLE` with the reason if it can't be used, `LOCKED` if another process kept it locked for ten
 * seconds. Another user's file is used only where the path was named, and none that a third user can write to or replace.
 *
 * @param location the path of an SQLite file
 * @param keyProvider gives the text of SECRET_KEY, or throws; asked only when something is encrypted or decrypted
 */
export async function openStore(
  location: string,
  keyProvider: () => string,
  options: OpenStoreOptions,
): Promise<Store> {
  const kind = KINDS.find(({ accepts }) => accepts(location))
  if (!kind) throw new Error('no kind of internal database accepts the location')
  return kind.open(location, keyProvider, options)
}

/** Without the URL, which may hold a password. */
async function refusePostgres(): Promise<Store> {
  throw new OperatorError(
    'STORE_UNAVAILABLE',
    'An internal database on PostgreSQL is not supported by this version of mathesarctl.',
    'Name the path of an SQLite file with --internal-db, or leave it out to use the default one.',
  )
}
