import { completeSettings, parseDsn } from '../../databases/interface/connection-settings.ts'
import { parseLocation } from '../../databases/interface/location.ts'
import { readEnvFile } from '../../databases/interface/secret-key.ts'
import type { InternalDatabase } from '../../databases/internal-target.ts'
import type { Globals } from './globals.ts'

/**
 * Finds the internal databases on PostgreSQL that the settings name: by URL, or by a Mathesar's POSTGRES_*
 * variables. Errors: `USAGE` for a URL or an environment file that can't be read.
 */
export function findInternalDatabases(
  { internalDb: { location, source }, envFile }: Pick<Globals, 'internalDb' | 'envFile'>,
  env: NodeJS.ProcessEnv,
): InternalDatabase[] {
  const place = location === null ? null : parseLocation(location)
  const named =
    place?.kind === 'postgres' ? [{ settings: completeSettings(parseDsn(place.url).settings), source }] : []
  const file = envFile ? readEnvFile(envFile) : {}
  return [
    ...named,
    ...mathesarsOwn(file, `POSTGRES_* of ${envFile}`),
    ...mathesarsOwn(env, 'POSTGRES_* of the environment'),
  ]
}

/** Returns the internal database that the variables of a Mathesar name. */
function mathesarsOwn(
  variables: Readonly<Record<string, string | undefined>>,
  source: string,
): InternalDatabase[] {
  const { POSTGRES_DB: database, POSTGRES_USER: user, POSTGRES_HOST: host } = variables
  if (!(database && user && host)) return []
  const port = variables.POSTGRES_PORT ? Number(variables.POSTGRES_PORT) : undefined
  const settings = completeSettings({
    host,
    database,
    user,
    password: variables.POSTGRES_PASSWORD ?? null,
    ...(port === undefined || Number.isNaN(port) ? {} : { port }),
  })
  return [{ settings, source }]
}
