import type { Store, StoredDatabase } from '../store/types.ts'
import { notFound } from './not-found.ts'

/** All stored databases by name, without passwords. Errors: `SECRET_KEY_MISMATCH`. */
export async function listDatabases(store: Store): Promise<StoredDatabase[]> {
  return store.list()
}

/** One stored database, without its password. Errors: `NOT_FOUND`, `SECRET_KEY_MISMATCH`. */
export async function showDatabase(store: Store, name: string): Promise<StoredDatabase> {
  const database = await store.find(name)
  if (!database) throw notFound(name, await store.names())
  return database
}
