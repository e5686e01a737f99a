import type { ConnectionSettings } from '../../postgres/types.ts'
import { confirmedVersionOf } from '../../store/confirmed-version.ts'
import { recordChanged } from '../../store/errors.ts'
import { type Access, NO_SQL_VERSION, type Store, type StoredSchema } from '../../store/types.ts'
import { setSchemaOfOthers } from '../same-database.ts'
import { changedFields, isSameTarget } from '../same-settings.ts'
import { describeFound, describeRegistered, storedOutcome } from './describe.ts'
import type {
  AddOutcome,
  ExistingRecord,
  FoundSchema,
  PreparedDatabase,
  RowPlan,
  SettledRequest,
} from './types.ts'

/**
 * Stores the credentials of a database whose schemas are done, and ends the journal entry. Errors: those of
 * the store.
 */
export async function storeDatabase(
  request: SettledRequest,
  { operation, action, isCreated, alsoStoredAs }: PreparedDatabase,
  schema: FoundSchema | null,
): Promise<AddOutcome> {
  const { store, input, options, existing } = request
  options.onProgress?.({ type: 'step', step: 'store', detail: store.location })
  const stored = recordedSchema(store, schema)
  const updated = existing ? ['schemas', ...(await updateRecord(request, existing))] : []
  if (existing && writesRecord(store, stored)) await store.setSchema(input.name, stored)
  const added = await operation?.completeAdd(stored)
  if (writesRecord(store, stored)) await setSchemaOfOthers(store, alsoStoredAs, stored)
  return {
    ...storedOutcome(request, schema),
    name: added?.name ?? input.name,
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
  request: SettledRequest,
  { state, action, alsoStoredAs }: PreparedDatabase,
): Promise<AddOutcome> {
  const { store, input, options, row } = request
  options.onProgress?.({ type: 'step', step: 'store', detail: store.location })
  const schema = describeRegistered(state)
  const recorded = recordedSchema(store, schema)
  const access = newAccess(row, recorded)
  const { name } = await store.register(input.name, row.settings, {
    ...(access ? { access } : {}),
    schema: recorded,
  })
  return {
    ...storedOutcome(request, schema),
    name,
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
  request: SettledRequest,
  { state, action, alsoStoredAs }: PreparedDatabase,
): Promise<AddOutcome> {
  const { store, input, existing } = request
  const updated = existing ? await updateRecord(request, existing) : []
  const schema = action === 'none' ? describeRegistered(state) : describeFound(state)
  const stored = recordedSchema(store, schema)
  if (writesRecord(store, stored)) {
    if (!isRecorded(store, existing, stored)) await store.setSchema(input.name, stored)
    if (stored !== null) await setSchemaOfOthers(store, alsoStoredAs, stored)
  }
  return {
    ...storedOutcome(request, schema),
    status: updated.length > 0 ? 'updated' : 'unchanged',
    schemaAction: action,
    createdDatabase: false,
    updated,
    alsoStoredAs,
  }
}

/**
 * Returns who is to use a new row, and the version of the SQL that it has; `null` where the store has no
 * users.
 */
export function newAccess({ access }: RowPlan, schema: StoredSchema | null): Access | null {
  return access && { users: access.users, sqlVersion: confirmedVersionOf(schema) }
}

/**
 * Returns what is recorded of the schemas. A modern Mathesar itself records those that it installed, and can
 * work with no other ones than those of a release.
 */
function recordedSchema({ capabilities }: Store, schema: FoundSchema | null): StoredSchema | null {
  const stored = schema && { source: schema.source, version: schema.version }
  if (capabilities.generation !== 'modern') return stored
  return confirmedVersionOf(stored) === NO_SQL_VERSION ? null : stored
}

/** Returns whether the record of a stored database changes; a modern Mathesar's own record stays. */
function writesRecord({ capabilities }: Store, schema: StoredSchema | null): boolean {
  return capabilities.hasSchemaRecord && (capabilities.generation !== 'modern' || schema !== null)
}

/** Returns whether the record of a stored database holds the schemas already. */
function isRecorded(
  { capabilities }: Store,
  existing: ExistingRecord | null,
  schema: StoredSchema | null,
): boolean {
  if (existing === null) return false
  const { schema: known, confirmedVersion } = existing.database
  const isConfirmed = capabilities.generation !== 'modern' || confirmedVersion === schema?.version
  return isConfirmed && known?.source === schema?.source && known?.version === schema?.version
}

/**
 * Writes what this run changes of a record, and leaves what another process changed since the run began.
 * Returns the names of the fields. Errors: `LOCKED` if the record names another database by now; those of
 * the store.
 */
async function updateRecord(
  { store, input, row }: SettledRequest,
  { database, settings: before, isNewRole }: ExistingRecord,
): Promise<(keyof ConnectionSettings | 'access')[]> {
  const fields = changedFields(before, row.settings)
  const changes = Object.fromEntries(fields.map((field) => [field, row.settings[field]]))
  const users = row.access?.users ?? []
  if (fields.length === 0 && users.length === 0) {
    const { hasServers } = store.capabilities
    const now = await store.settings(input.name, hasServers ? before.user : undefined)
    if (!isSameTarget(now, before)) throw recordChanged(input.name)
    return []
  }
  const expected = { ...before, user: isNewRole ? database.user : before.user }
  // A role that is new to the database may be known to its server, with the same password.
  const role = isNewRole ? { user: row.settings.user, password: row.settings.password } : {}
  await store.update(input.name, { ...changes, ...role }, undefined, {
    expected,
    ...(users.length > 0 ? { users } : {}),
  })
  // A role beside the stored one replaces nothing of that.
  const changed = isNewRole ? fields.filter((field) => field !== 'user' && field !== 'password') : fields
  return [...changed, ...(users.length > 0 ? ['access' as const] : [])]
}
