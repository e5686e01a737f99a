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

/** The runs that were warned: a run opens the internal database more than once. */
const warned = new WeakSet<Globals>()

/**
 * Warns that the default SQLite file is used while a Mathesar's variables name an internal database on
 * PostgreSQL, which this version does not support: that Mathesar never sees what is stored in the file.
 * Errors: `USAGE` for an environment file that can't be read.
 */
export function warnOfUnusedMathesar(
  globals: Globals,
  env: NodeJS.ProcessEnv,
  onWarning: (message: string, hint: string) => void,
): void {
  const { internalDb, envFile } = globals
  if (internalDb.source !== 'default' || internalDb.location === null || warned.has(globals)) return
  const source = mathesarOnPostgres(envFile ? readEnvFile(envFile) : {}, envFile, env)
  if (source === null) return
  warned.add(globals)
  onWarning(
    `This run uses the SQLite file ${internalDb.location}. The internal database that ${source} is on ` +
      'PostgreSQL, which this version does not support: the Mathesar that uses it does not see what is ' +
      'stored in the file.',
    'Pass --internal-db PATH to choose the file yourself, which also ends this warning.',
  )
}

/** Returns which variables name an internal database on PostgreSQL, for a sentence; `null` if none do. */
function mathesarOnPostgres(
  file: Readonly<Record<string, string>>,
  path: string | undefined,
  env: NodeJS.ProcessEnv,
): string | null {
  // A file that was named is a Mathesar's: one variable is enough. Variables of the environment may belong to
  // another program.
  if (file.POSTGRES_DB || file.POSTGRES_HOST) return `POSTGRES_* of ${path} name`
  const isWhole = env.POSTGRES_DB && env.POSTGRES_USER && env.POSTGRES_HOST
  return isWhole ? 'POSTGRES_* of the environment name' : null
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
