import { X509Certificate } from 'node:crypto'
import { fileReason } from '../../files/file-reason.ts'
import { MOST_LIST_BYTES, readLimitedFile } from '../../files/read-limited.ts'
import { joinHints, shellQuoted, toRun } from '../../hint.ts'
import { ConnectionError } from '../errors.ts'
import { examineContents, type Wanted } from './contents.ts'
import { type PemBlock, pemBlocks } from './pem.ts'

/** A file with certificates, lists or a key, for messages. */
export interface NamedFile {
  path: string
  what: string
  /** The setting that names it; absent for a file at libpq's own place. */
  givenBy?: string
}

/**
 * Returns the objects of one kind in a PEM file. Errors: `TLS_FAILED` that says what the file contains
 * instead.
 */
export function readObjects(
  file: NamedFile,
  wanted: Wanted,
  isWanted: (block: PemBlock) => boolean,
): PemBlock[] {
  const bytes = read(file)
  const blocks = pemBlocks(bytes).filter(isWanted)
  if (blocks.length === 0) throw wrongContents(file, bytes, wanted)
  return blocks
}

/** Returns the certificates. Errors: `TLS_FAILED` if one of them can't be decoded. */
export function checkedCertificates(blocks: PemBlock[], file: NamedFile): PemBlock[] {
  for (const [index, { text }] of blocks.entries()) {
    try {
      new X509Certificate(text)
    } catch {
      throw damaged(file, 'certificate', index)
    }
  }
  return blocks
}

export function read({ path, what, givenBy }: NamedFile): Buffer {
  try {
    return readLimitedFile(path, { mostBytes: MOST_LIST_BYTES })
  } catch (error) {
    throw fileError(
      `The ${what} ${path} can't be read: ${fileReason(error)}.`,
      givenBy === undefined
        ? 'Correct the file or remove it.'
        : `Correct the path given by ${givenBy}, or make the file readable.`,
    )
  }
}

/** Returns the error for a file without what is wanted: it says what the file is, and how to convert it. */
export function wrongContents(
  { path, what, givenBy }: NamedFile,
  bytes: Buffer,
  wanted: Wanted,
): ConnectionError {
  const { description, conversion } = examineContents(bytes, wanted)
  const result = `${path}.pem`
  return fileError(
    `The ${what} ${path} has no ${wanted} in PEM format: it is ${description}.`,
    conversion
      ? joinHints(
          toRun('Run:', conversion(shellQuoted(path), shellQuoted(result))),
          `Then ${givenBy === undefined ? `move ${result} to ${path}` : `pass ${result} as ${givenBy}`}.`,
        )
      : givenBy === undefined
        ? 'Replace the file or remove it.'
        : `Pass a file with a ${wanted} as ${givenBy}; it contains the line "-----BEGIN".`,
  )
}

/** @param index the place of the damaged object among its like, from 0 */
export function damaged({ path, what, givenBy }: NamedFile, noun: string, index: number): ConnectionError {
  return fileError(
    `The ${what} ${path} is damaged: its ${index === 0 ? noun : `${noun} no. ${index + 1}`} can't be decoded.`,
    givenBy === undefined ? 'Replace the file or remove it.' : `Pass an undamaged copy as ${givenBy}.`,
  )
}

/** Nothing is wrong with the server, so that connecting without TLS is no answer. */
export function fileError(message: string, hint: string): ConnectionError {
  return new ConnectionError('TLS_FAILED', message, hint, { data: { reason: 'file' } })
}
