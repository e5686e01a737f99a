import { trimSpace } from '../ascii-space.ts'
import { usageError } from '../errors.ts'
import { readableAdvice } from '../files/container-advice.ts'
import { CONVERT_HINT, decodeText } from '../files/decode-text.ts'
import { fileReason, systemErrorCode } from '../files/file-reason.ts'
import { isMountedSecret } from '../files/mounts.ts'
import { readTrustedFile } from '../files/read-file.ts'
import { UntrustedFileError, untrustedError } from '../files/untrusted.ts'
import { shellQuoted, toRun } from '../hint.ts'

/** What came out of pipes, by path: a pipe can be read once, and several parts of a run need the file. */
const readPipes = new Map<string, Record<string, string>>()

export interface EnvFileOptions {
  /** A flag or the configuration named the file, so that it may belong to another user. Default: `true`. */
  isNamed?: boolean
  /** Receives warnings where the file contains secrets: a sentence, and what to do about it. */
  onWarning?: ((message: string, hint: string) => void) | undefined
}

/**
 * Reads a Mathesar `.env` file. Evaluates and expands nothing.
 *
 * Errors: `USAGE` (field `env-file`) if the file can't be read, if it is not UTF-8 (Mathesar stops there
 * too), or if anyone but its owner could have changed it.
 */
export function readEnvFile(
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
