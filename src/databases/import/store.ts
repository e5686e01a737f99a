import { OperatorError } from '../../errors.ts'
import type { Store, StoredDatabase, StoredSchema } from '../../store/types.ts'
import { storedRoles } from '../acting-role.ts'
import type { RunOptions } from '../events.ts'
import { notFound } from '../not-found.ts'
import { isSamePlace, isSameTarget } from '../same-settings.ts'
import { storedSchemaOf } from '../stored-schema.ts'
import type { PlannedEntry } from './types.ts'

/** What Mathesar records for a database in which its SQL was not installed yet. */
const NO_SQL_VERSION = '0.0.0'

/**
 * Stores an entry in one statement, so that a run which is killed leaves nothing half done and the next one
 * does the rest. Returns the name under which it is stored. Errors: those of the store.
 */
export async function storeEntry(store: Store, planned: PlannedEntry, options: RunOptions): Promise<string> {
  const { name, row, users, entry, target, action } = planned
  if (action === 'none') return name
  options.onProgress?.({ type: 'step', step: 'store', detail: store.location })
  if (action === 'reuse') return reuse(store, planned)
  const { hasUsers, hasSchemaRecord, generation } = store.capabilities
  const sqlVersion = entry.sqlVersion ?? NO_SQL_VERSION
  // A Mathesar of the modern kind records by itself what it has installed.
  const schema: StoredSchema | null =
    hasSchemaRecord && generation !== 'modern' ? storedSchemaOf(target.state) : null
  const stored = await store.register(name, row, {
    ...(hasUsers ? { access: { users, sqlVersion } } : {}),
    schema,
  })
  return stored.name
}

/** Adds to a stored database what it lacks. */
async function reuse(store: Store, planned: PlannedEntry): Promise<string> {
  const { row, users } = planned
  const { host, port, database, user, password } = row
  const stored = await findPlace(store, planned)
  const { name, access = [] } = stored
  const place = { host, port, database }
  if (!store.capabilities.hasServers) {
    await store.update(name, { password }, undefined, { expected: { ...place, user } })
  } else if (users.length > 0) {
    const isUsed = access.some(({ role }) => role === user)
    const expected = { ...place, user: isUsed ? user : stored.user }
    await store.update(name, { ...(isUsed ? {} : { user }), password }, undefined, { expected, users })
  } else {
    // With no role expected, the given one is stored beside the others, and nobody's access changes.
    const expected = { ...place, user: storedRoles(stored).includes(user) ? user : '' }
    await store.update(name, { ...(expected.user === '' ? { user } : {}), password }, undefined, { expected })
  }
  return name
}

/** Returns the row of an entry, whose name may have changed with an entry before. Errors: `NOT_FOUND`. */
async function findPlace(store: Store, { row, name }: PlannedEntry): Promise<StoredDatabase> {
  const { hasServers } = store.capabilities
  const all = await store.list().catch((error: unknown) => {
    // One damaged row must not prevent work on another.
    if (!(error instanceof OperatorError) || error.code !== 'SECRET_KEY_MISMATCH') throw error
    return []
  })
  const other = all.find((one) => (hasServers ? isSamePlace(one, row) : isSameTarget(one, row)))
  const found = await store.find(other?.name ?? name)
  if (found === null) throw notFound(name, await store.names())
  return found
}
