import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { OperatorError } from '../../errors.ts'
import { systemErrorCode } from '../../files/file-reason.ts'
import { fileUnavailable } from './errors.ts'

/*
 * Opens an SQLite file for a command that only reads: the file and its directory may be read-only, and
 * nothing may be created beside it. A read-only connection of SQLite can't do that for a file in write-ahead
 * logging mode: it creates the -shm and -wal files and leaves them behind, or fails if it can't
 * (https://sqlite.org/wal.html, "Read-Only Databases"). `immutable=1` does not help: while another process
 * writes, it returns wrong data. So there are three ways:
 *
 * - The -wal and -shm files exist, because a process has the file open or was killed: SQLite reads with them.
 * - There is no -wal file: everything is in the file itself, which is read into memory as a whole.
 * - SQLite refuses to read, because it would first have to recover what a killed process left: it reads a
 *   copy.
 *
 * What was read into memory or copied is used only if no file changed meanwhile.
 */

/** A connection that reads, and the function that closes it. */
export interface Reader {
  connection: Database.Database
  close(): void
}

/** How often a file that keeps changing is read again, and the pause before it, in milliseconds. */
const ATTEMPTS = 100
const PAUSE_MS = 20

/**
 * In SQLite's file header: the bytes of the write and read version, 1 for a rollback journal and 2 for a WAL.
 */
const VERSIONS_AT = 18
const HEADER_LENGTH = 100
const WRITE_AHEAD = 2
const ROLLBACK = 1

/**
 * Opens an SQLite file for reading. Creates no file beside it and changes none.
 *
 * Errors: those of SQLite; `STORE_UNAVAILABLE` for a failed system call; `LOCKED` if the file never stays the
 * same for the time that it takes to read it.
 *
 * @param path the real path, without symbolic links, by which SQLite names the files beside it
 * @param timeout how long to wait for another process's lock, in milliseconds
 */
export function openReader(path: string, timeout: number): Reader {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
    const reader = openUnlessChanging(path, timeout)
    if (reader) return reader
  }
  throw new OperatorError(
    'LOCKED',
    `Another process changes the internal database ${path} all the time.`,
    'Wait until that process has finished, then run the same command again.',
  )
}

/** Returns `null` if a file changed meanwhile. */
function openUnlessChanging(path: string, timeout: number): Reader | null {
  try {
    // A file that a connection of this process may have open in this mode must not be opened and closed by
    // other means than SQLite's: that would end the locks on it (POSIX, fcntl).
    if (existsSync(`${path}-wal`) && existsSync(`${path}-shm`)) return openInPlace(path, timeout)
    const before = lookAtFiles(path)
    if (before.logSize > 0n) return openCopy(path, before)
    if (!isWriteAhead(path)) return openInPlace(path, timeout)
    const bytes = readFileSync(path)
    if (hasChanged(path, before)) return null
    // A database in memory has no write-ahead log.
    bytes.fill(ROLLBACK, VERSIONS_AT, VERSIONS_AT + 2)
    return readerOf(new Database(bytes, { readonly: true }))
  } catch (error) {
    throw systemErrorCode(error)?.startsWith('E') ? fileUnavailable(path, error) : error
  }
}

/** Lets SQLite read with its locks, or a copy if it can't read without writing first. */
function openInPlace(path: string, timeout: number): Reader | null {
  let connection: Database.Database | null = null
  try {
    connection = new Database(path, { fileMustExist: true, readonly: true, timeout })
    connection.prepare('SELECT count(*) FROM sqlite_schema').get()
    return readerOf(connection)
  } catch (error) {
    connection?.close()
    const code = error instanceof Database.SqliteError ? error.code : ''
    if (!/^SQLITE_(?:CANTOPEN|READONLY)/.test(code)) throw error
    return openCopy(path, lookAtFiles(path), error)
  }
}

/** Lets SQLite recover what a killed process left, in a copy that nobody else can read. */
function openCopy(path: string, before: Files, reason?: unknown): Reader | null {
  const directory = mkdtempSync(join(tmpdir(), 'mathesarctl-'))
  const remove = () => rmSync(directory, { recursive: true, force: true })
  try {
    const copy = join(directory, 'internal.sqlite3')
    for (const suffix of ['', '-wal', '-journal']) {
      if (!existsSync(path + suffix)) continue
      copyFileSync(path + suffix, copy + suffix)
      chmodSync(copy + suffix, 0o600)
    }
    if (hasChanged(path, before)) {
      remove()
      return null
    }
    const connection = new Database(copy, { fileMustExist: true, timeout: 0 })
    return readerOf(connection, remove)
  } catch (error) {
    remove()
    // If the file can't even be copied, SQLite's own error says more.
    throw reason ?? error
  }
}

function readerOf(connection: Database.Database, cleanUp: () => void = () => {}): Reader {
  return {
    connection,
    close() {
      connection.close()
      cleanUp()
    },
  }
}

function isWriteAhead(path: string): boolean {
  const header = Buffer.alloc(HEADER_LENGTH)
  const file = openSync(path, 'r')
  try {
    readSync(file, header, 0, HEADER_LENGTH, 0)
  } finally {
    closeSync(file)
  }
  return header.toString('latin1', 0, 15) === 'SQLite format 3' && header[VERSIONS_AT + 1] === WRITE_AHEAD
}

/** The state of the file, its write-ahead log and its rollback journal at one moment. */
interface Files {
  logSize: bigint
  /** Changes with each write. */
  fingerprint: string
}

function lookAtFiles(path: string): Files {
  const [main, log, journal] = ['', '-wal', '-journal'].map((suffix) =>
    statSync(path + suffix, { bigint: true, throwIfNoEntry: false }),
  )
  const fingerprint = [main, log, journal]
    .map((stats) => (stats ? `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}` : '-'))
    .join()
  return { logSize: log?.size ?? 0n, fingerprint }
}

function hasChanged(path: string, before: Files): boolean {
  return lookAtFiles(path).fingerprint !== before.fingerprint
}
