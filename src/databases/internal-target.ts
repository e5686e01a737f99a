import { OperatorError } from '../errors.ts'
import { joinHints } from '../hint.ts'
import { isSameDatabase } from '../postgres/checks.ts'
import { readServerFacts } from '../postgres/facts.ts'
import type { ConnectionSettings, ServerFacts } from '../postgres/types.ts'
import type { RunOptions } from './events.ts'
import { withOpen } from './open.ts'
import { isSamePlace } from './same-settings.ts'

/** A configured internal database of a Mathesar on PostgreSQL, which must never become a user database. */
export interface InternalDatabase {
  settings: ConnectionSettings
  /** Where it is configured, for the message: `--internal-db`, or the variables' names. */
  source: string
}

function refusal(database: string, reason: string): OperatorError {
  return new OperatorError(
    'INTERNAL_DATABASE_TARGET',
    `Database "${database}" is Mathesar's internal database (${reason}), and can't be a user database too.`,
    'Use the database with your own data, or the name of a new one.',
    { field: 'database' },
  )
}

/** Refuses a target by its spelling alone, before any connection. Errors: `INTERNAL_DATABASE_TARGET`. */
export function refuseInternalByName(
  settings: ConnectionSettings,
  internal: readonly InternalDatabase[],
): void {
  for (const { settings: own, source } of internal) {
    if (isSamePlace(own, settings)) {
      throw refusal(settings.database, `configured by ${source}`)
    }
  }
}

/**
 * Refuses a target by what its server reports, since one database can be spelled in many ways: by the tables
 * that it contains, and by comparing server and database with each configured internal database. One of the
 * same name that can't be compared is refused too. Errors: `INTERNAL_DATABASE_TARGET`.
 */
export async function refuseInternalByIdentity(
  facts: ServerFacts,
  internal: readonly InternalDatabase[],
  options: RunOptions,
): Promise<void> {
  if (facts.hasMathesarTables) throw refusal(facts.database, "it contains Mathesar's own tables")
  for (const { settings, source } of internal) {
    if (settings.database !== facts.database) continue
    let other: ServerFacts
    try {
      other = await withOpen(settings, { ...options, passwordSource: null }, readServerFacts)
    } catch (error) {
      if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
      throw new OperatorError(
        'INTERNAL_DATABASE_TARGET',
        `Database "${facts.database}" may be Mathesar's internal database, which has the same name (configured by ${source}) and could not be compared: ${error.message}`,
        joinHints(error.hint, 'Then run the command again, so that it can compare the two.'),
        { field: 'database' },
      )
    }
    if (isSameDatabase(facts.identity, other.identity))
      throw refusal(facts.database, `configured by ${source}`)
  }
}

/**
 * Refuses a target by its spelling, then over a connection of its own. Errors: `INTERNAL_DATABASE_TARGET`,
 * and those of connecting.
 */
export async function refuseInternal(
  settings: ConnectionSettings,
  internal: readonly InternalDatabase[],
  options: RunOptions,
): Promise<void> {
  if (internal.length === 0) return
  refuseInternalByName(settings, internal)
  const facts = await withOpen(settings, options, readServerFacts)
  await refuseInternalByIdentity(facts, internal, options)
}
