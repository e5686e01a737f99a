import { removeSchemaFrom } from '../../src/databases/schema.ts'
import { OperatorError } from '../../src/errors.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { schemaStatus } from '../../src/schema/inspect/status.ts'
import { installSchema } from '../../src/schema/install/install.ts'
import { removeSchema } from '../../src/schema/removal/remove.ts'
import { surveyRemoval } from '../../src/schema/removal/survey.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import { installOptions, withSession } from '../schema/support.ts'
import { ARM, DISARM, type Mark, type Role } from './attacks.ts'
import { changes, snapshot } from './snapshot.ts'
import type { World } from './world.ts'

const LOCKS = { lockTimeoutMs: 10_000 }

/** The commands of the matrix: those that look and those that change. */
export const COMMANDS = {
  dependents: (settings: ConnectionSettings) => withSession(settings, (session) => surveyRemoval(session)),
  'exact count': (settings: ConnectionSettings) =>
    withSession(settings, (session) => surveyRemoval(session, { exact: true })),
  status: (settings: ConnectionSettings) => withSession(settings, schemaStatus),
  'dry run': (settings: ConnectionSettings) =>
    removeSchemaFrom(settings, { dryRun: true, onDependents: 'convert' }),
  refuse: (settings: ConnectionSettings) =>
    withSession(settings, (session) => removeSchema(session, { ...LOCKS, strategy: 'refuse' })),
  convert: (settings: ConnectionSettings) =>
    withSession(settings, (session) => removeSchema(session, { ...LOCKS, strategy: 'convert' })),
  cascade: (settings: ConnectionSettings) =>
    withSession(settings, (session) => removeSchema(session, { ...LOCKS, strategy: 'cascade' })),
  'keep types': (settings: ConnectionSettings) =>
    withSession(settings, (session) => removeSchema(session, { ...LOCKS, keepTypes: true })),
  'install over': (settings: ConnectionSettings) => install(settings, false),
  replace: (settings: ConnectionSettings) => install(settings, true),
} as const
export type Command = keyof typeof COMMANDS

async function install(settings: ConnectionSettings, replace: boolean): Promise<unknown> {
  return withSession(settings, async (session) =>
    installSchema(session, bundledSource(), await readSchemaState(session), installOptions({ replace })),
  )
}

/** What came of a command: done, or the error that it ended with. */
export type Outcome = 'done' | { code: string; exit: number; message: string; hint: string; data: string }

export interface Result {
  outcome: Outcome
  /** All that the traps noted. */
  marks: Mark[]
  /** Gains and changes without right, in words; empty as it should be. */
  wrong: string[]
}

/** Runs a command as a role, with the traps armed, and looks at what they noted and what changed. */
export async function run(
  world: World,
  {
    database,
    as,
    command,
    owners,
  }: { database: string; as: Role; command: Command; owners: readonly Role[] },
): Promise<Result> {
  const before = await snapshot(world, database)
  await world.sql(database, ARM)
  await world.marks()
  let outcome: Outcome = 'done'
  try {
    await COMMANDS[command](world.settings(as, database))
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    const { code, exitCode: exit, message, hint, details } = error
    outcome = { code, exit, message, hint, data: JSON.stringify(details.data ?? {}) }
  }
  const marks = await world.marks()
  const gained = wordsOf(world.gains(marks))
  await world.sql(database, DISARM)
  const after = await snapshot(world, database)
  return { outcome, marks, wrong: [...new Set([...gained, ...changes(before, after, owners)])] }
}

/** Returns the gains in words, those of one place that run as the same role together. */
function wordsOf(gains: readonly Mark[]): string[] {
  const groups = new Map<string, string[]>()
  for (const { label, via, user, session } of gains) {
    const about = `${label} as ${user} in a session of ${session}`
    groups.set(about, [...(groups.get(about) ?? []), via])
  }
  return [...groups].map(([about, ways]) => {
    const all = [...new Set(ways)]
    return `${about}: ${all.slice(0, 5).join(' | ')}${all.length > 5 ? ` | and ${all.length - 5} more ways` : ''}`
  })
}

/** Returns the exit status of an outcome. */
export function statusOf(outcome: Outcome): number {
  return outcome === 'done' ? 0 : outcome.exit
}
