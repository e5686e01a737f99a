import { OperatorError } from '../../errors.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { Store, StoredDatabase, StoredSchema } from '../../store/types.ts'
import type { Target } from '../check-target.ts'
import { storedSchemaOf } from '../stored-schema.ts'

/** Returns whether a database is stored with this password. One that the key does not open is another. */
export async function isStoredPassword(
  store: Store,
  { name }: Pick<StoredDatabase, 'name'>,
  { user, password }: ConnectionSettings,
): Promise<boolean> {
  try {
    const stored = await store.settings(name, store.capabilities.hasServers ? user : undefined)
    return stored.password === password
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'SECRET_KEY_MISMATCH') return false
    throw error
  }
}

/**
 * Returns the record of the schemas that a database needs; `null` if it has one, or needs none. A run that
 * was killed may have stored the database without it.
 *
 * @param existing `null`: it is not stored yet
 */
export function missingSchema(
  { capabilities }: Store,
  existing: Pick<StoredDatabase, 'schema'> | null,
  { state }: Target,
): StoredSchema | null {
  const { hasSchemaRecord, generation } = capabilities
  // A Mathesar of the modern kind records by itself what it has installed.
  const isRecorded = hasSchemaRecord && generation !== 'modern'
  return isRecorded && !existing?.schema ? storedSchemaOf(state) : null
}
