import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { usageError } from '../../errors.ts'
import { accessAdvice } from '../../files/container-advice.ts'
import { CONVERT_HINT, decodeText } from '../../files/decode-text.ts'
import { fileReason } from '../../files/file-reason.ts'
import { readTrustedFile } from '../../files/read-file.ts'
import type { Trust } from '../../files/trust.ts'
import { UntrustedFileError, untrustedError } from '../../files/untrusted.ts'
import type { Variables } from './interpolate.ts'
import { composeParser } from './parser.ts'
import { type ComposeMathesar, findMathesarService } from './service.ts'

/** The names of Compose files in a directory, the one that Compose prefers first. */
const NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'] as const

/** The names of the files that change them, the one that Compose prefers first. */
const OVERRIDES = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
] as const

/** The Compose project of a Mathesar. */
export interface ComposeProject extends ComposeMathesar {
  /** The Compose file that names the service. */
  file: string
  /** That file, and those that change it. */
  files: readonly string[]
  directory: string
}

/** Returns whether a path is that of a Compose file, by its name. */
export function isComposeFile(path: string): boolean {
  return /\.ya?ml$/.test(path)
}

/**
 * Returns the Compose files that a project consists of: those that `COMPOSE_FILE` of its `.env` file names,
 * else the default one with its override; none if the directory has none.
 */
export function composeFilesOf(directory: string, variables: Variables): string[] {
  const named = (variables.COMPOSE_FILE ?? '').split(variables.COMPOSE_PATH_SEPARATOR || ':')
  const files = named.filter((name) => name !== '').map((name) => resolve(directory, name))
  if (files.length > 0) return files.filter((path) => existsSync(path))
  const main = NAMES.map((name) => resolve(directory, name)).find((path) => existsSync(path))
  return main === undefined ? [] : withOverride(main)
}

/**
 * Reads the Compose project of a Mathesar; `null` if the files have no service of Mathesar.
 *
 * Errors: `USAGE` (field `env-file`) for a Compose file that can't be read, that is no YAML, or that anyone
 * but its owner could have changed.
 *
 * @param files the Compose file, then those that change it
 * @param variables those of the project's `.env` file
 */
export function readComposeProject(
  files: readonly string[],
  variables: Variables,
  trust: Trust,
): ComposeProject | null {
  const [file] = files
  if (file === undefined) return null
  const texts = files.map((path) => readText(path, trust))
  const parse = composeParser()
  try {
    const mathesar = findMathesarService(texts, variables, parse)
    return mathesar === null ? null : { ...mathesar, file, files, directory: dirname(file) }
  } catch (error) {
    // The parser's message may quote a value, which may be a password.
    const line = (error as { linePos?: [{ line: number }] }).linePos?.[0].line
    throw usageError(
      `The Compose file ${file} is not YAML${line === undefined ? '' : ` (line ${line})`}.`,
      'Run "docker compose config" to see what is wrong with it.',
      'env-file',
    )
  }
}

/**
 * Returns a Compose file, and the file of changes that Compose reads beside it by itself: none beside a file
 * of another name than the default ones, which `-f` has to name.
 */
export function withOverride(main: string): string[] {
  if (!NAMES.some((name) => name === basename(main))) return [main]
  const override = OVERRIDES.map((name) => join(dirname(main), name)).find((path) => existsSync(path))
  return override === undefined ? [main] : [main, override]
}

function readText(path: string, trust: Trust): string {
  let bytes: Buffer
  try {
    bytes = readTrustedFile(path, trust).bytes
  } catch (error) {
    if (error instanceof UntrustedFileError) {
      throw untrustedError(error.problem, { code: 'USAGE', fileKind: 'Compose file', path, flag: 'env-file' })
    }
    throw usageError(
      `The Compose file ${path} can't be read: ${fileReason(error)}.`,
      accessAdvice(error, path) ??
        'Correct its permissions, or name the internal database with --internal-db.',
      'env-file',
    )
  }
  const { text, ...decoded } = decodeText(bytes)
  if (text !== null) return text
  const encoding = 'encoding' in decoded ? decoded.encoding : ''
  throw usageError(`The Compose file ${path} is not UTF-8: it is in ${encoding}.`, CONVERT_HINT, 'env-file')
}
