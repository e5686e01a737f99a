import { toRun } from '../hint.ts'
import { checkServer } from '../postgres/checks.ts'
import { readServerFacts } from '../postgres/facts.ts'
import { checkNotPooled } from '../postgres/pooler.ts'
import { quoteIdentifier } from '../postgres/quote.ts'
import type { ServerFacts, Session } from '../postgres/types.ts'
import {
  type Abilities,
  grantCreateStatement,
  readAbilities,
  unableError,
} from '../schema/inspect/abilities.ts'
import { readStateOf, type StateReading } from '../schema/inspect/state.ts'
import type { SchemaState } from '../schema/types.ts'
import type { RunOptions } from './events.ts'
import { type InternalDatabase, refuseInternalByIdentity } from './internal-target.ts'
import { connectOptions } from './open.ts'

/** What the checks of a database found, before anything in it is changed. */
export interface Target {
  facts: ServerFacts
  state: SchemaState
  /** The reading of the schemas that the state is from. */
  reading: StateReading
}

/**
 * Checks that an open connection leads to a database that Mathesar can work on, and reports each check that
 * passed. Errors, in the order of the checks: `INTERNAL_DATABASE_TARGET`, `UNSUPPORTED_SERVER`,
 * `READ_ONLY_SERVER`, `POOLED_CONNECTION`.
 */
export async function checkTarget(
  session: Session,
  internal: readonly InternalDatabase[],
  options: RunOptions,
): Promise<Target> {
  const facts = await readServerFacts(session)
  await refuseInternalByIdentity(facts, internal, options)
  checkServer(facts)
  options.onProgress?.({ type: 'check', check: 'server', detail: `PostgreSQL ${facts.version}, writable` })
  await checkNotPooled(session, facts, connectOptions(options))
  const reading = await readStateOf(session)
  return { facts, state: reading.state, reading }
}

/**
 * Checks that the role can use the existing schemas and create tables. Warns if it can't
 * create schemas. Errors: `INSUFFICIENT_PRIVILEGE` with the GRANT statements.
 */
export async function checkAbilities(session: Session, options: RunOptions): Promise<Abilities> {
  const reading = await readAbilities(session)
  const unable = unableError(reading)
  if (unable !== null) throw unable
  if (!reading.abilities.createSchemas) {
    options.onProgress?.({
      type: 'warning',
      message: `Role "${reading.role}" can create tables in database "${reading.database}", but no schemas.`,
      hint: toRun(
        `If it has to, ask the owner of the database ("${reading.databaseOwner}") to run:`,
        grantCreateStatement(reading),
      ),
    })
  }
  return reading.abilities
}

/** Warns of each event trigger that will fire during an install, or during a removal. */
export function warnOfEventTriggers(
  { eventTriggers }: ServerFacts,
  options: RunOptions,
  purpose: 'install' | 'removal' = 'install',
): void {
  for (const trigger of eventTriggers) {
    options.onProgress?.({
      type: 'warning',
      message: `Event trigger "${trigger.name}" (${trigger.event}) will run ${trigger.function}() during the ${purpose}.`,
      hint: toRun(
        `If the ${purpose} fails because of it, disable it during the ${purpose}:`,
        `ALTER EVENT TRIGGER ${quoteIdentifier(trigger.name)} DISABLE;`,
      ),
    })
  }
}

/** Returns why the role may work on the schemas, in words; on those that exist, a check has proved it. */
export function describePrivileges({ role, privileges }: ServerFacts, { kind }: SchemaState): string {
  if (privileges.superuser) return `role "${role}" is a superuser`
  if (privileges.owner) return `role "${role}" owns the database`
  if (privileges.create) return `role "${role}" may create schemas`
  const isUsable = kind === 'ours' || kind === 'foreign'
  return isUsable
    ? `role "${role}" may use the existing schemas`
    : `role "${role}" may connect to the database`
}
