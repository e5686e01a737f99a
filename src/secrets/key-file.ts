import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { OperatorError, usageError } from '../errors.ts'
import { fileReason } from './file-reason.ts'

/** The text of a secret key file. */
export interface KeyFile {
  key: string
  /** The file ends in a newline, which is a part of the key: a frequent reason for a key that does not fit. */
  endsWithNewline: boolean
}

/**
 * Reads a secret key file as Mathesar reads its own: whole, untrimmed, with CR LF as LF.
 *
 * Errors: `SECRET_KEY_MISSING` if it can't be read, is empty or is no text; `USAGE` if others than its owner may
 * read or change it. A file of root's may be readable by its group: so packages let a service's user read it.
 */
export function readKeyFile(path: string): KeyFile {
  const key = decode(path, readPrivate(path))
  if (key === '') {
    throw new OperatorError(
      'SECRET_KEY_MISSING',
      `The secret key file ${path} is empty.`,
      'Put the SECRET_KEY of this Mathesar into it, or delete it and run "mathesarctl setup" to make a new one.',
    )
  }
  return { key, endsWithNewline: key.endsWith('\n') }
}

function readPrivate(path: string): Buffer {
  let file: number | null = null
  try {
    file = openSync(path, 'r')
    // The mode of the very file that is read: a path could be another file a moment later.
    const { mode, uid } = fstatSync(file)
    refuseOpenMode(path, mode, uid)
    return readFileSync(file)
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw new OperatorError(
      'SECRET_KEY_MISSING',
      `The secret key file ${path} can't be read: ${fileReason(error)}.`,
      'Name the right file with --secret-key-file, or run "mathesarctl setup" to make a secret key.',
      { cause: error },
    )
  } finally {
    if (file !== null) closeSync(file)
  }
}

function refuseOpenMode(path: string, mode: number, uid: number): void {
  const open = mode & 0o077
  if (open === 0 || (uid === 0 && open === 0o040) || process.platform === 'win32') return
  const digits = (mode & 0o777).toString(8).padStart(4, '0')
  throw usageError(
    `The secret key file ${path} is open to other users (mode ${digits}).`,
    `Run \`chmod 600 ${path}\`, so that its owner alone can read it.`,
    'secret-key-file',
  )
}

function decode(path: string, bytes: Buffer): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.replaceAll('\r\n', '\n')
  } catch {
    // Without the decoder's error, which is of no use, and could show what it stumbled over.
    throw new OperatorError(
      'SECRET_KEY_MISSING',
      `The secret key file ${path} does not hold UTF-8 text.`,
      'Name the right file with --secret-key-file: it holds the SECRET_KEY of Mathesar and nothing else.',
    )
  }
}
