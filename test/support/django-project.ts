import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { repository } from './program.ts'

const run = promisify(execFile)
const PROJECT = join(repository, 'test/system/django')
/** Where .ci/run installs Django. */
const PYTHON = join(repository, '.cache/django/bin/python')

/** A database that the Django project works on. */
export interface DjangoPlace {
  generation: 'legacy' | 'modern'
  secretKey: string
  /** A PostgreSQL database, or the path of an SQLite file. */
  database: ConnectionSettings | string
}

/** The rows of the legacy layout as Django reads them, decrypted. */
export interface LegacyRows {
  /** What `full_clean` and the constraints of the database complain about. */
  problems: string[]
  isEncrypted: boolean
  databases: (Record<'name' | 'database' | 'host' | 'user' | 'password', string> & {
    port: number
    deleted: boolean
  })[]
}

/** The rows of the modern layout as Django reads them, decrypted. */
export interface ModernRows {
  problems: string[]
  isEncrypted: boolean
  /** The options of the download links, decrypted; missing if there are none. */
  downloadLinks?: unknown[]
  servers: {
    host: string
    port: number | null
    sslmode: string | null
    roles: Record<string, string | null>
  }[]
  databases: {
    host: string
    port: number | null
    database: string
    nickname: string | null
    version: string
    access: { user: string; role: string }[]
  }[]
}

/** Creates the tables, up to one of Mathesar's migrations or all of them, and a superuser `admin`. */
export async function migrate(place: DjangoPlace, migration?: string): Promise<void> {
  await python(place, ['migrate', ...(migration === undefined ? [] : [migration])])
}

/**
 * Runs a command of the Django project and returns all rows afterwards. `save` saves every row as it is,
 * `users` creates users, `write` creates rows as Mathesar does, and `delete` deletes the database of a name.
 */
export async function exchange<Rows extends LegacyRows | ModernRows>(
  place: DjangoPlace,
  command: 'read' | 'save' | 'users' | 'write' | 'delete',
  input: unknown = null,
): Promise<Rows> {
  return JSON.parse(await python(place, [command], JSON.stringify(input))) as Rows
}

async function python(
  { generation, secretKey, database }: DjangoPlace,
  args: readonly string[],
  input = '',
): Promise<string> {
  if (!existsSync(PYTHON)) throw new Error(`${PYTHON} is missing: .ci/run installs Django there`)
  const running = run(PYTHON, ['-W', 'ignore', 'exchange.py', ...args], {
    cwd: PROJECT,
    env: {
      PATH: process.env.PATH ?? '',
      LANG: 'C.UTF-8',
      PYTHONDONTWRITEBYTECODE: '1',
      SECRET_KEY: secretKey,
      MATHESAR_GENERATION: generation,
      ...(typeof database === 'string'
        ? { SQLITE_FILE: database }
        : {
            POSTGRES_DB: database.database,
            POSTGRES_USER: database.user,
            POSTGRES_PASSWORD: database.password ?? '',
            POSTGRES_HOST: database.host,
            POSTGRES_PORT: String(database.port),
          }),
    },
    maxBuffer: 64 * 1024 * 1024,
  })
  running.child.stdin?.end(input)
  return (await running).stdout
}
