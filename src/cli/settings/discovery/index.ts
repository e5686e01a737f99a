import { existsSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  type ComposeProject,
  composeFilesOf,
  findComposeProject,
  readComposeProject,
} from '../../../databases/interface/compose.ts'
import { uriWithoutPassword } from '../../../databases/interface/connection-settings.ts'
import { readEnvFile } from '../../../databases/interface/secret-key.ts'
import { nameInternal } from '../../../databases/live/variables.ts'
import { OperatorError } from '../../../errors.ts'
import { examinePath } from '../../../files/examine.ts'
import { userName } from '../../../files/owners.ts'
import { djangoFileIn, hasMathesarTables } from '../django-file.ts'
import { composeDetails } from './compose.ts'
import type { FoundMathesar } from './types.ts'

/** Where the .deb of Mathesar puts its settings, and its documentation the whole installation. */
export const SYSTEM_DIRECTORY = '/etc/mathesar'

/** The names of `.env` files: the usual one, and that of the .deb of Mathesar. */
const ENV_FILES = ['.env', 'mathesar.env'] as const

/** Where to look for Mathesars. */
export interface DiscoveryPlaces {
  /** Directories, in the order in which what they have is listed. */
  directories: readonly string[]
  env: NodeJS.ProcessEnv
}

/**
 * Finds the Mathesars of this machine: in directories (an `.env` file, an installation, a Compose project)
 * and in the environment. Reads only their files, and raises nothing: what can't be used has a `problem`.
 */
export function findMathesars({ directories, env }: DiscoveryPlaces): FoundMathesar[] {
  const distinct = new Map(directories.map((directory) => [realPath(directory), directory]))
  return [...[...distinct.values()].flatMap(inDirectory), ...inEnvironment(env)]
}

function inDirectory(directory: string): FoundMathesar[] {
  // Nothing may ever write to a pipe, which reading would wait for.
  const files = ENV_FILES.map((name) => join(directory, name)).filter((path) => isFile(path))
  const project = inComposeProject(directory, files[0] ?? null)
  if (project !== null) return [project]
  const isInstallation = existsSync(join(directory, 'bin', 'mathesar'))
  const found = files.flatMap((file) => inEnvFile(file, isInstallation))
  return found.length > 0 ? found : inDjangoFile(directory, files[0] ?? null, isInstallation)
}

/** Finds a Mathesar 0.1.4 to 0.1.7 whose internal database is an SQLite file in its directory. */
function inDjangoFile(directory: string, envFile: string | null, isInstallation: boolean): FoundMathesar[] {
  const path = djangoFileIn(directory)
  if (path === null || !hasMathesarTables(path)) return []
  const ofEnvFile = isInstallation ? 'installation' : 'env-file'
  return [
    {
      kind: envFile === null ? 'sqlite-file' : ofEnvFile,
      file: envFile ?? path,
      service: null,
      flags: envFile === null ? { internalDb: path } : { envFile },
      hiddenHost: null,
      owner: ownerOf(envFile === null ? [path] : [envFile, path]),
      problem: null,
    },
  ]
}

function inComposeProject(directory: string, envFile: string | null): FoundMathesar | null {
  const path = envFile ?? composeFilesOf(directory, {})[0]
  if (path === undefined) return null
  try {
    const project = findComposeProject(path)
    return project === null ? null : inProject(project, envFile)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return envFile === null ? null : unreadable(directory, envFile, error)
  }
}

function inProject(project: ComposeProject, envFile: string | null): FoundMathesar {
  const { flags, ...details } = composeDetails(project)
  return {
    kind: 'compose',
    file: project.file,
    service: project.service,
    flags: { envFile: envFile ?? project.file, ...flags },
    owner: ownerOf(envFile === null ? [project.file] : [project.file, envFile]),
    ...details,
  }
}

/** Returns the project of a Mathesar whose `.env` file can't be read; `null` if it is no Mathesar's. */
function unreadable(
  directory: string,
  envFile: string,
  { message, hint }: OperatorError,
): FoundMathesar | null {
  try {
    const project = readComposeProject(composeFilesOf(directory, {}), {}, { named: true })
    if (project === null) return null
    return { ...inProject(project, envFile), problem: { kind: 'settings', message, hint } }
  } catch (error) {
    // A Compose file that can't be read may be that of any program.
    if (error instanceof OperatorError) return null
    throw error
  }
}

/**
 * Returns what a Compose project adds to its `.env` file, or to the Compose file, that a flag names: the
 * address at which this machine reaches its database.
 */
export function detailsOfProject(envFile: string): Pick<FoundMathesar, 'flags' | 'hiddenHost'> {
  const project = findComposeProject(envFile)
  return project === null ? { flags: {}, hiddenHost: null } : composeDetails(project)
}

function inEnvFile(file: string, isInstallation: boolean): FoundMathesar[] {
  const found: FoundMathesar = {
    kind: isInstallation ? 'installation' : 'env-file',
    file,
    service: null,
    flags: { envFile: file },
    hiddenHost: null,
    owner: ownerOf([file]),
    problem: null,
  }
  try {
    return namesInternalDatabase(readEnvFile(file)) ? [found] : []
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    // An `.env` file of no known program is nothing to report.
    const { message, hint } = error
    return isInstallation || file.startsWith(`${SYSTEM_DIRECTORY}/`)
      ? [{ ...found, problem: { kind: 'settings', message, hint } }]
      : []
  }
}

function namesInternalDatabase(variables: Readonly<Record<string, string>>): boolean {
  return nameInternal(variables) || /^postgres/i.test(variables.DJANGO_DATABASE_URL ?? '')
}

function inEnvironment(env: NodeJS.ProcessEnv): FoundMathesar[] {
  const { POSTGRES_DB: database, POSTGRES_USER: user, POSTGRES_HOST: host, POSTGRES_PORT: port } = env
  if (!(database && user && host)) return []
  const url = uriWithoutPassword([
    ['user', user],
    ['host', host],
    ['dbname', database],
    ...(port ? ([['port', port]] as const) : []),
  ])
  return [
    {
      kind: 'environment',
      file: null,
      service: null,
      flags: { internalDb: url },
      hiddenHost: null,
      owner: null,
      problem: null,
    },
  ]
}

/** Returns another user to whom one of the files belongs, or who could replace it; `null` if none does. */
function ownerOf(files: readonly string[]): string | null {
  for (const file of files) {
    const { problem } = examinePath(file, { named: false })
    if (problem?.kind === 'foreign') return userName(problem.uid)
  }
  return null
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
