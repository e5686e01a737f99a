import type { ConnectionSettings } from '../../postgres/types.ts'
import { recordChanged } from '../../store/errors.ts'
import type { Store, StoredSchema } from '../../store/types.ts'
import { setSchemaOfOthers } from '../same-database.ts'
import { changedFields, isSameTarget } from '../same-settings.ts'
import { describeFound, describeRegistered } from './describe.ts'
import type {
  AddDatabaseInput,
  AddOutcome,
  AddRequest,
  ExistingRecord,
  FoundSchema,
  PreparedDatabase,
} from './types.ts'

/**
 * Stores the credentials of a database whose schemas are done, and ends the journal entry. Errors: those of
 * the store.
 */
export async function storeDatabase(
  request: AddRequest,
  { operation, action, isCreated, alsoStoredAs }: PreparedDatabase,
  schema: FoundSchema | null,
): Promise<AddOutcome> {
  const { store, input, options, existing } = request
  const { name } = input
  options.onProgress?.({ type: 'step', step: 'store', detail: store.location })
  const stored = toStored(schema)
  const updated = existing ? ['schemas', ...(await updateRecord(store, existing, input))] : []
  if (existing) await store.setSchema(name, stored)
  await operation?.completeAdd(stored)
  await setSchemaOfOthers(store, alsoStoredAs, stored)
  return {
    ...outcomeOf(request, schema),
    status: existing ? 'updated' : 'added',
    schemaAction: action,
    createdDatabase: isCreated,
    updated,
    alsoStoredAs,
  }
}

/**
 * Stores the credentials of a database in which nothing changes, without a journal entry. Errors: those of
 * the store.
 */
export async function registerDatabase(
  request: AddRequest,
  { state, action, alsoStoredAs }: PreparedDatabase,
): Promise<AddOutcome> {
  const { store, input, options } = request
  options.onProgress?.({ type: 'step', step: 'store', detail: store.location })
  const schema = describeRegistered(state)
  await store.register(input.name, input.settings, { schema: recordedSchema(store, schema) })
  return {
    ...outcomeOf(request, schema),
    status: 'added',
    schemaAction: action,
    createdDatabase: false,
    updated: [],
    alsoStoredAs,
  }
}

/**
 * Updates the record of a database that is stored already and whose schemas stay as they are: its password or
 * its TLS settings may be new, and the schemas may have changed since. Errors: those of the store.
 */
export async function refreshDatabase(
  request: AddRequest,
  { state, action, alsoStoredAs }: PreparedDatabase,
): Promise<AddOutcome> {
  const { store, input, existing } = request
  const { name } = input
  const updated = existing ? await updateRecord(store, existing, input) : []
  const schema = action === 'none' ? describeRegistered(state) : describeFound(state)
  const stored = toStored(schema)
  const known = existing?.database.schema
  const isKnown = known?.source === stored?.source && known?.version === stored?.version
  if (!isKnown && recordsSchemas(store)) await store.setSchema(name, stored)
  if (stored !== null) await setSchemaOfOthers(store, alsoStoredAs, stored)
  return {
    ...outcomeOf(request, schema),
    status: updated.length > 0 ? 'updated' : 'unchanged',
    schemaAction: action,
    createdDatabase: false,
    updated,
    alsoStoredAs,
  }
}

/** Returns what every result of an add that changed something has. */
function outcomeOf(
  { store, input }: AddRequest,
  schema: FoundSchema | null,
): Pick<AddOutcome, 'name' | 'schema' | 'awaitsInstall'> {
  const isForMathesar = input.registerOnly === true && store.capabilities.registersOnly
  return { name: input.name, schema, ...(isForMathesar ? { awaitsInstall: true } : {}) }
}

/** Whether this program records the schemas of the stored databases; otherwise Mathesar itself does. */
function recordsSchemas({ capabilities }: Store): boolean {
  return capabilities.hasSchemaRecord && !capabilities.registersOnly
}

function recordedSchema(store: Store, schema: FoundSchema | null): StoredSchema | null {
  return recordsSchemas(store) ? toStored(schema) : null
}

function toStored(schema: FoundSchema | null): StoredSchema | null {
  return schema && { source: schema.source, version: schema.version }
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
