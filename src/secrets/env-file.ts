import { usageError } from '../errors.ts'
import { readTrustedFile } from '../files/read-file.ts'
import { UntrustedFileError, untrustedError } from '../files/untrusted.ts'
import { fileReason } from './file-reason.ts'

interface EnvFileOptions {
  /** Receives what deserves a warning where the file holds secrets: a sentence, and what to do. */
  onWarning?: ((message: string, hint: string) => void) | undefined
}

/**
 * Reads a Mathesar `.env` file, which counts as named: only a flag or a configuration file can name one.
 * Nothing is evaluated or expanded.
 *
 * Errors: `USAGE` (field `env-file`) if the file can't be read, or others than its owner could have changed
 * it.
 */
export function readEnvFile(path: string, { onWarning }: EnvFileOptions = {}): Record<string, string> {
  let text: string
  try {
    const { bytes, stats } = readTrustedFile(path, { named: true })
    text = bytes.toString('utf8')
    if (stats.isFile() && (stats.mode & 0o004) !== 0 && process.platform !== 'win32') {
      onWarning?.(
        `Every user of this machine can read the environment file ${path}, and the secrets in it.`,
        `Run \`chmod o-r ${path}\`.`,
      )
    }
  } catch (error) {
    if (error instanceof UntrustedFileError) {
      throw untrustedError(error.problem, {
        code: 'USAGE',
        what: 'environment file',
        path,
        flag: 'env-file',
      })
    }
    throw usageError(
      `The environment file ${path} can't be read: ${fileReason(error)}.`,
      'Name the .env file of Mathesar with --env-file.',
      'env-file',
    )
  }
  return parseEnv(text)
}

/**
 * Parses the text of an `.env` file by the rules of python-decouple 3.4, with which Mathesar reads it:
 * trimmed lines, split at the first `=`, no escapes, no expansion, no comments after a value; the last of
 * several values counts. `export NAME=value` is taken too, as the shell launcher of later releases does.
 */
export function parseEnv(text: string): Record<string, string> {
  const entries: [string, string][] = []
  for (const line of text.split(/\r\n|\n|\r/)) {
    const trimmed = line.trim()
    const split = trimmed.indexOf('=')
    if (trimmed.startsWith('#') || split === -1) continue
    const name = trimmed
      .slice(0, split)
      .trim()
      .replace(/^export\s+/, '')
    entries.push([name, unquote(trimmed.slice(split + 1).trim())])
  }
  return Object.fromEntries(entries)
}

/**
 * Where a value begins and ends with the same quote, all quotes at both ends go: python-decouple's own rule.
 */
function unquote(value: string): string {
  const first = value.at(0)
  if (value.length < 2 || (first !== '"' && first !== "'") || value.at(-1) !== first) return value
  return value.replace(/^["']+/, '').replace(/["']+$/, '')
}
