import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { composeFilesOf, findComposeProject } from '../../../databases/interface/compose.ts'
import { uriWithoutPassword } from '../../../databases/interface/connection-settings.ts'
import { readEnvFile } from '../../../databases/interface/secret-key.ts'
import { nameInternal } from '../../../databases/live/variables.ts'
import { OperatorError } from '../../../errors.ts'
import { examinePath } from '../../../files/examine.ts'
import { userName } from '../../../files/owners.ts'
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
  const files = ENV_FILES.map((name) => join(directory, name)).filter((path) => existsSync(path))
  const project = inComposeProject(directory, files[0] ?? null)
  if (project !== null) return [project]
  const isInstallation = existsSync(join(directory, 'bin', 'mathesar'))
  return files.flatMap((file) => inEnvFile(file, isInstallation))
}

function inComposeProject(directory: string, envFile: string | null): FoundMathesar | null {
  try {
    const path = envFile ?? composeFilesOf(directory, {})[0]
    const project = path === undefined ? null : findComposeProject(path)
    if (project === null) return null
    const { flags, ...details } = composeDetails(project)
    return {
      kind: 'compose',
      file: project.file,
      service: project.service,
      flags: { envFile: envFile ?? project.file, ...flags },
      owner: ownerOf(envFile === null ? [project.file] : [project.file, envFile]),
      ...details,
    }
  } catch (error) {
    // A Compose file that can't be read may be that of any program.
    if (error instanceof OperatorError) return null
    throw error
  }
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
      ? [{ ...found, problem: { message, hint } }]
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

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
