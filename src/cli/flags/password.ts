import { realpathSync, statSync } from 'node:fs'
import { usageError } from '../../errors.ts'
import { accessAdvice } from '../../files/container-advice.ts'
import { CONVERT_HINT, decodeText } from '../../files/decode-text.ts'
import { examinePath } from '../../files/examine.ts'
import { fileReason, systemErrorCode } from '../../files/file-reason.ts'
import { isMountedSecret } from '../../files/mounts.ts'
import { readTrustedFile } from '../../files/read-file.ts'
import { MOST_TEXT_BYTES, tooLongReason } from '../../files/read-limited.ts'
import { UntrustedFileError, untrustedError } from '../../files/untrusted.ts'
import { toRun } from '../../hint.ts'
import { shellWord } from '../shell-words.ts'
import type { Reporter } from '../terminal.ts'

/** Removes the line break at the end, which editors and echo add. */
export function stripLineBreak(text: string): string {
  return text.replace(/\r?\n$/, '')
}

/**
 * Reads all of standard input as UTF-8, at most a mebibyte. Errors: `USAGE` if it is a terminal, has more, or
 * is not UTF-8. `flag` is the flag that reads it.
 */
export async function readStdin(flag: string): Promise<string> {
  if (process.stdin.isTTY) {
    throw usageError(
      `${flag} reads from standard input, and that is a terminal.`,
      `Pipe the value in, as in: mathesarctl ... ${flag} < FILE`,
      flagField(flag),
    )
  }
  const chunks: Buffer[] = []
  let total = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    total += chunk.length
    if (total > MOST_TEXT_BYTES) {
      throw usageError(
        `${flag} can't use standard input: ${tooLongReason(MOST_TEXT_BYTES)}.`,
        `Pipe only the value in, as in: mathesarctl ... ${flag} < FILE`,
        flag.replace(/^--| -$/g, ''),
      )
    }
    chunks.push(chunk)
  }
  return decode(Buffer.concat(chunks), 'standard input', flag)
}

/**
 * Reads a password from standard input, without one line break at its end. Errors: `USAGE` for a terminal or
 * no input.
 */
export async function readPasswordFromStdin(): Promise<string> {
  const text = await readStdin('--password-stdin')
  return checkPassword(stripLineBreak(text), '--password-stdin', 'standard input')
}

/**
 * Reads a password from a file, without one line break at its end. Errors: `USAGE`.
 *
 * @param flag the flag that names the file, without dashes
 */
export function readPasswordFile(path: string, flag = 'password-file'): string {
  let bytes: Buffer
  try {
    bytes = readTrustedFile(path, { named: true }).bytes
  } catch (error) {
    if (error instanceof UntrustedFileError) {
      throw untrustedError(error.problem, {
        code: 'USAGE',
        fileKind: 'password file',
        path,
        flag,
      })
    }
    throw usageError(
      `The password file ${path} can't be read: ${fileReason(error)}.`,
      accessAdvice(error, path) ?? 'Check the path and its permissions.',
      flag,
    )
  }
  return checkPassword(stripLineBreak(decode(bytes, path, `--${flag}`)), `--${flag}`, path)
}

/** Errors: `USAGE` if the bytes are not UTF-8. */
function decode(bytes: Buffer, origin: string, flag: string): string {
  const decoded = decodeText(bytes)
  if (decoded.text !== null) return decoded.text
  throw usageError(
    `The text that ${flag} reads from ${origin} is not UTF-8: it is in ${decoded.encoding}.`,
    CONVERT_HINT,
    flagField(flag),
  )
}

/** Returns the name of a flag without its value: `--dsn -` is the flag `dsn`. */
function flagField(flag: string): string {
  return flag.replace(/^--/, '').replace(/ .*$/, '')
}

/** Warns if every user of this machine can read a file with a password. */
export function warnOfReadable(path: string, reporter: Pick<Reporter, 'warn'>): void {
  if (!isReadableByOthers(path)) return
  // The path of an open file leads another process to another file.
  const { isHandedOver } = examinePath(path, { named: true })
  reporter.warn(
    `Every user of this machine can read ${path}.`,
    isHandedOver ? 'Let only its owner read it.' : toRun('Run:', `chmod 600 ${shellWord(path)}`),
  )
}

/** Returns whether every user can read a file, and the file is no secret that a container mounts. */
function isReadableByOthers(path: string): boolean {
  try {
    const stats = statSync(path)
    return stats.isFile() && (stats.mode & 0o004) !== 0 && !isMountedSecret(realpathSync(path), stats)
  } catch (error) {
    // Reading the file fails for the same reason.
    if (systemErrorCode(error) === null) throw error
    return false
  }
}

function checkPassword(password: string, flag: string, origin: string): string {
  if (password === '') {
    throw usageError(
      `${flag} reads an empty password from ${origin}.`,
      'Leave the flag out if the role has no password.',
      flag.slice(2),
    )
  }
  if (password.includes('\0')) {
    throw usageError(
      `The password in ${origin} has a NUL character, which PostgreSQL does not allow.`,
      'Check the file.',
      flag.slice(2),
    )
  }
  return password
}
