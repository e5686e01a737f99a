import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InternalDatabase } from '../../support/mathesar-database.ts'

export const configOf = (home: string) => join(home, '.config/mathesarctl/config.yaml')
export const configText = (home: string) => readFileSync(configOf(home), 'utf8')

/** Stores a database with an encrypted password, so that there is something to prove the key with. */
export async function storeDatabase(internal: InternalDatabase): Promise<void> {
  const token = await internal.encrypt('secret')
  const now = "'2025-01-28 12:00:00+00', '2025-01-28 12:00:00+00'"
  await internal.query(`
    INSERT INTO mathesar_server (created_at, updated_at, host, port, sslmode)
      VALUES (${now}, 'h', 1, 'prefer');
    INSERT INTO mathesar_database (created_at, updated_at, name, server_id, last_confirmed_sql_version)
      VALUES (${now}, 'library', 1, '0.11.0');
    INSERT INTO mathesar_configuredrole (created_at, updated_at, name, password, server_id)
      VALUES (${now}, 'alice', '${token}', 1);
    INSERT INTO mathesar_userdatabaserolemap
        (created_at, updated_at, configured_role_id, database_id, server_id, user_id)
      VALUES (${now}, 1, 1, 1, 1)`)
}
