import { OperatorError } from '../errors.ts'
import { nearestFirst } from '../nearest.ts'
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
