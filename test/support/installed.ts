import { cpSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, inject } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { type CliOptions, cli, connectionArguments, type Run, temporaryDirectory } from './cli.ts'
import { createDatabase, ownedDatabase, sql } from './database.ts'

let prepared: Promise<string> | undefined

/**
 * Returns a home directory in which `setup` has run: a copy of one that the tests of a file share, with the
 * same secret key.
 */
export async function preparedHome(): Promise<string> {
  prepared ??= prepareHome()
  const home = temporaryDirectory()
  cpSync(await prepared, home, { recursive: true })
  return home
}

async function prepareHome(): Promise<string> {
  const home = mkdtempSync(join(inject('shared'), 'home-'))
  const run = await cli(['setup', '--no-input'], { home })
  expect(run, run.stderr).toMatchObject({ status: 0 })
  return home
}

/** A stored database, and the home directory whose internal database stores it. */
export interface StoredDatabase {
  home: string
  settings: ConnectionSettings
}

let library: Promise<StoredDatabase> | undefined

/**
 * Returns a database that `db add` stored under the name `library`, with its schemas and its home directory:
 * copies of those that the tests of a worker share. All copies belong to one role, so a test changes settings
 * of the role only for its own database.
 */
export async function storedLibrary(): Promise<StoredDatabase> {
  library ??= storeLibrary()
  const { home: original, settings } = await library
  const home = temporaryDirectory()
  cpSync(original, home, { recursive: true })
  const database = await createDatabase({ owner: settings.user, suffix: `TEMPLATE "${settings.database}"` })
  const file = new Database(join(home, '.local/share/mathesarctl/internal.sqlite3'))
  file.prepare('UPDATE mathesar_database SET db_name = ?').run(database)
  file.close()
  return { home, settings: { ...settings, database } }
}

async function storeLibrary(): Promise<StoredDatabase> {
  const home = await prepareHome()
  const settings = await ownedDatabase()
  const run = await add('library', settings, { home })
  expect(run, run.stderr).toMatchObject({ status: 0 })
  return { home, settings }
}

/** Runs `db add` with the password on standard input and JSON as its result. */
export function add(
  name: string,
  settings: ConnectionSettings,
  options: CliOptions & { flags?: readonly string[] },
): Promise<Run> {
  const password = settings.password === null ? [] : ['--password-stdin']
  return cli(
    ['db', 'add', name, ...connectionArguments(settings), ...password, '--json', ...(options.flags ?? [])],
    { ...options, input: settings.password ?? '' },
  )
}

/** Runs `db remove` without a terminal. */
export function remove(name: string, options: CliOptions & { flags?: readonly string[] }): Promise<Run> {
  return cli(['db', 'remove', name, '--yes', '--json', ...(options.flags ?? [])], options)
}

/** Returns the Mathesar schemas of a database. */
export async function mathesarSchemas(database: string): Promise<string[]> {
  const rows = await sql<{ nspname: string }>(
    database,
    "SELECT nspname FROM pg_namespace WHERE nspname IN ('msar', '__msar', 'mathesar_types') ORDER BY 1",
  )
  return rows.map(({ nspname }) => nspname)
}

/** Returns the stored names. */
export async function storedNames(home: string): Promise<string[]> {
  const run = await cli(['db', 'list', '--json'], { home })
  expect(run, run.stderr).toMatchObject({ status: 0 })
  return (JSON.parse(run.stdout) as { name: string }[]).map(({ name }) => name)
}

export const ALL_SCHEMAS = ['__msar', 'mathesar_types', 'msar']
