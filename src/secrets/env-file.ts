import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { trimSpace } from '../ascii-space.ts'
import { OperatorError, usageError } from '../errors.ts'
import { readableAdvice } from '../files/container-advice.ts'
import { CONVERT_HINT, decodeText } from '../files/decode-text.ts'
import { fileReason, systemErrorCode } from '../files/file-reason.ts'
import { isMountedSecret } from '../files/mounts.ts'
import { readTrustedFile } from '../files/read-file.ts'
import type { Trust } from '../files/trust.ts'
import { UntrustedFileError, untrustedError } from '../files/untrusted.ts'
import { shellQuoted, toRun } from '../hint.ts'
import {
  type ComposeProject,
  composeFilesOf,
  isComposeFile,
  readComposeProject,
  withOverride,
} from './compose/project.ts'

/** What came out of pipes, by path: a pipe can be read once, and several parts of a run need the file. */
const readPipes = new Map<string, Record<string, string>>()

export interface EnvFileOptions {
  /** A flag or the configuration named the file, so that it may belong to another user. Default: `true`. */
  isNamed?: boolean
  /** Receives warnings where the file contains secrets: a sentence, and what to do about it. */
  onWarning?: ((message: string, hint: string) => void) | undefined
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
  const project = findComposeProject(path, options)
  if (project === null) return readVariables(path, options)
  const files = project.envFiles.map((name) => resolve(project.directory, name))
  const inFiles = files.filter((file) => existsSync(file)).map((file) => readVariables(file, options))
  return Object.assign({}, ...inFiles, project.environment)
}

/**
 * Returns the Compose project that an `.env` file or a Compose file belongs to; `null` if it runs no
 * Mathesar, or if it is not the named file and can't be read. Errors: as `readEnvFile`.
 */
export function findComposeProject(path: string, options: EnvFileOptions = {}): ComposeProject | null {
  const isNamedItself = isComposeFile(path)
  const envFile = isNamedItself ? join(dirname(path), '.env') : path
  const hasVariables = !isNamedItself || existsSync(envFile)
  const variables = hasVariables ? readVariables(envFile, options) : {}
  const trust: Trust = { named: options.isNamed ?? true }
  const files = isNamedItself ? withOverride(path) : composeFilesOf(dirname(path), variables)
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

function noMathesar(path: string): OperatorError {
  return usageError(
    `The Compose file ${path} has no service of Mathesar.`,
    'Name the .env file or the Compose file of a Mathesar with --env-file.',
    'env-file',
  )
}

/** Reads an `.env` file. Evaluates and expands nothing. Errors: as `readEnvFile`. */
function readVariables(
  path: string,
  { isNamed = true, onWarning }: EnvFileOptions = {},
): Record<string, string> {
  const known = readPipes.get(path)
  if (known) return known
  let content: Buffer
  let isPipe = false
  try {
    const { bytes, stats, realPath } = readTrustedFile(path, { named: isNamed })
    content = bytes
    isPipe = !stats.isFile()
    const isReadable = stats.isFile() && (stats.mode & 0o004) !== 0 && process.platform !== 'win32'
    if (isReadable && !isMountedSecret(realPath, stats)) {
      onWarning?.(
        `Every user of this machine can read the environment file ${path}, and the secrets in it.`,
        toRun('Run:', `chmod o-r ${shellQuoted(path)}`),
      )
    }
  } catch (error) {
    if (error instanceof UntrustedFileError) {
      throw untrustedError(error.problem, {
        code: 'USAGE',
        fileKind: 'environment file',
        path,
        flag: 'env-file',
      })
    }
    throw usageError(
      `The environment file ${path} can't be read: ${fileReason(error)}.`,
      (systemErrorCode(error) === 'EACCES' ? readableAdvice(path) : null) ??
        'Name the .env file of Mathesar with --env-file.',
      'env-file',
    )
  }
  const decoded = decodeText(content)
  if (decoded.text !== null) {
    const variables = parseEnv(decoded.text)
    if (isPipe) readPipes.set(path, variables)
    return variables
  }
  throw usageError(
    `The environment file ${path} is not UTF-8: it is in ${decoded.encoding}.`,
    CONVERT_HINT,
    'env-file',
  )
}

/**
 * Parses the text of an `.env` file by the rules of python-decouple 3.4, with which Mathesar reads it: it
 * trims lines and splits them at the first `=`; there are no escapes, no expansion and no comments after a
 * value; of several values the last one counts. It also accepts `export NAME=value`, as the shell launcher of
 * later releases does, and like that launcher trims only white space of ASCII.
 */
export function parseEnv(text: string): Record<string, string> {
  const entries: [string, string][] = []
  for (const line of text.split(/\r\n|\n|\r/)) {
    const trimmed = trimSpace(line)
    const split = trimmed.indexOf('=')
    if (trimmed.startsWith('#') || split === -1) continue
    const name = trimSpace(trimmed.slice(0, split)).replace(/^export[ \t]+/, '')
    entries.push([name, unquote(trimSpace(trimmed.slice(split + 1)))])
  }
  return Object.fromEntries(entries)
}

/**
 * Removes all quotes at both ends of a value that begins and ends with the same quote, as python-decouple
 * does.
 */
function unquote(value: string): string {
  const first = value.at(0)
  if (value.length < 2 || (first !== '"' && first !== "'") || value.at(-1) !== first) return value
  return value.replace(/^["']+/, '').replace(/["']+$/, '')
}
