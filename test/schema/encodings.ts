import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { createDatabase, createRole, superuserSettings } from '../support/database.ts'

/** Returns a new database with this encoding, and its owner's settings. */
export async function ownedDatabaseIn(encoding: string): Promise<ConnectionSettings> {
  const role = await createRole()
  const suffix = `ENCODING '${encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`
  const database = await createDatabase({ owner: role.user, suffix })
  return { ...superuserSettings(database), ...role }
}
