import type Database from 'better-sqlite3'

const MATHESAR_TABLE = `CREATE TABLE "mathesar_database" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "created_at" datetime NOT NULL, "updated_at" datetime NOT NULL, "name" varchar(128) NOT NULL UNIQUE,
  "deleted" bool NOT NULL, "db_name" varchar(128) NOT NULL, "host" varchar(255) NOT NULL,
  "password" text NOT NULL,
  "port" integer NOT NULL, "username" text NOT NULL)`

const OWN_TABLES = `
  CREATE TABLE mathesarctl_connection (
    database_id integer NOT NULL PRIMARY KEY REFERENCES mathesar_database (id) ON DELETE CASCADE,
    sslmode text NOT NULL, sslrootcert text, sslcert text, sslkey text, options text
  ) STRICT;
  CREATE TABLE mathesarctl_schema (
    database_id integer NOT NULL PRIMARY KEY REFERENCES mathesar_database (id) ON DELETE CASCADE,
    source text NOT NULL, version text
  ) STRICT;
  CREATE TABLE mathesarctl_operation (
    id text NOT NULL PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('add', 'remove')),
    name text NOT NULL UNIQUE, started_at text NOT NULL, settings text NOT NULL
  ) STRICT`

const KEEP_TYPES = `
  ALTER TABLE mathesarctl_operation
    ADD COLUMN keep_types integer NOT NULL DEFAULT 0 CHECK (keep_types IN (0, 1))`

/**
 * How a file was that an earlier version wrote; 0 is that of a Mathesar, before this program has written to
 * it.
 */
export const EARLIER_LAYOUTS = [0, 1, 2] as const
export type EarlierLayout = (typeof EARLIER_LAYOUTS)[number]

/**
 * Brings a file of this version to an earlier layout, with the same rows: no more than that layout has room
 * for. `WAL` is the mode of a file of this program, `DELETE` that of a Mathesar's.
 */
export function makeEarlier(file: Database.Database, layout: EarlierLayout, mode: 'WAL' | 'DELETE'): void {
  file.pragma('foreign_keys = OFF')
  const rows = (table: string) => file.prepare<[], Record<string, unknown>>(`SELECT * FROM ${table}`).all()
  const keptTables = new Map(
    ['mathesar_database', 'mathesarctl_connection', 'mathesarctl_schema', 'mathesarctl_operation'].map(
      (table) => [table, rows(table)],
    ),
  )
  for (const table of keptTables.keys()) file.exec(`DROP TABLE ${table}`)
  file.exec(MATHESAR_TABLE)
  if (layout > 0) file.exec(OWN_TABLES)
  if (layout > 1) file.exec(KEEP_TYPES)
  for (const [table, found] of keptTables) {
    const columns = file.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table)
    if (columns.length === 0) continue
    const insert = file.prepare(
      `INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`,
    )
    for (const row of found) insert.run(columns.map((column) => row[column]))
  }
  file.pragma(`user_version = ${layout}`)
  file.pragma(`journal_mode = ${mode}`)
}
