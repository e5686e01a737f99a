import { completeSettings } from '../../databases/interface/connection-settings.ts'
import { readEnvFile } from '../../databases/interface/secret-key.ts'
import type { InternalDatabase } from '../../databases/internal-target.ts'
import { namedInternal, type Variables } from '../../databases/live/variables.ts'
import type { Globals } from './globals.ts'
import { knownSettings } from './live-options.ts'

/**
 * Finds the internal databases on PostgreSQL that the settings name: that of the live Mathesar, and those of
 * POSTGRES_* variables that are not used for it. Errors: `USAGE` for an environment file that can't be read.
 */
export function findInternalDatabases(
  { live, envFile }: Pick<Globals, 'live' | 'envFile'>,
  env: NodeJS.ProcessEnv,
): InternalDatabase[] {
  const used = live === null ? [] : [{ settings: knownSettings(live), source: live.source }]
  const file = envFile && live?.isNamedByFile !== true ? readEnvFile(envFile) : {}
  return [
    ...used,
    ...mathesarsOwn(file, `POSTGRES_* of ${envFile}`),
    ...mathesarsOwn(env, 'POSTGRES_* of the environment'),
  ]
}

/** The runs that were warned: a run opens the internal database more than once. */
const warned = new WeakSet<Globals>()

/**
 * Warns that the default SQLite file is used while the environment has the variables of a Mathesar whose
 * internal database is on PostgreSQL: they may belong to another program, so that they decide nothing, and
 * that Mathesar never sees what is stored in the file.
 */
export function warnOfUnusedMathesar(
  globals: Globals,
  env: NodeJS.ProcessEnv,
  onWarning: (message: string, hint: string) => void,
): void {
  const { location, source } = globals.internalDb
  if (source !== 'default' || location === null || warned.has(globals)) return
  if (!(env.POSTGRES_DB && env.POSTGRES_USER && env.POSTGRES_HOST)) return
  warned.add(globals)
  onWarning(
    `This run uses the SQLite file ${location}. POSTGRES_* of the environment name an internal database on ` +
      'PostgreSQL, and the Mathesar that uses it does not see what is stored in the file.',
    'Run "mathesarctl setup" to work on that Mathesar, or name its internal database with --internal-db or --env-file. Pass --internal-db PATH to choose the file, which also ends this warning.',
  )
}

/** Returns the internal database that the variables of a Mathesar name. */
function mathesarsOwn(variables: Variables, source: string): InternalDatabase[] {
  // A port that no Mathesar could use names no internal database either.
  const { POSTGRES_PORT: port, ...others } = variables
  const hasPort = port !== undefined && /^\d{1,5}$/.test(port)
  const named = namedInternal(hasPort ? { ...others, POSTGRES_PORT: port } : others, source)
  return named === null ? [] : [{ settings: completeSettings(named.values), source }]
}
