import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { connectionArguments, type Run, startCli } from '../support/cli.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { preparedHome } from '../support/installed.ts'
import { type Passage, startProxy } from '../support/proxy.ts'

/**
 * A point at which the process is killed. Points on the wire are hit exactly: a proxy sees each message pass and kills before
 * or after passing it on. Points in time fill the gaps between them, the writes to the internal database above all.
 */
export type Point =
  | { at: 'passage'; number: number; deliver: boolean; delayMs: number }
  | { at: 'time'; ms: number }

/** A command line with what it reads. */
export interface CommandLine {
  args: string[]
  input: string
}

export interface World {
  home: string
  settings: Awaited<ReturnType<typeof ownedDatabase>>
  arguments: (verb: 'add' | 'remove') => CommandLine
  /** Called for each message that passes. */
  watch: (handler: ((passage: Passage) => 'pass' | 'hold') | null) => void
}

export async function world(): Promise<World> {
  const home = await preparedHome()
  const direct = await ownedDatabase()
  let handler: ((passage: Passage) => 'pass' | 'hold') | null = null
  const proxy = await startProxy({ target: direct, onPassage: (passage) => handler?.(passage) ?? 'pass' })
  onTestFinished(() => proxy.close())
  const settings = { ...direct, host: proxy.host, port: proxy.port }
  return {
    home,
    settings,
    watch: (next) => {
      handler = next
    },
    arguments: (verb) =>
      verb === 'add'
        ? {
            args: ['db', 'add', 'x', ...connectionArguments(settings), '--password-stdin', '--json'],
            input: settings.password ?? '',
          }
        : { args: ['db', 'remove', 'x', '--remove-schema', '--yes', '--json'], input: '' },
  }
}

/** Runs the command and kills it at the point. Returns whether the point was reached before the command's end. */
export async function killAt(
  place: World,
  { args, input }: CommandLine,
  point: Point,
): Promise<{ run: Run; passages: number }> {
  let passages = 0
  place.watch((passage) => {
    passages++
    if (point.at !== 'passage' || passages !== point.number) return 'pass'
    if (point.delayMs > 0) setTimeout(() => child.kill('SIGKILL'), point.delayMs)
    else child.kill('SIGKILL')
    return point.deliver || passage.direction === 'to server' ? 'pass' : 'hold'
  })
  const { child, done } = startCli(args, { home: place.home, input })
  const timer = point.at === 'time' ? setTimeout(() => child.kill('SIGKILL'), point.ms) : undefined
  const run = await done
  clearTimeout(timer)
  place.watch(null)
  return { run, passages }
}

/** Runs the command and kills it when the server has done its COMMIT, before it knows. */
export async function killAfterCommit(place: World, { args, input }: CommandLine): Promise<void> {
  let killed = false
  place.watch(({ direction, bytes }) => {
    if (direction === 'to client' && bytes.includes('COMMIT')) killed = child.kill('SIGKILL')
    return killed ? 'hold' : 'pass'
  })
  const { child, done } = startCli(args, { home: place.home, input })
  await done
  place.watch(null)
  if (!killed) throw new Error('the command ended before its COMMIT')
}

/** The entries of the journal. */
export async function journalRows(home: string): Promise<number> {
  const [row] = await internalDatabase<{ n: number }>(home, 'SELECT count(*) AS n FROM mathesarctl_operation')
  return row?.n ?? 0
}

/** The names that are stored, read without a run of the program: there are hundreds of such looks, and a run takes far longer. */
export async function namesInStore(home: string): Promise<string[]> {
  const rows = await internalDatabase<{ name: string }>(
    home,
    'SELECT name FROM mathesar_database ORDER BY name',
  )
  return rows.map(({ name }) => name)
}

/** Where the internal database is. */
export function internalPath(home: string): string {
  return join(home, '.local/share/mathesarctl/internal.sqlite3')
}

/** The internal database itself, without the program, which would recover what it finds. */
async function internalDatabase<Row>(home: string, query: string): Promise<Row[]> {
  const { default: Database } = await import('better-sqlite3')
  const database = new Database(internalPath(home), { readonly: true })
  try {
    return database.prepare(query).all() as Row[]
  } finally {
    database.close()
  }
}

/** Whether the server still works for a process that is gone. */
export async function lastBackends(place: World): Promise<number> {
  const [row] = await sql<{ n: number }>(
    'postgres',
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1 AND application_name = 'mathesarctl'",
    [place.settings.database],
  )
  return row?.n ?? 0
}
