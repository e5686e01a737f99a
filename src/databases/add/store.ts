import type { ConnectionSettings } from '../../postgres/types.ts'
import { recordChanged } from '../../store/errors.ts'
import type { Store, StoredSchema } from '../../store/types.ts'
import { setSchemaOfOthers } from '../same-database.ts'
import { changedFields, isSameTarget } from '../same-settings.ts'
import { describeFound } from './describe.ts'
import type { AddDatabaseInput, AddOutcome, AddRequest, ExistingRecord, PreparedDatabase } from './types.ts'

/**
 * Stores the credentials of a database whose schemas are done, and ends the journal entry. Errors: those of
 * the store.
 */
export async function storeDatabase(
  { store, input, options, existing }: AddRequest,
  { operation, action, isCreated, alsoStoredAs }: PreparedDatabase,
  schema: AddOutcome['schema'],
): Promise<AddOutcome> {
  const { name } = input
  options.onProgress?.({ type: 'step', step: 'store', detail: store.location })
  const stored: StoredSchema = { source: schema.source, version: schema.version }
  const updated = existing ? ['schemas', ...(await updateRecord(store, existing, input))] : []
  if (existing) await store.setSchema(name, stored)
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
  const { name } = input
  const updated = existing ? await updateRecord(store, existing, input) : []
  const schema = describeFound(state)
  const stored: StoredSchema = { source: schema.source, version: schema.version }
  const known = existing?.database.schema
  const isKnown = known?.source === stored.source && known.version === stored.version
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

/**
 * Writes what this run changes of a record, and leaves what another process changed since the run began.
 * Returns the names of the fields. Errors: `LOCKED` if the record names another database by now; those of
 * the store.
 */
async function updateRecord(
  store: Store,
  { settings: before }: ExistingRecord,
  { name, settings }: AddDatabaseInput,
): Promise<(keyof ConnectionSettings)[]> {
  if (!isSameTarget(await store.settings(name), settings)) throw recordChanged(name)
  const fields = changedFields(before, settings)
  const changes = Object.fromEntries(fields.map((field) => [field, settings[field]]))
  if (fields.length > 0) await store.update(name, changes)
  return fields
}
