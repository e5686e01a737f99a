import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { OperatorError, usageError } from '../errors.ts'
import { endsWithContainer } from '../files/mounts.ts'
import { shellQuoted, toRun } from '../hint.ts'
import { type KeyFileOptions, readKeyFile, trustOf } from './key-file.ts'
import { createPrivateFile, existsNow, isSpecialFile, replacePrivateFile } from './private-file.ts'

/** What a new key is for. */
export interface KeyPurpose {
  /** Identifies the internal database. */
  internalDatabase: string
  /** How people know it: its path or URL. */
  location: string
  /** Its file; `null` for one on a server, which is expected to stay when a container is deleted. */
  file: string | null
}

/** The characters that every reader of a Mathesar's `.env` file reads alike, in quotes or not. */
const PLAIN = /^[A-Za-z0-9._~-]+$/

/** Returns whether every reader of a Mathesar's `.env` file reads a key alike. */
export function isPlainKey(key: string): boolean {
  return PLAIN.test(key)
}

/**
 * Refuses a key from a file that readers would read differently: the launcher of a Mathesar, its installer,
 * systemd and Compose. Errors: `USAGE` (field `new-secret-key-file`).
 */
export function requirePlainKey(key: string, path: string): void {
  if (isPlainKey(key)) return
  const isNewlineAll = PLAIN.test(key.replace(/\n+$/, ''))
  throw usageError(
    isNewlineAll
      ? `The new secret key file ${path} ends in a newline, which would be a part of the key.`
      : `The new key in ${path} has characters that not every reader of a key reads alike.`,
    isNewlineAll
      ? toRun(
          'Write the key into another file without a newline, and name that file. Run:',
          `(umask 077; printf %s "$(cat ${shellQuoted(path)})" > ${shellQuoted(`${path}.plain`)})`,
        )
      : 'Use letters, digits, dots, hyphens, tildes and underscores of ASCII alone, and no newline. ' +
          '"mathesarctl secret-key generate --out PATH" writes such a key.',
    'new-secret-key-file',
  )
}

/**
 * Refuses a file that would end with the container that this process runs in while the internal database
 * stays: with the new key, every credential would be lost. Errors: `USAGE` (field `new-secret-key-file`).
 */
export function requireLasting(path: string, { location, file }: KeyPurpose): void {
  if (!endsWithContainer(path) || (file !== null && endsWithContainer(resolve(file)))) return
  throw usageError(
    `The secret key file ${path} would be deleted with this container, while the internal database ` +
      `${location} stays.`,
    'Name a file on a volume with --new-secret-key-file: the new key and a copy of the old one are written there.',
    'new-secret-key-file',
  )
}

const RECORD_SUFFIX = '.for'

/** Returns the path of what is recorded beside a new key file. */
export function recordPath(newKeyFile: string): string {
  return `${newKeyFile}${RECORD_SUFFIX}`
}

/** What is recorded beside a new key file. */
export interface RotationRecord {
  /** The internal database that the key is for. */
  internalDatabase: string
  /** The fingerprint of the new key; `null` if it is not recorded. */
  key: string | null
  /** The fingerprint of the key that the rotation began with; `null` if it is not recorded. */
  from: string | null
  /** The fingerprints of the keys that had encrypted what was stored when it began. */
  old: readonly string[]
  /**
   * When it began by the clock of the server of the internal database, ISO 8601 in UTC; `null` if that is not
   * recorded.
   */
  begun: string | null
  /** The process numbers that the server had for the sessions of Mathesar then. */
  sessions: readonly number[]
}

/** Returns what a record has instead of a key, which lies beside it in a file of the same mode. */
export function fingerprint(key: string): string {
  return createHash('sha256').update('mathesarctl rotation\0').update(key).digest('base64url')
}

/**
 * Returns what is recorded beside a new key file; `null` if nothing is. Errors: those of `readKeyFile`.
 */
