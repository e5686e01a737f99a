import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

/*
 * Replaces better-sqlite3 in the single executable (see scripts/build.ts): the part of its API that the store
 * uses, on the SQLite that is part of Node. An addon has to be written to a file before Node can load it, and
 * there may be no place for an executable file, such as on a file system that is read-only or mounted noexec.
 */

/** The names of SQLite's primary result codes, https://sqlite.org/rescode.html, by number. */
const PRIMARY: Readonly<Record<number, string>> = {
  1: 'SQLITE_ERROR',
  3: 'SQLITE_PERM',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM',
  8: 'SQLITE_READONLY',
  9: 'SQLITE_INTERRUPT',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  15: 'SQLITE_PROTOCOL',
  17: 'SQLITE_SCHEMA',
  18: 'SQLITE_TOOBIG',
  19: 'SQLITE_CONSTRAINT',
  20: 'SQLITE_MISMATCH',
  23: 'SQLITE_AUTH',
  26: 'SQLITE_NOTADB',
}

const EXTENDED: Readonly<Record<number, string>> = {
  275: 'SQLITE_CONSTRAINT_CHECK',
  787: 'SQLITE_CONSTRAINT_FOREIGNKEY',
  1299: 'SQLITE_CONSTRAINT_NOTNULL',
  1555: 'SQLITE_CONSTRAINT_PRIMARYKEY',
  2067: 'SQLITE_CONSTRAINT_UNIQUE',
}

class SqliteError extends Error {
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.name = 'SqliteError'
    this.code = code
  }
}

/** Calls node:sqlite, and turns its errors into those of better-sqlite3. */
function translated<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    const number = error instanceof Error && 'errcode' in error ? Number(error.errcode) : null
    if (number === null) throw error
    const code = EXTENDED[number] ?? PRIMARY[number & 0xff] ?? `SQLITE_${number}`
    throw new SqliteError((error as Error).message, code)
  }
}

class Statement {
  readonly #statement: StatementSync
  #plucked = false

  constructor(statement: StatementSync) {
    this.#statement = statement
  }

  /** Returns only the first column of each row. */
  pluck(): this {
    this.#plucked = true
    return this.raw()
  }

  /** Returns rows as arrays. */
  raw(): this {
    this.#statement.setReturnArrays(true)
    return this
  }

  run(...values: SQLInputValue[]): { changes: number; lastInsertRowid: number | bigint } {
    const { changes, lastInsertRowid } = translated(() => this.#statement.run(...values))
    return { changes: Number(changes), lastInsertRowid }
  }

  get(...values: SQLInputValue[]): unknown {
    const row: unknown = translated(() => this.#statement.get(...values))
    return row === undefined ? undefined : this.#row(row)
  }

  all(...values: SQLInputValue[]): unknown[] {
    return translated(() => this.#statement.all(...values) as unknown[]).map((row) => this.#row(row))
  }

  *iterate(...values: SQLInputValue[]): Generator<unknown> {
    const rows = translated(() => this.#statement.iterate(...values) as Iterator<unknown>)
    try {
      for (;;) {
        const { done, value } = translated(() => rows.next())
        if (done) return
        yield this.#row(value)
      }
    } finally {
      rows.return?.()
    }
  }

  #row(row: unknown): unknown {
    return this.#plucked ? (row as unknown[])[0] : row
  }
}

/** A method of the Node in the executable that the types of older versions lack. */
type InMemory = DatabaseSync & { deserialize(bytes: Uint8Array): void }

class Database {
  static readonly SqliteError = SqliteError
  readonly #connection: DatabaseSync

  /** @param file a path, or the bytes of a database that is kept in memory */
  constructor(
    file: string | Buffer,
    { timeout = 0, readonly = false }: { fileMustExist?: true; timeout?: number; readonly?: boolean },
  ) {
    if (typeof file !== 'string') {
      this.#connection = translated(() => {
        const connection = new DatabaseSync(':memory:') as InMemory
        connection.deserialize(file)
        return connection
      })
      return
    }
    // As a URL, because only a URL can say that no file is to be created.
    const { href } = pathToFileURL(file)
    this.#connection = translated(
      () => new DatabaseSync(`${href}?mode=${readonly ? 'ro' : 'rw'}`, { timeout }),
    )
  }

  exec(sql: string): this {
    translated(() => this.#connection.exec(sql))
    return this
  }

  prepare(sql: string): Statement {
    return new Statement(translated(() => this.#connection.prepare(sql)))
  }

  pragma(text: string, { simple }: { simple: boolean } = { simple: false }): unknown {
    const statement = this.prepare(`PRAGMA ${text}`)
    return simple ? statement.pluck().get() : statement.all()
  }

  /** Returns a function that runs the work in a transaction; an error rolls it back. */
  transaction<T>(action: () => T): { immediate: () => T } {
    return {
      immediate: () => {
        this.exec('BEGIN IMMEDIATE')
        try {
          const result = action()
          this.exec('COMMIT')
          return result
        } catch (error) {
          // After some errors, such as a full disk, SQLite itself has rolled back.
          if (this.#connection.isTransaction) this.exec('ROLLBACK')
          throw error
        }
      },
    }
  }

  close(): this {
    if (this.#connection.isOpen) translated(() => this.#connection.close())
    return this
  }
}

export default Database
