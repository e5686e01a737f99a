import { cpSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { connectionArguments, type Run, startCli, temporaryDirectory } from '../support/cli.ts'
import { createDatabase, ownedDatabase, sql } from '../support/database.ts'
import { preparedHome } from '../support/installed.ts'
import { isSlowLane } from '../support/lanes.ts'
import { type Passage, startProxy } from '../support/proxy.ts'

/**
 * A point at which the process is killed. Points on the wire are exact: a proxy sees each message and kills
 * before or after it passes the message on. Points in time cover the gaps between them, mainly the writes to
 * the internal database.
 */
export type Point =
  | { at: 'passage'; number: number; deliver: boolean; delayMs: number }
  /** The message that asks for COMMIT. */
  | { at: 'commit'; deliver: boolean }
  /** The answer to COMMIT. If it is not delivered, the program does not know what the server did. */
  | { at: 'commit answer'; deliver: boolean; delayMs: number }
  | { at: 'time'; ms: number }

/** A command line and its standard input. */
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

/**
 * Runs the command and kills it at the point. Returns how it ended, for the command may end before the point,
 * and how many messages passed.
 */
export async function killAt(
  place: World,
  { args, input }: CommandLine,
  point: Point,
): Promise<{ run: Run; passages: number }> {
  let passages = 0
  place.watch((passage) => {
    passages++
    if (!isAt(point, passage, passages)) return 'pass'
    const delayMs = 'delayMs' in point ? point.delayMs : 0
    if (delayMs > 0) setTimeout(() => child.kill('SIGKILL'), delayMs)
    else child.kill('SIGKILL')
    // The proxy survives: what the program has sent arrives although it is dead.
    return point.deliver || (point.at === 'passage' && passage.direction === 'to server') ? 'pass' : 'hold'
  })
  const { child, done } = startCli(args, { home: place.home, input })
  const timer = point.at === 'time' ? setTimeout(() => child.kill('SIGKILL'), point.ms) : undefined
  const run = await done
  clearTimeout(timer)
  place.watch(null)
  return { run, passages }
}

/** Returns whether a message is the one of the point. */
function isAt(
  point: Point,
  { direction, bytes }: Passage,
  number: number,
): point is Exclude<Point, { at: 'time' }> {
  switch (point.at) {
    case 'passage':
      return number === point.number
    case 'commit':
      // The message contains only that statement.
      return direction === 'to server' && bytes.length < 50 && bytes.includes('COMMIT')
    case 'commit answer':
      return direction === 'to client' && bytes.includes('COMMIT')
    case 'time':
      return false
  }
}

/**
 * Points at every `step`th message of a command, from the first to the last. Their number differs from run to
 * run, since messages arrive in pieces: the list ends when the command ended before the point.
 */
export function* passagePoints(step: number, wasKilled: () => boolean): Generator<Point> {
  for (let number = 1, isReached = true; isReached; number += step) {
    yield { at: 'passage', number, deliver: true, delayMs: 0 }
    isReached = wasKilled()
  }
}

/**
 * Points around the COMMIT of a command, in every way, and some in the writes to the internal database after
 * it.
 */
function commitPoints(): Point[] {
  const delays = isSlowLane ? [0, 1, 2, 3, 5, 8, 12] : [0, 2, 5]
  return [
    { at: 'commit', deliver: false },
    { at: 'commit', deliver: true },
    { at: 'commit answer', deliver: false, delayMs: 0 },
    ...delays.map((delayMs): Point => ({ at: 'commit answer', deliver: true, delayMs })),
  ]
}

/** Points in time, from the start to the end of a command that takes `ms` milliseconds. */
export function timePoints(ms: number): Point[] {
  const steps = isSlowLane ? 8 : 2
  return Array.from({ length: steps }, (_, step) => ({ at: 'time', ms: (ms * (step + 1)) / steps }))
}

/** All these points of a command that takes `ms` milliseconds and ends with COMMIT. */
export function* allPoints(ms: number, step: number, wasKilled: () => boolean): Generator<Point> {
  yield* commitPoints()
  yield* timePoints(ms)
  yield* passagePoints(step, wasKilled)
}

/**
 * Saves both databases as they are now. The function that it returns restores them, in a tenth of the time
 * that the commands would need.
 */
export async function snapshot(place: World): Promise<() => Promise<void>> {
  const { database, user } = place.settings
  const data = dirname(internalPath(place.home))
  const files = temporaryDirectory()
  cpSync(data, files, { recursive: true })
  const copy = await createDatabase({ suffix: `TEMPLATE "${database}"` })
  return async () => {
    await sql('postgres', `DROP DATABASE "${database}" WITH (FORCE)`)
    await createDatabase({ name: database, owner: user, suffix: `TEMPLATE "${copy}"` })
    rmSync(data, { recursive: true })
    cpSync(files, data, { recursive: true })
  }
}

/** Runs the command and kills it after the server has committed, before it receives the answer. */
export async function killAfterCommit(place: World, { args, input }: CommandLine): Promise<void> {
  let isKilled = false
  place.watch(({ direction, bytes }) => {
    if (direction === 'to client' && bytes.includes('COMMIT')) isKilled = child.kill('SIGKILL')
    return isKilled ? 'hold' : 'pass'
  })
  const { child, done } = startCli(args, { home: place.home, input })
  await done
  place.watch(null)
  if (!isKilled) throw new Error('the command ended before its COMMIT')
}

/** Returns the entries of the journal. */
export async function journalRows(home: string): Promise<number> {
  const [row] = await internalDatabase<{ n: number }>(home, 'SELECT count(*) AS n FROM mathesarctl_operation')
  return row?.n ?? 0
}

/**
 * Reads the stored names without a run of the program: the tests do so hundreds of times, and a run takes far
 * longer.
 */
export async function namesInStore(home: string): Promise<string[]> {
  const rows = await internalDatabase<{ name: string }>(
    home,
    'SELECT name FROM mathesar_database ORDER BY name',
  )
  return rows.map(({ name }) => name)
}

/** Returns the path of the internal database. */
export function internalPath(home: string): string {
  return join(home, '.local/share/mathesarctl/internal.sqlite3')
}

/** Opens the internal database without the program, which would recover interrupted runs. */
async function internalDatabase<Row>(home: string, query: string): Promise<Row[]> {
  const { default: Database } = await import('better-sqlite3')
  const database = new Database(internalPath(home), { readonly: true })
  try {
    return database.prepare(query).all() as Row[]
  } finally {
    database.close()
  }
}

/** Whether the server still works for a process that has ended. */
export async function lastBackends(place: World): Promise<number> {
  const [row] = await sql<{ n: number }>(
    'postgres',
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1 AND application_name = 'mathesarctl'",
    [place.settings.database],
  )
  return row?.n ?? 0
}
