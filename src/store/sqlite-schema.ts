import type Database from 'better-sqlite3'
import { unavailable } from './sqlite-errors.ts'

/** How long concurrent first starts may take to agree on the journal mode, in milliseconds. */
const WAL_DEADLINE_MS = 10_000

/** The table as Mathesar 0.1.4–0.1.7 has it through Django's SQLite backend. */
const MATHESAR_TABLE = `
  CREATE TABLE "mathesar_database" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "created_at" datetime NOT NULL,
    "updated_at" datetime NOT NULL,
    "name" varchar(128) NOT NULL UNIQUE,
    "deleted" bool NOT NULL,
    "db_name" varchar(128) NOT NULL,
    "host" varchar(255) NOT NULL,
    "password" text NOT NULL,
    "port" integer NOT NULL,
    "username" text NOT NULL
  )`

/** What Mathesar's table has no column for. Each id refers to a row there and goes with it. */
const OWN_TABLES = `
  CREATE TABLE IF NOT EXISTS mathesarctl_connection (
    database_id integer NOT NULL PRIMARY KEY REFERENCES mathesar_database (id) ON DELETE CASCADE,
    sslmode text NOT NULL,
    sslrootcert text,
    sslcert text,
    sslkey text,
    options text
  ) STRICT;
  CREATE TABLE IF NOT EXISTS mathesarctl_schema (
    database_id integer NOT NULL PRIMARY KEY REFERENCES mathesar_database (id) ON DELETE CASCADE,
    source text NOT NULL,
    version text
  ) STRICT;
  CREATE TABLE IF NOT EXISTS mathesarctl_operation (
    id text NOT NULL PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('add', 'remove')),
    name text NOT NULL UNIQUE,
    started_at text NOT NULL,
    settings text NOT NULL
  ) STRICT`

/** A removal that leaves the types: whether it was done can't be told by their being gone. */
const KEEP_TYPES = `
  ALTER TABLE mathesarctl_operation ADD COLUMN keep_types integer NOT NULL DEFAULT 0 CHECK (keep_types IN (0, 1))`

/** What brings our own tables from one version to the next; only ever added to. */
const MIGRATIONS = [OWN_TABLES, KEEP_TYPES]

/** The version of our own tables, kept in SQLite's user_version; Django leaves that at 0. */
const VERSION = MIGRATIONS.length

const NEEDED_COLUMNS = [
  'id',
  'created_at',
  'updated_at',
  'name',
  'deleted',
  'db_name',
  'host',
  'password',
  'port',
  'username',
]

/**
 * Brings the file to the tables of this version: a new file gets all of them, the file of a Mathesar 0.1.4–0.1.7 ours
 * beside its own, one of an earlier version what it lacks, and one that is up to date is not written to. Any number of
 * processes may do so at once.
 *
 * Errors: `STORE_UNAVAILABLE` if the file is of a newer version, of another Mathesar, or of another program.
 */
export function prepareSchema(connection: Database.Database, location: string): void {
  if (tablesOf(connection).size === 0) useWriteAheadLog(connection)
  if (isCurrent(connection, location)) return
  const migrate = connection.transaction(() => {
    // Another process may have been first.
    if (isCurrent(connection, location)) return
    if (!tablesOf(connection).has('mathesar_database')) connection.exec(MATHESAR_TABLE)
    for (const migration of MIGRATIONS.slice(versionOf(connection))) connection.exec(migration)
    connection.pragma(`user_version = ${VERSION}`)
  })
  migrate.immediate()
}

/** The names of the tables in the file. */
export function tablesOf(connection: Database.Database): Set<string> {
  const query = connection.prepare<[], string>(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
  )
  return new Set(query.pluck().all())
}

function isCurrent(connection: Database.Database, location: string): boolean {
  const tables = tablesOf(connection)
  if (tables.size === 0) return false
  const columns = new Set(
    connection.prepare<[], string>(`SELECT name FROM pragma_table_info('mathesar_database')`).pluck().all(),
  )
  refuseOthers(tables, columns, location)
  const version = versionOf(connection)
  if (version > VERSION) {
    throw unavailable(
      location,
      `a newer mathesarctl made it (version ${version}, this one knows ${VERSION})`,
      'Install the newest mathesarctl.',
    )
  }
  return version === VERSION
}

function versionOf(connection: Database.Database): number {
  return Number(connection.pragma('user_version', { simple: true }))
}

/** Nothing may be written into a file that is not Mathesar's, or is of a Mathesar that stores its rows otherwise. */
function refuseOthers(tables: Set<string>, columns: Set<string>, location: string): void {
  if (columns.size === 0) {
    throw unavailable(
      location,
      'it is the SQLite database of another program',
      'Name the internal database with --internal-db, or one that does not exist yet and run "mathesarctl setup".',
    )
  }
  const missing = NEEDED_COLUMNS.some((column) => !columns.has(column))
  if (missing || columns.has('server_id') || tables.has('mathesar_connection')) {
    throw unavailable(
      location,
      'it was made by a Mathesar whose layout is not the one of 0.1.4 to 0.1.7',
      'Run "mathesarctl setup" with another --internal-db, and add the databases there.',
    )
  }
}

/**
 * Turns on write-ahead logging, by which readers never wait for a writer; for a new file only, since Mathesar chose
 * the mode of its own. The switch fails at once, without waiting, while another process is at it: hence the loop.
 */
function useWriteAheadLog(connection: Database.Database): void {
  const deadline = Date.now() + WAL_DEADLINE_MS
  for (;;) {
    try {
      connection.pragma('journal_mode = WAL')
      return
    } catch (error) {
      const busy = error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')
      if (!busy || Date.now() > deadline) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 + Math.random() * 20)
    }
  }
}
