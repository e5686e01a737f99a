import { OperatorError } from '../errors.ts'
import { isSimilar, nearestFirst } from '../nearest.ts'
import { databaseNames } from '../postgres/database/names.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import type { RunOptions } from './events.ts'
import type { InternalDatabase } from './internal-target.ts'
import { connectOptions } from './open.ts'

/**
 * Returns the other databases of the server that the role can open, the most similar name first, without
 * the known internal databases. Returns none if the server does not list them.
 */
export async function otherDatabases(
  settings: ConnectionSettings,
  internal: readonly InternalDatabase[],
  options: RunOptions,
): Promise<string[]> {
  const isInternal = (database: string) =>
    internal.some(
      ({ settings: own }) =>
        own.host === settings.host && own.port === settings.port && own.database === database,
    )
  try {
    const names = await databaseNames(settings, connectOptions(options))
    const others = names.filter((name) => name !== settings.database && !isInternal(name))
    return nearestFirst(settings.database, others)
  } catch (error) {
    if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
    return []
  }
}

/**
 * Returns the error with the similar names of databases in its hint, if it is about a database that the
 * server does not have; any other error unchanged.
 */
export async function withSimilarDatabases(
  error: unknown,
  settings: ConnectionSettings,
  options: RunOptions,
): Promise<unknown> {
  const isMissing = error instanceof OperatorError && error.code === 'DATABASE_DOES_NOT_EXIST'
  if (!isMissing) return error
  const others = await otherDatabases(settings, [], options)
  const similar = others.filter((name) => isSimilar(name, settings.database)).slice(0, 3)
  if (similar.length === 0) return error
  const quoted = similar.map((name) => `"${name}"`).join(' or ')
  return error.with({ hint: `Did you mean ${quoted}? ${error.hint}` })
}