export function readRecord(newKeyFile: string, options: KeyFileOptions): RotationRecord | null {
  const record = readJsonFile(recordPath(newKeyFile), options)
  if (record === null || record.internalDatabase === undefined) return null
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  const from = text(record.from)
  const old = Array.isArray(record.old) ? record.old.filter((one) => typeof one === 'string') : null
  return {
    internalDatabase: String(record.internalDatabase),
    key: text(record.key),
    from,
    old: old ?? (from === null ? [] : [from]),
    begun: text(record.begun),
    sessions: Array.isArray(record.sessions) ? record.sessions.filter((one) => typeof one === 'number') : [],
  }
}

/**
 * Returns what is recorded in the same directory about other new key files. Records that can't be used are
 * left out.
 */
export function otherRecords(newKeyFile: string, options: KeyFileOptions): RotationRecord[] {
  const directory = dirname(newKeyFile)
  return recordNames(directory).flatMap((name) => {
    const path = join(directory, name.slice(0, -RECORD_SUFFIX.length))
    if (path === newKeyFile) return []
    try {
      return readRecord(path, { ...options, onWarning: undefined }) ?? []
    } catch (error) {
      if (error instanceof OperatorError) return []
      throw error
    }
  })
}

function recordNames(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(RECORD_SUFFIX))
  } catch {
    return []
  }
}

/**
 * Returns the object in a file of this program; `null` if there is none. Errors: those of `readKeyFile`.
 */
export function readJsonFile(path: string, options: KeyFileOptions): Record<string, unknown> | null {
  if (!existsNow(path)) return null
  if (isSpecialFile(path)) {
    throw usageError(
      `The file ${path}, which mathesarctl writes for a rotation, is not a regular file.`,
      'Delete or rename it, then run the same command again.',
      'new-secret-key-file',
    )
  }
  try {
    const value: unknown = JSON.parse(readKeyFile(path, options).key)
    return value !== null && typeof value === 'object' ? { ...value } : null
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return null
  }
}

/** Writes a record beside a new key file. Errors: those of the system. */
export function writeRecord(newKeyFile: string, record: RotationRecord, options: KeyFileOptions): void {
  const path = recordPath(newKeyFile)
  const text = `${JSON.stringify(record)}\n`
  if (!createPrivateFile(path, text, trustOf(options))) replacePrivateFile(path, text)
}

/**
 * Returns when the rotation to the key of a file began, in milliseconds; `null` if nothing shows that.
 * Without a recorded time it is that of a file, by another clock than that of the server.
 */
export function beginningOf(newKeyFile: string, record: RotationRecord | null): number | null {
  const recorded = Date.parse(record?.begun ?? '')
  if (!Number.isNaN(recorded)) return recorded
  const times = [recordPath(newKeyFile), newKeyFile].map(modifiedAt)
  return times.find((time) => time > 0) ?? null
}

/** Returns when a file was changed last, in milliseconds; 0 if there is none. */
export function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** Returns the error for a new key file that is another internal database's. */
export function foreignPurpose(path: string, location: string): OperatorError {
  return usageError(
    `The new secret key file ${path} is not for the internal database ${location}: it was created for another ` +
      'one, and opens nothing here.',
    'Name another file with --new-secret-key-file, so that each internal database gets a key of its own.',
    'new-secret-key-file',
  )
}

/** Returns the error for a new key file of which nothing shows for what its key is. */
export function unknownPurpose(path: string, location: string): OperatorError {
  return usageError(
    `The new secret key file ${path} has a key that opens nothing in the internal database ${location}, ` +
      'and nothing records that it was created for it: it may be the key of another one.',
    `If it is a new key of yours, pass --new-secret-key-file ${shellQuoted(path)}. Otherwise name another ` +
      'file with that flag, so that each internal database gets a key of its own.',
    'new-secret-key-file',
  )
}

/** Returns the error for a file that appeared while this run was about to create it. */
export function createdMeanwhile(path: string): OperatorError {
  return usageError(
    `Another process created the new secret key file ${path} just now. Nothing was changed.`,
    `Check what is in ${dirname(path)}, then run the same command again, or name another file with ` +
      '--new-secret-key-file.',
    'new-secret-key-file',
  )
}
