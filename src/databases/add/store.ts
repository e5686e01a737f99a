import type { StoredSchema } from '../../store/types.ts'
import { setSchemaOfOthers } from '../same-database.ts'
import { changedFields } from '../same-settings.ts'
import { describeFound } from './describe.ts'
import type { AddOutcome, AddRequest, PreparedDatabase } from './types.ts'

/**
 * Stores the credentials of a database whose schemas are done, and ends the journal entry. Errors: those of
 * the store.
 */
export async function storeDatabase(
  { store, input, options, existing }: AddRequest,
  { operation, action, isCreated, alsoStoredAs }: PreparedDatabase,
  schema: AddOutcome['schema'],
): Promise<AddOutcome> {
  const { name, settings } = input
  options.onProgress?.({ type: 'step', step: 'store', detail: store.location })
  const stored: StoredSchema = { source: schema.source, version: schema.version }
  const updated = existing ? ['schemas', ...changedFields(await store.settings(name), settings)] : []
  if (existing) {
    await store.update(name, settings)
    await store.setSchema(name, stored)
  }
  await operation?.completeAdd(stored)
  await setSchemaOfOthers(store, alsoStoredAs, stored)
  return {
    name,
    status: existing ? 'updated' : 'added',
    schema: { ...stored, objects: schema.objects, release: schema.release },
    schemaAction: action,
    createdDatabase: isCreated,
    updated,
    alsoStoredAs,
  }
}

/**
 * Updates the record of a database that is stored already and whose schemas stay as they are: its password or
 * its TLS settings may be new, and the schemas may have changed since. Errors: those of the store.
 */
export async function refreshDatabase(
  { store, input, existing }: AddRequest,
  { state, action, alsoStoredAs }: PreparedDatabase,
): Promise<AddOutcome> {
  const { name, settings } = input
  const updated = changedFields(await store.settings(name), settings)
  if (updated.length > 0) await store.update(name, settings)
  const schema = describeFound(state)
  const stored: StoredSchema = { source: schema.source, version: schema.version }
  const isKnown = existing?.schema?.source === stored.source && existing.schema.version === stored.version
  if (!isKnown) await store.setSchema(name, stored)
  await setSchemaOfOthers(store, alsoStoredAs, stored)
  return {
    name,
    status: updated.length > 0 ? 'updated' : 'unchanged',
    schema: { ...stored, objects: schema.objects, release: schema.release },
    schemaAction: action,
    createdDatabase: false,
    updated,
    alsoStoredAs,
  }
}
