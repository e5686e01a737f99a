import { existsSync } from 'node:fs'
import { usageError } from '../../errors.ts'
import { accessAdvice } from '../../files/container-advice.ts'
import { CONVERT_HINT, decodeText } from '../../files/decode-text.ts'
import { fileReason } from '../../files/file-reason.ts'
import { readTrustedFile } from '../../files/read-file.ts'
import { UntrustedFileError, untrustedError } from '../../files/untrusted.ts'
import type { Config } from './config-file.ts'

/**
 * Reads the configuration file; a missing one is empty. Errors: `USAGE` names the file and the wrong key, or
 * the user who could have changed the file.
 */
export async function readConfig(path: string | null): Promise<Config> {
  if (path === null || !existsSync(path)) return {}
  let bytes: Buffer
  try {
    bytes = readTrustedFile(path, { named: false }).bytes
  } catch (error) {
    if (error instanceof UntrustedFileError) {
      throw untrustedError(error.problem, { code: 'USAGE', fileKind: 'configuration file', path, flag: null })
    }
    throw usageError(
      `The configuration file ${path} can't be read: ${fileReason(error)}.`,
      accessAdvice(error, path) ?? 'Correct the file or its permissions, or remove it.',
    )
  }
  const decoded = decodeText(bytes)
  if (decoded.text === null) {
    throw usageError(
      `The configuration file ${path} is not UTF-8: it is in ${decoded.encoding}.`,
      CONVERT_HINT,
    )
  }
  // The parser is loaded only where a file exists: it takes long to load.
  const { parseConfig } = await import('./config-file.ts')
  return parseConfig(decoded.text, path)
}
