import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import type { JournalPlace } from '../../src/store/types.ts'
import { connectionArguments, type Run, startCli, temporaryDirectory } from '../support/cli.ts'
import { createDatabase, ownedDatabase, sharedCluster, sql } from '../support/database.ts'
import { copyInstalledDatabase } from '../support/installed-template.ts'
import {
  createInternalDatabase,
  type InternalDatabase,
  isModern,
  type LegacyStep,
  type ModernStep,
} from '../support/mathesar-database.ts'
import type { Cluster } from '../support/postgres.ts'
import { type Passage, startProxy, type Proxy as TestProxy } from '../support/proxy.ts'
import { writeReleaseTree } from '../support/release-tree.ts'

/** A message on one of the two connections of a command, to which all messages are counted. */
export interface LiveMessage {
  database: 'internal' | 'user'
  direction: Passage['direction']
  bytes: Buffer
  /** The number of the message among those of both connections, from 1. */
  number: number
}

type Verdict = 'pass' | 'hold' | 'cut'

/** A live Mathesar and a user database, both behind proxies. */
export interface LiveWorld {
  home: string
  internal: InternalDatabase
  /** The proxy of the internal database. */
  internalProxy: TestProxy
  /** The user database, through its proxy. */
  settings: ConnectionSettings
  /** Called for each message that passes. */
  watch(handler: ((message: LiveMessage) => Verdict) | null): void
  /** Starts a command on the live Mathesar. */
  start(args: readonly string[], input?: string): ReturnType<typeof startCli>
  run(args: readonly string[], input?: string): Promise<Run>
  addition: { args: string[]; input: string }
  /** Returns the names that the internal database stores. */
  names(): Promise<string[]>
  /** Returns how many entries the journal has, wherever it is. */
  entries(): Promise<number>
  /** Returns what is left of locks. */
  locks(): Promise<number>
  /** Saves all as it is. The function that it returns restores it. */
  snapshot(): Promise<() => Promise<void>>
}

export interface LiveWorldOptions {
  /** Whether the user database has the schemas already. */
  isInstalled?: boolean
  /** The server of the internal database. */
  cluster?: Cluster
  /** Whether an addition to a modern Mathesar installs its release's SQL; otherwise it only registers. */
  installsRelease?: boolean
}

/** Creates a live Mathesar of a step, and a user database. */
export async function liveWorld(
  step: ModernStep | LegacyStep,
  journal: JournalPlace,
  { isInstalled = false, cluster, installsRelease = false }: LiveWorldOptions = {},
): Promise<LiveWorld> {
  const home = temporaryDirectory()
  const internal = await createInternalDatabase({ step, ...(cluster ? { cluster } : {}) })
  const user = isInstalled ? await copyInstalledDatabase(sharedCluster()) : await ownedDatabase()
  let handler: ((message: LiveMessage) => Verdict) | null = null
  let number = 0
  const proxyOf = async (database: LiveMessage['database'], target: ConnectionSettings) => {
    const onPassage = ({ direction, bytes }: Passage) =>
      handler?.({ database, direction, bytes, number: ++number }) ?? 'pass'
    const proxy = await startProxy({ target, onPassage })
    onTestFinished(() => proxy.close())
    return proxy
  }
  const internalProxy = await proxyOf('internal', internal.settings)
  const userProxy = await proxyOf('user', user)
  const settings = { ...user, host: userProxy.host, port: userProxy.port }
  const envFile = join(home, 'mathesar.env')
  const text = internal.envFile.replace(/^POSTGRES_PORT=.*$/m, `POSTGRES_PORT=${internalProxy.port}`)
  writeFileSync(envFile, text, { mode: 0o600 })
  const globals = ['--env-file', envFile, '--journal', journal, '--yes', '--json']
  const start: LiveWorld['start'] = (args, input = '') => startCli([...args, ...globals], { home, input })
  const table = 'mathesar_database'
  const release = join(home, 'release')
  if (installsRelease) writeReleaseTree(release, '0.11.0', { size: 'small' })
  const journals = join(home, '.local/state/mathesarctl')
  return {
    home,
    internal,
    internalProxy,
    settings,
    watch(next) {
      number = 0
      handler = next
    },
    start,
    run: (args, input) => start(args, input).done,
    addition: {
      args: [
        'db',
        'add',
        'x',
        ...connectionArguments(settings),
        '--password-stdin',
        ...(installsRelease ? ['--schema-source', release] : isModern(step) ? ['--register-only'] : []),
      ],
      input: settings.password ?? '',
    },
    async names() {
      const name = isModern(step) && step > '0002' ? 'COALESCE(nickname, name)' : 'name'
      const rows = await internal.query<{ name: string }>(`SELECT ${name} AS name FROM ${table} ORDER BY 1`)
      return rows.map((row) => row.name)
    },
    async entries() {
      if (journal === 'directory') return countEntries(journals)
      const exists = await internal.query(`SELECT FROM pg_namespace WHERE nspname = 'mathesarctl'`)
      if (exists.length === 0) return 0
      return (await internal.query('SELECT FROM mathesarctl.operation')).length
    },
    async locks() {
      if (journal === 'directory') return filesOf(journals).filter((file) => file.endsWith('.lock')).length
      const locks = `SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
        WHERE d.datname = current_database() AND l.locktype = 'advisory'`
      return (await internal.query(locks)).length
    },
    async snapshot() {
      const copy = await createDatabase({ suffix: `TEMPLATE "${user.database}"` })
      const rows = await internal.snapshot()
      const tables = Object.keys(rows).filter((name) => name.startsWith('mathesar_') && !/user$/.test(name))
      return async () => {
        await sql('postgres', `DROP DATABASE "${user.database}" WITH (FORCE)`)
        await createDatabase({ name: user.database, owner: user.user, suffix: `TEMPLATE "${copy}"` })
        await restoreRows(internal, rows, tables)
      }
    },
  }
}

/** Writes the rows of Mathesar's tables as they were; the entries of the journal end. */
async function restoreRows(
  internal: InternalDatabase,
  rows: Awaited<ReturnType<InternalDatabase['snapshot']>>,
  tables: readonly string[],
): Promise<void> {
  const own = await internal.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class AS c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        AND c.relname ~ '^mathesar_(server|database|configuredrole|userdatabaserolemap)$'`,
  )
  await internal.query(`TRUNCATE ${own.map(({ name }) => name).join(', ')} CASCADE`)
  await internal.query(`DROP SCHEMA IF EXISTS mathesarctl CASCADE`)
  const order = ['mathesar_server', 'mathesar_database', 'mathesar_configuredrole']
  const last = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length)
  for (const table of tables.toSorted((a, b) => last(a) - last(b))) {
    await internal.query(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`, [
      JSON.stringify(rows[table]),
    ])
  }
}

function filesOf(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
}

/** Counts the entries in all journals of a directory, without the program. */
async function countEntries(directory: string): Promise<number> {
  const { default: Database } = await import('better-sqlite3')
  let count = 0
  for (const name of filesOf(directory).filter((file) => file.endsWith('.sqlite3'))) {
    const file = new Database(join(directory, name), { readonly: true })
    count += file.prepare('SELECT id FROM mathesarctl_operation').all().length
    file.close()
  }
  return count
}
