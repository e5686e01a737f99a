import { basename, dirname } from 'node:path'
import { OperatorError, usageError } from '../errors.ts'
import { readableAdvice } from '../files/container-advice.ts'
import { CONVERT_HINT, decodeText } from '../files/decode-text.ts'
import { fileReason, systemErrorCode } from '../files/file-reason.ts'
import { isMountedSecret, volumeOf } from '../files/mounts.ts'
import { HAS_OWNERS } from '../files/owners.ts'
import { type ReadFile, readTrustedFile } from '../files/read-file.ts'
import type { Trust } from '../files/trust.ts'
import { UntrustedFileError, untrustedError } from '../files/untrusted.ts'
import { shellQuoted, toRun } from '../hint.ts'

/** The text of a secret key file. */
export interface KeyFile {
  key: string
  /** The file ends in a newline, which is a part of the key: often the reason why a key does not fit. */
  hasFinalNewline: boolean
  /** Mathesar itself created the file, as the caller or the names in its path state. */
  isMathesars: boolean
}

export interface KeyFileOptions {
  /** Whose file it may be; by default the path counts as named. */
  trust?: Trust | undefined
  /** Mathesar itself created the file, readable by everybody. By default the names in its path show that. */
  isMathesars?: boolean | undefined
  /** Receives warnings: a sentence, and what to do about it. */
  onWarning?: ((message: string, hint: string) => void) | undefined
  /** The flag that names such a file; by default the one of the key in use. */
  flag?: KeyFileFlag | undefined
  /** The key is that of a live Mathesar: this program creates none for it. */
  isOfLive?: boolean | undefined
}

/** Of a new key, no file of another user is ever accepted. */
export type KeyFileFlag = 'secret-key-file' | 'from-secret-key-file' | 'new-secret-key-file'

/** Returns the trust that the options ask for. */
export function trustOf({ trust = { named: true } }: KeyFileOptions): Trust {
  return trust
}

/**
 * Reads a secret key file as Mathesar reads its own: whole, untrimmed, with CR LF as LF.
 *
 * Errors: `SECRET_KEY_MISSING` if it can't be read, is empty or is not text; `USAGE` if anyone but its owner
 * may read or change it, or if it belongs to another user and was not named. A file that belongs to root may
 * be readable by its group: this is how packages let the user of a service read it. Mathesar's own file and a
 * secret that a container mounts may be readable by everybody.
 */
export function readKeyFile(path: string, options: KeyFileOptions = {}): KeyFile {
  const { flag = 'secret-key-file' } = options
  const file = readPrivate(path, options)
  const key = decode(path, file.bytes, flag)
  const { isMathesars = isMathesarsOwn(file.realPath) } = options
  if (key === '') {
    throw unusable(
      flag,
      `The secret key file ${path} is empty.`,
      emptyHint(flag, isMathesars || options.isOfLive === true),
    )
  }
  return { key, hasFinalNewline: key.endsWith('\n'), isMathesars }
}

/** Returns the error for a secret key file that another user could have changed. */
export function untrustedKeyFile(
  { problem }: UntrustedFileError,
  path: string,
  flag: KeyFileFlag = 'secret-key-file',
): OperatorError {
  if (problem.kind === 'writable' && problem.part === 'file')
    return openToOthers({ path, mode: problem.mode }, flag)
  const isNew = flag === 'new-secret-key-file'
  const file = { fileKind: isNew ? 'new secret key file' : 'secret key file', path } as const
  // Its hint advises to name another user's file, which is never right for a new key.
  const error = untrustedError(problem, { code: 'USAGE', ...file, flag: isNew ? null : flag })
  return isNew ? error.with({ field: flag }) : error
}

function emptyHint(flag: KeyFileFlag, isOfMathesar: boolean): string {
  if (flag === 'from-secret-key-file')
    return 'Write the key of the source into it, or name another file with --from-secret-key-file.'
  return isOfMathesar
    ? 'Write the SECRET_KEY of this Mathesar into it.'
    : 'Write the key of the internal database into it, or delete it and run "mathesarctl setup".'
}

function unreadableHint(flag: KeyFileFlag, isOfLive: boolean): string {
  if (flag === 'from-secret-key-file')
    return 'Name the file with the key of the source with --from-secret-key-file.'
  return isOfLive
    ? 'Name the file with the SECRET_KEY of this Mathesar with --secret-key-file.'
    : 'Name the right file with --secret-key-file, or run "mathesarctl setup" to create a secret key.'
}

