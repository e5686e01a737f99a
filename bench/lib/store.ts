import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { deriveKey, encrypt } from '../../src/secrets/fernet.ts'

/**
 * Stores databases in the internal database of a home directory, as `db add` would, but without a server.
 */
export async function fillStore(home: string, count: number): Promise<void> {
  const key = await deriveKey(readFileSync(join(home, '.config/mathesarctl/secret_key'), 'utf8'))
  const file = new Database(join(home, '.local/share/mathesarctl/internal.sqlite3'), { fileMustExist: true })
  const database = file.prepare<[string, string, string]>(`
    INSERT INTO mathesar_database (created_at, updated_at, name, deleted, db_name, host, password, port, username)
    VALUES ('2026-01-30 16:46:46.123456', '2026-01-30 16:46:46.123456', ?, 0, 'app', 'db.example.com', ?, 5432, ?)`)
  const connection = file.prepare<[number | bigint]>(
    "INSERT INTO mathesarctl_connection (database_id, sslmode) VALUES (?, 'verify-full')",
  )
  const schema = file.prepare<[number | bigint]>(
    "INSERT INTO mathesarctl_schema (database_id, source, version) VALUES (?, 'bundled', '0.1.0')",
  )
  const fill = file.transaction(() => {
    for (let number = 0; number < count; number++) {
      const { lastInsertRowid } = database.run(
        `database ${number}`,
        encrypt(`password of ${number}`, key),
        encrypt(`role_${number}`, key),
      )
      connection.run(lastInsertRowid)
      schema.run(lastInsertRowid)
    }
  })
  try {
    fill()
  } finally {
    file.close()
  }
}
