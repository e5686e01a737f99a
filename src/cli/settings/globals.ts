import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { parseLocation } from '../../databases/interface/location.ts'
import { OperatorError, usageError } from '../../errors.ts'
import type { Trust } from '../../files/trust.ts'
import type { JournalPlace } from '../../store/types.ts'
import { type Addresses, readAddresses } from './addresses.ts'
import { readConfig } from './config.ts'
import type { Config } from './config-file.ts'
import { djangoFileBeside, isDjangoFile } from './django-file.ts'
import type { LiveContext, LiveMathesar } from './live.ts'
import { type FileLocations, locateFiles, machineGroups } from './paths.ts'

const JOURNAL_PLACES: readonly JournalPlace[] = ['database', 'directory']

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
  address?: string[]
  journal?: JournalPlace
  acceptUnknownLayout?: boolean
}

/** The global settings after flags, environment and configuration file, strongest first. */
export interface Globals {
  /** Path or URL of the internal database, and the flag, variable or file that names it. */
  internalDb: { location: string | null; source: string; trust: Trust }
  secretKeyFile: string | undefined
  envFile: string | undefined
  /** The live Mathesar whose internal database `internalDb` is; `null` for a file. */
  live: LiveMathesar | null
  /** Where this machine reaches hosts, by the names that Mathesar has for them. */
  addresses: Addresses
  /** Where the journal of a live Mathesar lies; `null` if nothing was chosen. */
  journal: JournalPlace | null
  /** Write to a live Mathesar even if this version does not know its layout. */
  acceptUnknownLayout: boolean
  json: boolean
  yes: boolean
  /** Nothing may be asked, whatever the terminal is. */
  noInput: boolean
  quiet: boolean
  verbose: boolean
  noColor: boolean
  /** The flags themselves, for a command line that repeats them. */
  given: GlobalFlags
  config: Config
  files: FileLocations
  /** Groups that share the machine's files with root. */
  groups: readonly number[]
}

/** Adds the global flags to the program; commander then accepts them before and after a subcommand's name. */
export function addGlobalFlags(program: Command): void {
  program
    .option(
      '--internal-db <path|url>',
      "internal database: the path of a SQLite file, or the URL of a live Mathesar's, postgresql://... (env: MATHESAR_INTERNAL_DB)",
    )
    .option(
      '--secret-key-file <path>',
      'file with the secret key (env: MATHESAR_SECRET_KEY_FILE, or the key itself in SECRET_KEY)',
    )
    .option('--env-file <path>', '.env file of a Mathesar, with SECRET_KEY and POSTGRES_*')
    .addOption(
      new Option(
        '--address <host=address>',
        'where this machine reaches a host of Mathesar, such as mathesar_db=127.0.0.1:5433; it is never stored (repeatable)',
      ).argParser((value: string, before: string[] = []) => [...before, value]),
    )
    .addOption(
      new Option(
        '--journal <place>',
        'where running operations on a live Mathesar are recorded: in the schema mathesarctl of its internal database, or in a directory of this user (default: the database if that schema exists)',
      ).choices(JOURNAL_PLACES),
    )
    .option(
      '--accept-unknown-layout',
      'write to a live Mathesar that is newer than this version of mathesarctl knows',
    )
    .option('--json', 'print one JSON document on stdout, and errors as JSON on stderr')
    .option('-y, --yes', 'answer every confirmation with yes')
    .option('--no-input', 'never ask; a missing value is an error')
    .option('-q, --quiet', 'print only errors, questions and what goes to stdout, such as tables')
    .option('-v, --verbose', 'report every step, and the source of each value')
    .option('--no-color', 'print without colors (env: NO_COLOR)')
}

/**
 * Resolves the global settings. Errors: `USAGE` for a configuration file that is not valid, and for a file of
 * `--env-file` that names no internal database where the other settings name that of a Mathesar.
 */
export async function resolveGlobals(
  flags: GlobalFlags,
  env: NodeJS.ProcessEnv,
  files = locateFiles(env),
): Promise<Globals> {
  const config = await readConfig(files.config)
  const groups = machineGroups(files)
  const { named, live, ...internalDb } = await resolveInternalDb(flags, env, config, files)
  return {
    internalDb: { ...internalDb, trust: { named, groups } },
    secretKeyFile: flags.secretKeyFile,
    envFile: flags.envFile ?? config['env-file'] ?? live?.envFile ?? undefined,
    live,
    addresses: readAddresses(flags.address ?? [], config.addresses, files.config),
    journal: flags.journal ?? (await configuredJournal(config, live, { env, files })),
    acceptUnknownLayout: flags.acceptUnknownLayout === true,
    json: flags.json === true,
    yes: flags.yes === true,
    noInput: flags.input === false || isSet(env.CI) || config['no-input'] === true,
    quiet: flags.quiet === true || (config.quiet === true && flags.verbose !== true),
    verbose: flags.verbose === true || (config.verbose === true && flags.quiet !== true),
    noColor: flags.color === false || config['no-color'] === true,
    given: flags,
    config,
    files,
    groups,
  }
}

type ResolvedInternalDb = Omit<Globals['internalDb'], 'trust'> & Pick<Trust, 'named'> & Pick<Globals, 'live'>

