import type Database from 'better-sqlite3'
import { unavailable, wrongFile } from '../errors.ts'
import { NAME_ANOTHER } from './errors.ts'

/** How long concurrent first starts may take to agree on the journal mode, in milliseconds. */
const WAL_DEADLINE_MS = 10_000

/** The columns of the table as Mathesar 0.1.4–0.1.7 has it through Django's SQLite backend. */
const MATHESAR_COLUMNS = `(
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

interface OwnTable {
  name: string
  /** The part of CREATE TABLE after the name. */
  columns: string
  /** The condition for rows to be kept when the table is created again. */
  keptRows: string
}

const OF_A_DATABASE = 'database_id IN (SELECT id FROM main.mathesar_database)'

/**
 * Tables for what Mathesar's table has no column for. Each database_id refers to a row there, and is deleted
 * with it.
 *
 * Mathesar opens the same file, in images with SQLite as old as 3.27: that refuses the whole file for one
 * definition that it does not know. So there is no STRICT (3.37), no generated column (3.31), and no function
 * in a CHECK.
 */
const OWN_TABLES: readonly OwnTable[] = [
  {
    name: 'mathesarctl_connection',
    columns: `(
    database_id integer NOT NULL PRIMARY KEY REFERENCES mathesar_database (id) ON DELETE CASCADE,
    sslmode text NOT NULL,
    sslrootcert text,
    sslcert text,
    sslkey text,
    options text
  )`,
    keptRows: OF_A_DATABASE,
  },
  {
    name: 'mathesarctl_schema',
    columns: `(
    database_id integer NOT NULL PRIMARY KEY REFERENCES mathesar_database (id) ON DELETE CASCADE,
    source text NOT NULL,
    version text
  )`,
    keptRows: OF_A_DATABASE,
  },
  {
    // keep_types: a removal that keeps the types can't be recognized by the types.
    name: 'mathesarctl_operation',
    columns: `(
    id text NOT NULL PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('add', 'remove')),
    name text NOT NULL UNIQUE,
    keep_types integer NOT NULL DEFAULT 0 CHECK (keep_types IN (0, 1)),
    started_at text NOT NULL,
    settings text NOT NULL,
    phase text NOT NULL DEFAULT 'unknown' CHECK (phase IN ('unknown', 'begun', 'committing')),
    commit_mark text
  )`,
    keptRows: 'true',
  },
]

/**
 * The version of our own tables, kept in SQLite's user_version; Django leaves that at 0. Version 1 had no
 * keep_types, version 2 no phase and no commit_mark, and both were STRICT.
 */
const VERSION = 3

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
 * Creates the tables of this version in a file, in one transaction. A new file gets all of them. The file of
 * a Mathesar 0.1.4–0.1.7 receives them beside its own. In the file of an earlier version, this recreates
 * them with their rows. It does not write to a file that is up to date. Any number of processes may do this
 * at once.
 *
 * Errors: `STORE_UNAVAILABLE` if the file is of a newer version, of another Mathesar, or of another program.
 */
export function prepareSchema(connection: Database.Database, location: string): void {
  if (tablesOf(connection).size === 0) useWriteAheadLog(connection)
  if (isCurrent(connection, location)) return
  // A temporary table holds the rows meanwhile: in memory, because they contain credentials.
  connection.pragma('temp_store = MEMORY')
  const migrate = connection.transaction(() => {
    // Another process may have been first.
    if (isCurrent(connection, location)) return
    if (!tablesOf(connection).has('mathesar_database'))
      connection.exec(`CREATE TABLE "mathesar_database" ${MATHESAR_COLUMNS}`)
    for (const table of OWN_TABLES) createOwnTable(connection, table)
    connection.pragma(`user_version = ${VERSION}`)
  })
  migrate.immediate()
}

/**
 * Shows a connection that reads the tables of this version, whatever the file has: temporary views and tables
 * hide those that differ. Changes nothing in the file.
 *
 * Errors: those of `prepareSchema`.
 */
export function presentSchema(connection: Database.Database, location: string): void {
  if (isCurrent(connection, location)) return
  connection.pragma('temp_store = MEMORY')
  const tables = tablesOf(connection)
  if (!tables.has('mathesar_database'))
    connection.exec(`CREATE TEMP TABLE mathesar_database ${MATHESAR_COLUMNS}`)
  for (const { name, columns } of OWN_TABLES) {
    if (!tables.has(name)) {
      // A temporary table can't refer to another table.
      connection.exec(`CREATE TEMP TABLE ${name} ${columns.replace(/REFERENCES .* CASCADE/, '')}`)
      continue
    }
    const own = new Set(columnsOf(connection, name))
    const shown = columnsIn(columns).map((column) =>
      own.has(column) ? column : `${LACKING[column] ?? 'NULL'} AS ${column}`,
    )
    connection.exec(`CREATE TEMP VIEW ${name} AS SELECT ${shown.join(', ')} FROM main.${name}`)
  }
}

/** The values, other than NULL, of columns that an earlier version lacks. */
const LACKING: Readonly<Record<string, string>> = { keep_types: '0', phase: `'unknown'` }

/** Creates one of our tables; one of another version is created again, with its rows. */
function createOwnTable(connection: Database.Database, { name, columns, keptRows }: OwnTable): void {
  const statement = `CREATE TABLE ${name} ${columns}`
  const existingStatement = connection
    .prepare<[string], string>(`SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?`)
    .pluck()
    .get(name)
  if (existingStatement === statement) return
  if (existingStatement === undefined) {
    connection.exec(statement)
    return
  }
  const own = new Set(columnsOf(connection, name))
  const common = columnsIn(columns).filter((column) => own.has(column))
  const rows = `SELECT ${common.join(', ')} FROM`
  connection.exec(`
    CREATE TEMP TABLE mathesarctl_rows AS ${rows} main.${name} WHERE ${keptRows};
    DROP TABLE main.${name};
    ${statement};
    INSERT INTO main.${name} (${common.join(', ')}) ${rows} temp.mathesarctl_rows;
    DROP TABLE temp.mathesarctl_rows`)
}

/** Returns the names of the columns in the definition of one of our tables. */
function columnsIn(definition: string): string[] {
  return [...definition.matchAll(/^ {4}(\w+) /gm)].map(([, column = '']) => column)
}

function columnsOf(connection: Database.Database, table: string): string[] {
  return connection.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table)
}

/** Returns the names of the tables in the file. */
export function tablesOf(connection: Database.Database): Set<string> {
  const query = connection.prepare<[], string>(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
  )
  return new Set(query.pluck().all())
}

function isCurrent(connection: Database.Database, location: string): boolean {
  const tables = tablesOf(connection)
  if (tables.size === 0) return false
  refuseOthers(tables, new Set(columnsOf(connection, 'mathesar_database')), location)
  const version = versionOf(connection)
  if (version > VERSION) {
    throw unavailable(
      location,
      `a newer mathesarctl created it (version ${version}, this one knows ${VERSION})`,
      'Install the newest mathesarctl.',
    )
  }
  return version === VERSION
}

function versionOf(connection: Database.Database): number {
  return Number(connection.pragma('user_version', { simple: true }))
}

/**
 * Refuses a file that is not Mathesar's, or of a Mathesar that stores its rows in another way.
 */
function refuseOthers(tables: Set<string>, columns: Set<string>, location: string): void {
  if (columns.size === 0) {
    throw wrongFile(location, 'it is the SQLite database of another program', NAME_ANOTHER)
  }
  const isMissing = NEEDED_COLUMNS.some((column) => !columns.has(column))
  if (isMissing || columns.has('server_id') || tables.has('mathesar_connection')) {
    throw unavailable(
      location,
      'it was created by a Mathesar whose layout is not the one of 0.1.4 to 0.1.7',
      'Run "setup" with another --internal-db, and add the databases there.',
    )
  }
}

/**
 * Turns on write-ahead logging, with which readers never wait for a writer. Only for a new file: Mathesar has
 * chosen the mode of its own. The switch fails at once while another process makes it too, so it is repeated.
 */
function useWriteAheadLog(connection: Database.Database): void {
  const deadline = Date.now() + WAL_DEADLINE_MS
  for (;;) {
    try {
      connection.pragma('journal_mode = WAL')
      return
    } catch (error) {
      const isBusy = error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')
      if (!isBusy || Date.now() > deadline) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 + Math.random() * 20)
    }
  }
}
