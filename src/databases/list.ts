import type { Store, StoredDatabase } from '../store/types.ts'
import { notFound } from './not-found.ts'
import { resolveStoredName } from './stored-name.ts'

/** All stored databases by name, without passwords. Errors: `SECRET_KEY_MISMATCH`. */
export async function listDatabases(store: Store): Promise<StoredDatabase[]> {
  return store.list()
}

/** One stored database, without its password. Errors: `NOT_FOUND`, `SECRET_KEY_MISMATCH`. */
export async function showDatabase(store: Store, given: string): Promise<StoredDatabase> {
  const name = await resolveStoredName(store, given)
  const database = await store.find(name)
  if (!database) throw notFound(name, await store.names())
  return database
}
