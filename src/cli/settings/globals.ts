import type { Command } from 'commander'
import type { Trust } from '../../files/trust.ts'
import { readConfig } from './config.ts'
import type { Config } from './config-file.ts'
import { type FileLocations, locateFiles, machineGroups } from './paths.ts'

/** The global flags as commander returns them. */
export interface GlobalFlags {
  internalDb?: string
  secretKeyFile?: string
  envFile?: string
  json?: boolean
  yes?: boolean
  input?: boolean
  quiet?: boolean
  verbose?: boolean
  color?: boolean
}

/** The global settings after flags, environment and configuration file, strongest first. */
export interface Globals {
  /** Path or URL of the internal database, and the flag, variable or file that names it. */
  internalDb: { location: string | null; source: string; trust: Trust }
  secretKeyFile: string | undefined
  envFile: string | undefined
  json: boolean
  yes: boolean
  /** Nothing may be asked, whatever the terminal is. */
  noInput: boolean
  quiet: boolean
  verbose: boolean
  noColor: boolean
  config: Config
  files: FileLocations
  /** Groups that share the machine's files with root. */
  groups: readonly number[]
}

/** Adds the global flags to the program; commander then accepts them before and after a subcommand's name. */
export function addGlobalFlags(program: Command): void {
  program
    .option('--internal-db <path>', 'internal database: a SQLite file (env: MATHESAR_INTERNAL_DB)')
    .option(
      '--secret-key-file <path>',
      'file with the secret key (env: MATHESAR_SECRET_KEY_FILE, or the key itself in SECRET_KEY)',
    )
    .option('--env-file <path>', '.env file of a Mathesar, with SECRET_KEY and POSTGRES_*')
    .option('--json', 'print one JSON document on stdout, and errors as JSON on stderr')
    .option('-y, --yes', 'answer every confirmation with yes')
    .option('--no-input', 'never ask; a missing value is an error')
    .option('-q, --quiet', 'print only errors, questions and what goes to stdout, such as tables')
    .option('-v, --verbose', 'report every step, and the source of each value')
    .option('--no-color', 'print without colors (env: NO_COLOR)')
}

/** Resolves the global settings. Errors: `USAGE` for a configuration file that is not valid. */
export async function resolveGlobals(flags: GlobalFlags, env: NodeJS.ProcessEnv): Promise<Globals> {
  const files = locateFiles(env)
  const config = await readConfig(files.config)
  const groups = machineGroups(files)
  const { named, ...internalDb } = resolveInternalDb(flags, env, config, files)
  return {
    internalDb: { ...internalDb, trust: { named, groups } },
    secretKeyFile: flags.secretKeyFile,
    envFile: flags.envFile ?? config['env-file'],
    json: flags.json === true,
    yes: flags.yes === true,
    noInput: flags.input === false || isSet(env.CI) || config['no-input'] === true,
    quiet: flags.quiet === true || (config.quiet === true && flags.verbose !== true),
    verbose: flags.verbose === true || (config.verbose === true && flags.quiet !== true),
    noColor: flags.color === false || config['no-color'] === true,
    config,
    files,
    groups,
  }
}

function resolveInternalDb(
  flags: GlobalFlags,
  env: NodeJS.ProcessEnv,
  config: Config,
  files: FileLocations,
): Omit<Globals['internalDb'], 'trust'> & Pick<Trust, 'named'> {
  if (flags.internalDb) return { location: flags.internalDb, source: '--internal-db', named: true }
  // Another user may have set the environment: a variable does not show that the operator trusts that user's
  // file.
  const inherited = env.MATHESAR_INTERNAL_DB
  if (inherited) return { location: inherited, source: 'MATHESAR_INTERNAL_DB', named: false }
  const configured = config['internal-db']
  if (configured) return { location: configured, source: files.config ?? 'config.yaml', named: true }
  return { location: files.internalDatabase, source: 'default', named: false }
}

/** A switch in the environment is on unless its value is empty, 0 or false. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value.toLowerCase() !== 'false'
}