/**
 * Returns where the configuration wants the journal. It is a consent to write into the internal database that
 * the same file names; `null` for that of another Mathesar. If the file names none, it holds for all.
 */
async function configuredJournal(
  config: Config,
  live: LiveMathesar | null,
  { env, files }: { env: NodeJS.ProcessEnv; files: FileLocations },
): Promise<JournalPlace | null> {
  const { journal = null } = config
  if (journal === null || live === null) return journal
  if (config['internal-db'] === undefined && config['env-file'] === undefined) return journal
  const { MATHESAR_INTERNAL_DB: _, ...lasting } = env
  try {
    const own = await resolveInternalDb({}, lasting, config, files)
    return own.live !== null && isSameInternal(own.live, live) ? journal : null
  } catch (error) {
    // A file that can't be read names no internal database.
    if (error instanceof OperatorError) return null
    throw error
  }
}

function isSameInternal({ settings: one }: LiveMathesar, { settings: other }: LiveMathesar): boolean {
  const isSameHost = one.host.toLowerCase() === other.host.toLowerCase()
  return isSameHost && one.port === other.port && one.database === other.database
}

/** Resolves which internal database is used: the first place that names one counts. Errors: `USAGE`. */
async function resolveInternalDb(
  flags: GlobalFlags,
  env: NodeJS.ProcessEnv,
  config: Config,
  files: FileLocations,
): Promise<ResolvedInternalDb> {
  const envFile = flags.envFile ?? config['env-file'] ?? null
  if (envFile !== null) {
    const { loadComposeParser } = await import('../../databases/interface/compose.ts')
    await loadComposeParser()
  }
  const located = (location: string, source: string, named: boolean) =>
    atLocation(location, source, named, { env, envFile, isEnvFileNamed: true })
  if (flags.internalDb) return located(flags.internalDb, '--internal-db', true)
  const ofFlag = flags.envFile ? await inEnvFile(flags.envFile, true, env) : null
  if (ofFlag !== null) return ofFlag
  const configuredFile = config['env-file']
  // The configuration may name the internal database and, for its key alone, the same file.
  const keyFile = flags.envFile && !isSamePath(flags.envFile, configuredFile) ? flags.envFile : null
  // Another user may have set the environment: a variable does not show that the operator trusts that user's
  // file.
  const inherited = env.MATHESAR_INTERNAL_DB
  if (inherited) return forKeyFile(flags.envFile, await located(inherited, 'MATHESAR_INTERNAL_DB', false))
  const configured = config['internal-db']
  if (configured) return forKeyFile(keyFile, await located(configured, files.config ?? 'config.yaml', true))
  const ofConfig = configuredFile ? await inEnvFile(configuredFile, true, env) : null
  if (ofConfig !== null) return forKeyFile(keyFile, ofConfig)
  const ofMachine = files.mathesarEnvFile ? await inEnvFile(files.mathesarEnvFile, false, env) : null
  if (ofMachine !== null) return forKeyFile(envFile, ofMachine)
  return { location: files.internalDatabase, source: 'default', named: false, live: null }
}

/**
 * Returns an internal database for whose key an `.env` file is named that names no internal database itself.
 * Such a file may give the key of an SQLite file of one's own; beside the internal database of a Mathesar it
 * is that of another one, on whose databases the operator wants to work. Errors: `USAGE`.
 */
function forKeyFile(envFile: string | null | undefined, resolved: ResolvedInternalDb): ResolvedInternalDb {
  const { live, location, source } = resolved
  const isMathesars = live !== null || (location !== null && isDjangoFile(location))
  if (!envFile || !isMathesars) return resolved
  throw usageError(
    `The file ${envFile} names no internal database, and this run does not use that of another Mathesar in ` +
      `its place: ${location} (${source}).`,
    'Name the internal database of that file with --internal-db: the path of an SQLite file, or a URL. To ' +
      'work on the other Mathesar, do not name that file.',
    'env-file',
  )
}

function isSamePath(one: string, other: string | undefined): boolean {
  return other !== undefined && resolve(one) === resolve(other)
}

/** What a live Mathesar needs is loaded only where there is one. */
async function atLocation(
  location: string,
  source: string,
  named: boolean,
  context: LiveContext,
): Promise<ResolvedInternalDb> {
  const place = parseLocation(location)
  if (place.kind === 'sqlite') return { location, source, named, live: null }
  const { liveFromUrl } = await import('./live.ts')
  const live = liveFromUrl(place.url, source, context)
  return { location: live.location, source, named, live }
}

async function inEnvFile(
  path: string,
  named: boolean,
  env: NodeJS.ProcessEnv,
): Promise<ResolvedInternalDb | null> {
  const [{ liveFromEnvFile }, { loadComposeParser }] = await Promise.all([
    import('./live.ts'),
    import('../../databases/interface/compose.ts'),
  ])
  await loadComposeParser()
  const live = liveFromEnvFile(path, { env, envFile: path, isEnvFileNamed: named })
  if (live !== null) return { location: live.location, source: live.source, named, live }
  const file = djangoFileBeside(path)
  return file === null ? null : { location: resolve(file), source: `beside ${path}`, named, live: null }
}

/** A switch in the environment is on unless its value is empty, 0 or false. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value.toLowerCase() !== 'false'
}
