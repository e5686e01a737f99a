import { OperatorError } from '../errors.ts'
import type { Trust } from '../files/trust.ts'
import type { StoreKind } from './kind.ts'
import { parseLocation, type StoreLocation } from './location.ts'
import { createStore } from './store.ts'
import type { LiveOptions, OpenStoreOptions, Store } from './types.ts'

export { lockOwnerText } from '../locks/lock-owner.ts'
export { parseLocation, type StoreLocation } from './location.ts'
export { checkName } from './name.ts'
export type { OpenStoreOptions } from './types.ts'

/** Loads the module of a kind of store only when one is used. */
async function kindOf(location: StoreLocation): Promise<StoreKind> {
  switch (location.kind) {
    case 'sqlite':
      return (await import('./sqlite/index.ts')).SQLITE
    case 'postgres':
      return (await import('./django/index.ts')).DJANGO
  }
}

/**
 * Opens Mathesar's internal database. Unless it is opened for reading, this creates the tables of this
 * program in it, or brings them up to date.
 *
 * Errors: `USAGE` for a location that names no kind of store; `STORE_UNAVAILABLE` with the reason if it can't
 * be used; `LOCKED` if another process kept it locked for ten seconds; those of `keyProvider`. Another user's
 * file is used only where the path was named, and none that a third user can write to or replace.
 *
 * @param location the path of an SQLite file
 * @param keyProvider returns the text of SECRET_KEY, or throws; called before a new internal database is
 *   created, and when something is encrypted or decrypted
 */
export async function openStore(
  location: string,
  keyProvider: () => string,
  options: OpenStoreOptions,
): Promise<Store> {
  const place = parseLocation(location)
  const kind = await kindOf(place)
  const isNew = options.create && !(await kind.exists(place))
  // An internal database without a key would only be an obstacle later.
  if (isNew) keyProvider()
  if (options.dryRun && isNew) return openScratch(kind, place, keyProvider, options)
  const isReadOnly = options.readOnly === true || options.dryRun === true
  return createStore(await kind.open(place, keyProvider, { ...options, readOnly: isReadOnly }))
}

/**
 * Returns whether there is an internal database. Errors: `USAGE`, `STORE_UNAVAILABLE` for a kind that this
 * version can't open.
 */
export async function storeExists(location: string): Promise<boolean> {
  const place = parseLocation(location)
  return (await kindOf(place)).exists(place)
}

/**
 * Returns the stored names in order, for completion; none if they can't be read at once. Changes nothing, and
 * needs no key.
 */
export async function peekNames(location: string, trust: Trust, live?: LiveOptions): Promise<string[]> {
  try {
    const place = parseLocation(location)
    return await (await kindOf(place)).peekNames(place, trust, live)
  } catch (error) {
    if (error instanceof OperatorError) return []
    throw error
  }
}

async function openScratch(
  kind: StoreKind,
  place: StoreLocation,
  keyProvider: () => string,
  options: OpenStoreOptions,
): Promise<Store> {
  const { location, trust, remove } = await kind.scratch(place)
  try {
    const parts = await kind.open(location, keyProvider, { ...options, trust, readOnly: false })
    const close = async () => {
      await parts.close()
      await remove()
    }
    return createStore({ ...parts, close })
  } catch (error) {
    await remove()
    throw error
  }
}