/** Returns the error for a file that has no usable key. One for a new key is not the key that is missing. */
function unusable(flag: KeyFileFlag, message: string, hint: string, cause?: unknown): OperatorError {
  if (flag !== 'new-secret-key-file') {
    return new OperatorError('SECRET_KEY_MISSING', message, hint, { field: flag, cause })
  }
  return usageError(
    message,
    'Name another file with --new-secret-key-file: one that does not exist yet, or one with a key of yours.',
    flag,
  )
}

function readPrivate(path: string, options: KeyFileOptions): ReadFile {
  try {
    const file = readTrustedFile(path, trustOf(options))
    checkReaders(path, file, options)
    return file
  } catch (error) {
    if (error instanceof OperatorError) throw error
    if (error instanceof UntrustedFileError) throw untrustedKeyFile(error, path, options.flag)
    throw unusable(
      options.flag ?? 'secret-key-file',
      `The secret key file ${path} can't be read: ${fileReason(error)}.`,
      (systemErrorCode(error) === 'EACCES' ? readableAdvice(path) : null) ??
        unreadableHint(options.flag ?? 'secret-key-file', options.isOfLive === true),
      error,
    )
  }
}

function checkReaders(
  path: string,
  { stats, realPath, isHandedOver }: ReadFile,
  { isMathesars = isMathesarsOwn(realPath), onWarning, flag }: KeyFileOptions,
): void {
  if (HAS_OWNERS && !stats.isFile() && !stats.isFIFO()) {
    // Nobody else reads what such a file gives: standard input may be a terminal.
    if (isHandedOver) return
    throw noRegularFile(path, flag)
  }
  const { mode, uid } = stats
  const open = mode & 0o077
  if (open === 0 || (uid === 0 && open === 0o040) || process.platform === 'win32') return
  if (isMountedSecret(realPath, stats)) return
  if (isMathesars && (mode & 0o022) === 0) {
    onWarning?.(
      `Other users can read the secret key file ${path} (mode ${digits(mode)}), as Mathesar created it.`,
      volumeOf(path) === null
        ? toRun('Mathesar itself reads it as its owner. Run:', `chmod 600 ${shellQuoted(path)}`)
        : 'Mount it read-only.',
    )
    return
  }
  throw openToOthers({ path, mode, isHandedOver }, flag)
}

/**
 * Mathesar writes its key with mode 0644, below the directory of the application, where a Compose project
 * mounts `msar/secrets`.
 */
function isMathesarsOwn(path: string): boolean {
  if (basename(path) !== 'secret_key.txt') return false
  const directory = dirname(path)
  const isMounted = basename(directory) === 'secrets' && basename(dirname(directory)) === 'msar'
  return isMounted || basename(directory) === '.secrets'
}

/** Permissions of a device are those that every program of the machine relies on: no hint changes them. */
function noRegularFile(path: string, flag: KeyFileFlag = 'secret-key-file'): OperatorError {
  return unusable(
    flag,
    `The secret key file ${path} is not a regular file.`,
    `Name the right file with --${flag}: it contains the SECRET_KEY of Mathesar and nothing else.`,
  )
}

function openToOthers(
  { path, mode, isHandedOver = false }: { path: string; mode: number; isHandedOver?: boolean },
  flag: KeyFileFlag = 'secret-key-file',
): OperatorError {
  return usageError(
    `The secret key file ${path} is open to other users (mode ${digits(mode)}).`,
    isHandedOver
      ? 'Let only its owner read it.'
      : volumeOf(path) === null
        ? toRun('Let only its owner read it. Run:', `chmod 600 ${shellQuoted(path)}`)
        : 'Mount it read-only, or so that only its owner can read and write it.',
    flag,
  )
}

function digits(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}

function decode(path: string, bytes: Buffer, flag: KeyFileFlag): string {
  const decoded = decodeText(bytes)
  if (decoded.text !== null) return decoded.text.replaceAll('\r\n', '\n')
  throw unusable(
    flag,
    `The secret key file ${path} does not contain UTF-8 text: it is in ${decoded.encoding}.`,
    `Name the right file with --${flag}: it contains the SECRET_KEY of Mathesar and nothing else. ${CONVERT_HINT}`,
  )
}
