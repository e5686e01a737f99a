import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { LOCK_CLASS } from '../../../src/store/django/operation-locks.ts'
import type { JournalPlace } from '../../../src/store/types.ts'
import { createInternalDatabase, type MathesarStep } from '../../support/mathesar-database.ts'
import { freshPath } from '../support.ts'
import { type LiveAddress, sessionFile } from './kinds.ts'

/** Where the internal databases of a kind are created, one after the other. */
export interface Ground {
  /** Creates an empty internal database, and returns its address; the last one is no longer used. */
  fresh(): Promise<string>
  /** What a store at the address has as its location. */
  location(address: string): string
  /** Returns what is left of locks: names of lock files, or locks that the server has. */
  locks(address: string): Promise<string[]>
  /** Waits until the server has noticed that a process was killed. */
  untilBuried(address: string, pid: number): Promise<void>
  end(): Promise<void>
}

/** Files, each in a directory of its own. */
export async function fileGround(): Promise<Ground> {
  return {
    fresh: async () => freshPath(),
    location: (address) => address,
    locks: async (address) => lockFiles(dirname(address)),
    async untilBuried() {},
    async end() {},
  }
}

/** One internal database on PostgreSQL, which is emptied each time: to create a thousand would take long. */
export async function liveGround(step: MathesarStep, journal: JournalPlace): Promise<Ground> {
  const database = await createInternalDatabase({ step })
  const directories: string[] = []
  const query = database.query
  const fresh = async () => {
    await query(
      `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    await query('DROP SCHEMA IF EXISTS mathesarctl CASCADE')
    const tables = /legacy/.test(step)
      ? 'mathesar_database'
      : 'mathesar_server, mathesar_database, mathesar_configuredrole, mathesar_userdatabaserolemap'
    await query(`TRUNCATE ${tables} RESTART IDENTITY CASCADE`)
    const directory = mkdtempSync(join(tmpdir(), 'mathesarctl-live-'))
    directories.push(directory)
    return JSON.stringify({ settings: database.settings, journal, directory } satisfies LiveAddress)
  }
  return {
    fresh,
    location: () => database.location,
    async locks(address) {
      const { directory }: LiveAddress = JSON.parse(address)
      if (journal === 'directory') return lockFiles(join(directory, 'journals'))
      const rows = await query<{ objid: number }>(
        `SELECT objid FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
          WHERE d.datname = current_database() AND locktype = 'advisory' AND classid = $1`,
        [LOCK_CLASS],
      )
      return rows.map(({ objid }) => String(objid))
    },
    async untilBuried(address, pid) {
      const { directory }: LiveAddress = JSON.parse(address)
      const session = sessionOf(directory, pid)
      while (session !== null) {
        const rows = await query('SELECT FROM pg_stat_activity WHERE pid = $1', [session])
        if (rows.length === 0) return
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    async end() {
      await database.drop()
      for (const directory of directories) rmSync(directory, { recursive: true, force: true })
    },
  }
}

function sessionOf(directory: string, pid: number): number | null {
  try {
    return Number(readFileSync(join(directory, sessionFile(pid)), 'utf8'))
  } catch {
    // It was killed before it connected.
    return null
  }
}

function lockFiles(directory: string): string[] {
  return readdirSync(directory).filter((file) => file.endsWith('.lock'))
}
