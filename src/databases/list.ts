import type { Store, StoredDatabase } from '../store/types.ts'
import { compareWithNeeded, neededText } from './misfit.ts'
import { notFound } from './not-found.ts'
import { resolveStoredName } from './stored-name.ts'

/** All stored databases by name, without passwords. Errors: `SECRET_KEY_MISMATCH`. */
export async function listDatabases(store: Store): Promise<StoredDatabase[]> {
  return store.list()
}

/** How many stored databases have SQL that their Mathesar can't work with, by what it recorded itself. */
export interface RecordedMisfits {
  /** The SQL of an earlier release than that of the Mathesar, or none. */
  earlier: number
  later: number
  /** The release of the Mathesar, such as `0.11.0`. */
  needed: string
}

/**
 * Counts the stored databases whose record is for sure not that of their Mathesar; `null` where the store
 * belongs to none that records it. Connects to no database.
 */
export function countMisfits(
  { capabilities, mathesar }: Pick<Store, 'capabilities' | 'mathesar'>,
  stored: readonly Pick<StoredDatabase, 'confirmedVersion'>[],
): RecordedMisfits | null {
  if (capabilities.generation !== 'modern') return null
  const needed = { releases: mathesar?.releases ?? null, version: null }
  const counts = { earlier: 0, later: 0 }
  for (const { confirmedVersion } of stored) {
    const order = confirmedVersion == null ? null : compareWithNeeded(confirmedVersion, needed)
    if (order !== null) counts[order]++
  }
  return { ...counts, needed: neededText(needed) }
}

/** One stored database, without its password. Errors: `NOT_FOUND`, `SECRET_KEY_MISMATCH`. */
export async function showDatabase(store: Store, given: string): Promise<StoredDatabase> {
  const name = await resolveStoredName(store, given)
  const database = await store.find(name)
  if (!database) throw notFound(name, await store.names())
  return database
}
