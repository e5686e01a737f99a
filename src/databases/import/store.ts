import { OperatorError } from '../../errors.ts'
import { NO_SQL_VERSION, type Store, type StoredDatabase } from '../../store/types.ts'
import { storedRoles } from '../acting-role.ts'
import type { RunOptions } from '../events.ts'
import { notFound } from '../not-found.ts'
import { readableRecords } from '../same-database.ts'
import { isSamePlace, isSameTarget } from '../same-settings.ts'
import { isStoredPassword, missingSchema } from './lacking.ts'
import type { ImportAction, PlannedEntry } from './types.ts'

/** What became of an entry: the name under which it is stored, and what the run did. */
interface Stored {
  name: string
  action: ImportAction
}

/**
 * Stores an entry, so that after a run which is killed the next one does the rest. One that another run
 * stored meanwhile is used again. Errors: those of the store.
 */
export async function storeEntry(store: Store, planned: PlannedEntry, options: RunOptions): Promise<Stored> {
  const { name, row, action } = planned
  if (action === 'none') return { name, action }
  options.onProgress?.({ type: 'step', step: 'store', detail: store.location })
  if (action === 'reuse') return { name: await reuse(store, planned), action }
  try {
    return { name: await register(store, planned), action }
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code !== 'NAME_TAKEN') throw error
    const other = await findPlace(store, planned)
    if (other === null) throw error
    if (storedRoles(other).includes(row.user)) return { name: other.name, action: 'none' }
    return { name: await reuse(store, { ...planned, users: [] }), action: 'reuse' }
  }
}

/** Stores a new database. Errors: those of `Store.register`. */
async function register(store: Store, { name, row, users, entry, target }: PlannedEntry): Promise<string> {
  const { hasUsers } = store.capabilities
  const sqlVersion = entry.sqlVersion ?? NO_SQL_VERSION
  const stored = await store.register(name, row, {
    ...(hasUsers ? { access: { users, sqlVersion, mustBeNew: true } } : {}),
    schema: missingSchema(store, null, target),
  })
  return stored.name
}

/** Adds to a stored database what it lacks, and returns its name. Errors: `NOT_FOUND`; those of the store. */
async function reuse(store: Store, planned: PlannedEntry): Promise<string> {
  const { row, users } = planned
  const { host, port, database, user, password } = row
  // Its name may have changed with an entry before.
  const stored = (await findPlace(store, planned)) ?? (await store.find(planned.name))
  if (stored === null) throw notFound(planned.name, await store.names())
  const { name, access = [] } = stored
  const place = { host, port, database }
  if (!store.capabilities.hasServers) {
    const schema = missingSchema(store, stored, planned.target)
    if (schema !== null) await store.setSchema(name, schema)
    if (await isStoredPassword(store, stored, row)) return name
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

/** Returns the stored database of an entry; `null` if there is none. */
async function findPlace(store: Store, { row }: Pick<PlannedEntry, 'row'>): Promise<StoredDatabase | null> {
  const { hasServers } = store.capabilities
  const all = await readableRecords(store)
  const found = all.find((one) => (hasServers ? isSamePlace(one, row) : isSameTarget(one, row)))
  return found === undefined ? null : store.find(found.name)
}
