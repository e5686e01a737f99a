import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { OperatorError, usageError } from '../errors.ts'
import { isOfOneOwner } from '../files/owners.ts'
import type { Trust } from '../files/trust.ts'
import {
  type ComposeProject,
  composeFilesOf,
  isComposeFile,
  readComposeProject,
  withOverride,
} from './compose/project.ts'
import { type EnvFileOptions, readEnvReadings } from './env-text.ts'

export type { EnvFileOptions } from './env-text.ts'

/** Where a variable of a Mathesar is set. */
export interface VariablePlace {
  /** An `.env` file, or a Compose file that has the value itself. */
  path: string
  /** Its name there, where a Compose file fills it in from a variable of another name. */
  variable?: string
}

/** The variables of a Mathesar, and the files that they come from. */
export interface EnvSettings {
  variables: Record<string, string>
  /** Returns where a variable is set; where none is, the place at which setting it gives it to Mathesar. */
  placeOf(name: string): VariablePlace
}

/**
 * Reads the variables of a Mathesar from its `.env` file. In the directory of a Compose project that runs a
 * Mathesar, they are those that Compose passes to it, with the defaults of the Compose file; `path` may be
 * that of the Compose file itself.
 *
 * Errors: `USAGE` (field `env-file`) if the file can't be read, if it is not UTF-8 (Mathesar stops there
 * too), or if anyone but its owner could have changed it; the same for a Compose file that was named.
 */
export function readEnvFile(path: string, options: EnvFileOptions = {}): Record<string, string> {
  return readEnvSettings(path, options).variables
}

/** Reads the variables as `readEnvFile` does, with the places that give them. Errors: as `readEnvFile`. */
export function readEnvSettings(path: string, options: EnvFileOptions = {}): EnvSettings {
  const project = findComposeProject(path, options)
  if (project === null) {
    return { variables: readVariables(path, options), placeOf: () => ({ path }) }
  }
  const named = project.envFiles.map((name) => resolve(project.directory, name))
  const files = named
    .filter((file) => existsSync(file))
    .map((file) => [file, readVariables(file, { ...options, reader: 'compose' })] as const)
  return {
    variables: Object.assign({}, ...files.map(([, variables]) => variables), project.environment),
    placeOf: (name) => {
      const origin = project.origins[name]
      // The last file that has a variable counts.
      const [file] = files.findLast(([, variables]) => name in variables) ?? []
      if (origin !== undefined && (name in project.environment || file === undefined)) {
        if (origin.kind === 'file') return { path: project.files[origin.index] ?? project.file }
        const place = { path: projectEnvFile(path) }
        return origin.name === name ? place : { ...place, variable: origin.name }
      }
      return { path: file ?? files.at(-1)?.[0] ?? project.file }
    },
  }
}

/** Returns the `.env` file of a Compose project: the named one, or that beside a Compose file. */
function projectEnvFile(path: string): string {
  return isComposeFile(path) ? join(dirname(path), '.env') : path
}

/**
 * Returns the Compose project that an `.env` file or a Compose file belongs to; `null` if it runs no
 * Mathesar, or if it is not the named file and can't be read. Errors: as `readEnvFile`.
 */
export function findComposeProject(path: string, options: EnvFileOptions = {}): ComposeProject | null {
  const isNamedItself = isComposeFile(path)
  const envFile = projectEnvFile(path)
  const hasVariables = !isNamedItself || existsSync(envFile)
  const variables = hasVariables ? readVariables(envFile, options) : {}
  const files = isNamedItself ? withOverride(path) : composeFilesOf(dirname(path), variables)
  const isTrusted = files.every((file) => file === path || isOfOneOwner(file, path))
  const trust: Trust = { named: (options.isNamed ?? true) && isTrusted }
  try {
    const project = readComposeProject(files, variables, trust)
    if (project === null && isNamedItself) throw noMathesar(path)
    return project
  } catch (error) {
    // A Compose file beside the file that was named may be that of any program.
    if (isNamedItself || !(error instanceof OperatorError)) throw error
    return null
  }
}

/**
 * Returns what Compose has to be told in the directory of a project so that it reads the files that `path`
 * stands for: the `.env` file (`null` for the one of that name there), and the Compose files (none if it
 * finds them by itself). Errors: as `readEnvFile`.
 */
export function composeArguments(
  path: string,
  { directory, files }: Pick<ComposeProject, 'directory' | 'files'>,
): { envFile: string | null; files: readonly string[] } {
  const envFile = projectEnvFile(path)
  const isUsual = resolve(envFile) === resolve(directory, '.env')
  const variables = isUsual && existsSync(envFile) ? readVariables(envFile, {}) : {}
  const found = composeFilesOf(resolve(directory), variables)
  const isFound = isDeepStrictEqual(
    found,
    files.map((file) => resolve(file)),
  )
  return { envFile: isUsual ? null : envFile, files: isFound ? [] : files }
}

function noMathesar(path: string): OperatorError {
  return usageError(
    `The Compose file ${path} has no service of Mathesar.`,
    'Name the .env file or the Compose file of a Mathesar with --env-file.',
    'env-file',
  )
}

/**
 * Returns what other programs read in an `.env` file, where they read it differently: the place of a file may
 * not show by which of them it is read. Errors: as `readEnvFile`.
 */
export function readEnvFileOtherwise(path: string, options: EnvFileOptions = {}): Record<string, string>[] {
  if (findComposeProject(path, options) !== null) return []
  return readEnvReadings(path, options).others.map((variables) => ({ ...variables }))
}

/** Reads an `.env` file as the program does that its place shows. Errors: as `readEnvFile`. */
function readVariables(path: string, options: EnvFileOptions): Record<string, string> {
  return { ...readEnvReadings(path, options).variables }
}
