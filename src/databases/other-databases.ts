import { OperatorError } from '../errors.ts'
import { joinHints } from '../hint.ts'
import { isSimilar, nearestFirst } from '../nearest.ts'
import { readDatabases } from '../postgres/database/names.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import type { RunOptions } from './events.ts'
import type { InternalDatabase } from './internal-target.ts'
import { connectOptions } from './open.ts'
import { isSamePlace } from './same-settings.ts'

/** What an operator can do instead if the server lacks a database. */
export interface Alternatives {
  /** The other databases that the role can open, the most similar name first. */
  others: readonly string[]
  /** Whether the role may create the database; `null` if that is unknown. */
  mayCreate: boolean | null
}

export const NO_ALTERNATIVES: Alternatives = { others: [], mayCreate: null }

/**
 * Returns the other databases of the server, without the known internal databases, and whether the role may
 * create one. Returns no alternatives if the server does not report them.
 */
export async function readAlternatives(
  settings: ConnectionSettings,
  internal: readonly InternalDatabase[],
  options: RunOptions,
): Promise<Alternatives> {
  const isInternal = (database: string) =>
    internal.some(({ settings: own }) => isSamePlace(own, { ...settings, database }))
  try {
    const { names, mayCreate } = await readDatabases(settings, connectOptions(options))
    const others = names.filter((name) => name !== settings.database && !isInternal(name))
    return { others: nearestFirst(settings.database, others), mayCreate }
  } catch (error) {
    if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
    return NO_ALTERNATIVES
  }
}

/**
 * Returns the error with the similar names of databases in its hint, if it is about a database that the
 * server does not have; any other error unchanged.
 *
 * @param creates the command can create the database, if the role may
 */
export async function withAlternatives(
  error: unknown,
  settings: ConnectionSettings,
  options: RunOptions,
  { creates = false } = {},
): Promise<unknown> {
  const isMissing = error instanceof OperatorError && error.code === 'DATABASE_DOES_NOT_EXIST'
  if (!isMissing) return error
  const { others, mayCreate } = await readAlternatives(settings, [], options)
  const similar = others.filter((name) => isSimilar(name, settings.database)).slice(0, 3)
  const quoted = similar.map((name) => `"${name}"`).join(' or ')
  const create =
    mayCreate === false
      ? `To create the database with --create-database, role "${settings.user}" needs CREATEDB.`
      : 'To create the database, add --create-database.'
  return error.with({
    hint: joinHints(similar.length > 0 ? `Did you mean ${quoted}?` : '', error.hint, creates ? create : ''),
  })
}
