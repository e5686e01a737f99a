import { ownedDatabase } from './database.ts'

/** Returns libpq's variables for a database. */
export async function variables(): Promise<Record<string, string> & { PGPASSWORD: string; PGUSER: string }> {
  const { host, port, user, database, password } = await ownedDatabase()
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: database,
    PGPASSWORD: password ?? '',
  }
}
