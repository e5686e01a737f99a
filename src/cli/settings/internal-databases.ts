import type { InternalDatabase } from '../../databases/internal-target.ts'
import { parseDsn } from '../../postgres/settings/dsn.ts'
import { completeSettings } from '../../postgres/settings/resolve-settings.ts'
import { readEnvFile } from '../../secrets/env-file.ts'
import type { Invocation } from '../invocation.ts'
import { isUrl } from '../workspace.ts'

/** The internal databases on PostgreSQL that the settings name: by URL, or by a Mathesar's POSTGRES_* variables. */
export function findInternalDatabases({
  globals,
  env,
}: Pick<Invocation, 'globals' | 'env'>): InternalDatabase[] {
  const found: InternalDatabase[] = []
  const { location, source } = globals.internalDb
  if (location !== null && isUrl(location)) {
    found.push({ settings: completeSettings(parseDsn(location).settings), source })
  }
  const file = globals.envFile ? readEnvFile(globals.envFile) : {}
  for (const [variables, origin] of [
    [file, globals.envFile],
    [env, 'the environment'],
  ] as const) {
    const { POSTGRES_DB: database, POSTGRES_USER: user, POSTGRES_HOST: host } = variables
    if (!(database && user && host)) continue
    const port = variables.POSTGRES_PORT ? Number(variables.POSTGRES_PORT) : undefined
    const settings = completeSettings({
      host,
      database,
      user,
      password: variables.POSTGRES_PASSWORD ?? null,
      ...(port === undefined || Number.isNaN(port) ? {} : { port }),
    })
    found.push({ settings, source: `POSTGRES_* of ${origin}` })
  }
  return found
}
