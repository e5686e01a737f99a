import { usageError } from '../errors.ts'
import { accessAdvice } from '../files/container-advice.ts'
import { CONVERT_HINT, decodeText } from '../files/decode-text.ts'
import { fileReason } from '../files/file-reason.ts'
import { isMountedSecret } from '../files/mounts.ts'
import { readTrustedFile } from '../files/read-file.ts'
import { UntrustedFileError, untrustedError } from '../files/untrusted.ts'
import { shellQuoted, toRun } from '../hint.ts'
import { listed } from '../listed.ts'
import { type EnvReadings, type ReaderName, readEnvText } from './readers/choose.ts'

/** What came out of pipes, by path: a pipe can be read once, and several parts of a run need the file. */
const readPipes = new Map<string, string>()

export interface EnvFileOptions {
  /** A flag or the configuration named the file, so that it may belong to another user. Default: `true`. */
  isNamed?: boolean
  /** The program that reads the file. By default its place shows that. */
  reader?: ReaderName
  /** The variables that the run uses: it warns where programs read one of them in different ways. */
  needed?: readonly string[]
  /** Receives warnings where the file contains secrets: a sentence, and what to do about it. */
  onWarning?: ((message: string, hint: string) => void) | undefined
}

/**
 * Reads a Mathesar `.env` file as each of the programs does that may read it. Evaluates nothing.
 *
 * Errors: `USAGE` (field `env-file`) if the file can't be read, if it is not UTF-8 (Mathesar stops there
 * too), or if anyone but its owner could have changed it.
 */
export function readEnvReadings(path: string, options: EnvFileOptions = {}): EnvReadings {
  const text = readText(path, options)
  const readings = readEnvText(text, path, options.reader)
  const ambiguous = (options.needed ?? []).filter(readings.isAmbiguous)
  if (ambiguous.length > 0) {
    const names = listed(ambiguous)
    options.onWarning?.(
      `Programs read ${names} in ${path} in different ways. This run reads the file as ${readings.readAs}.`,
      alikeHint(text),
    )
  }
  return readings
}

/** Returns how to write a file so that all programs read it alike. */
function alikeHint(text: string): string {
  if (text.includes('\r')) {
    return 'Let the lines of the file end in LF alone, for example with dos2unix: some programs take CR for a part of the value.'
  }
  const quotes =
    'put such a value between single quotes: where it contains neither a quote nor a backslash, all programs then read it alike.'
  return /^[ \t]*export[ \t]/m.test(text) ? `Leave out "export", and ${quotes}` : `P${quotes.slice(1)}`
}

function readText(path: string, { isNamed = true, onWarning }: EnvFileOptions): string {
  const known = readPipes.get(path)
  if (known !== undefined) return known
  let content: Buffer
  let isPipe = false
  try {
    const { bytes, stats, realPath, isHandedOver } = readTrustedFile(path, { named: isNamed })
    content = bytes
    isPipe = !stats.isFile()
    const isReadable = stats.isFile() && (stats.mode & 0o004) !== 0 && process.platform !== 'win32'
    if (isReadable && !isMountedSecret(realPath, stats)) {
      onWarning?.(
        `Every user of this machine can read the environment file ${path}, and the secrets in it.`,
        isHandedOver ? 'Let only its owner read it.' : toRun('Run:', `chmod o-r ${shellQuoted(path)}`),
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
      accessAdvice(error, path) ?? 'Name the .env file of Mathesar with --env-file.',
      'env-file',
    )
  }
  const decoded = decodeText(content)
  if (decoded.text !== null) {
    if (isPipe) readPipes.set(path, decoded.text)
    return decoded.text
  }
  throw usageError(
    `The environment file ${path} is not UTF-8: it is in ${decoded.encoding}.`,
    CONVERT_HINT,
    'env-file',
  )
}
