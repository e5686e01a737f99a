import { randomUUID } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { examinePath } from '../../files/examine.ts'
import { fileReason, systemErrorCode } from '../../files/file-reason.ts'
import { makeDirectoryOf } from '../../files/private-directory.ts'
import { readTrustedFile } from '../../files/read-file.ts'
import { syncDirectory } from '../../files/sync-directory.ts'
import { UntrustedFileError, untrustedReason } from '../../files/untrusted.ts'
import { type ConfigChanges, changeConfig } from './config-text.ts'

/** What became of the configuration file. `failed`: the reason ends a sentence. */
export type ConfigOutcome =
  | { status: 'written' | 'unchanged' }
  /** The reason ends a sentence. */
  | { status: 'failed'; reason: string }

const TRUST = { named: false }

/**
 * Changes keys of a configuration file, and nothing else in it. The file is replaced at once, and only if
 * something changes. It then has mode 0600, in a directory of mode 0700 if that is new; the file of the whole
 * machine keeps its owner and its mode.
 *
 * `readConfig` has read the file before, so that it is valid.
 */
export function writeConfig(
  path: string,
  changes: ConfigChanges,
  { isSystemWide = false } = {},
): ConfigOutcome {
  try {
    const before = existsSync(path) ? readTrustedFile(path, TRUST) : null
    const text = before?.bytes.toString('utf8') ?? ''
    const changed = changeConfig(text, changes)
    if (changed === text) return { status: 'unchanged' }
    makeDirectoryOf(path, TRUST)
    // A symbolic link stays, for instance one into a directory of dotfiles.
    const target = before?.realPath ?? examinePath(resolve(path), TRUST).realPath
    replaceFile(target, changed, isSystemWide ? (before?.stats ?? null) : null)
    return { status: 'written' }
  } catch (error) {
    if (error instanceof UntrustedFileError) {
      return { status: 'failed', reason: untrustedReason(error.problem) }
    }
    if (systemErrorCode(error) === null) throw error
    return { status: 'failed', reason: fileReason(error) }
  }
}

/** @param kept whose owner and mode the file has; by default it is private */
function replaceFile(path: string, text: string, kept: Stats | null): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    const file = openSync(temporary, 'wx', 0o600)
    try {
      if (kept !== null) fchownSync(file, kept.uid, kept.gid)
      fchmodSync(file, kept === null ? 0o600 : kept.mode & 0o777)
      writeFileSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } finally {
    rmSync(temporary, { force: true })
  }
  syncDirectory(dirname(path))
}
