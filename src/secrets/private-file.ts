import { randomUUID } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { systemErrorCode } from '../files/file-reason.ts'
import { isOwnOrRoot } from '../files/owners.ts'
import { makeDirectoryOf } from '../files/private-directory.ts'
import { syncDirectory } from '../files/sync-directory.ts'
import type { Trust } from '../files/trust.ts'

/** The name of a temporary file is that of the file, with a dot before it and this behind it. */
const TEMPORARY = /\.[0-9a-f-]{36}\.tmp$/

/**
 * Creates a file of mode 0600, and its directory with mode 0700 if it is missing. The file appears at once
 * and complete, and survives a power failure. Returns `false` if a file of that name exists: it stays as it
 * is.
 *
 * Errors: `UntrustedFileError` if another user could replace the file; those of the system.
 *
 * @param target absolute
 */
export function createPrivateFile(target: string, text: string, trust: Trust): boolean {
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) return false
  makeDirectoryOf(target, trust)
  const temporary = temporaryOf(target)
  try {
    writeDurably(temporary, text)
    // link() fails if the name exists, where rename() would replace the file.
    linkSync(temporary, target)
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST' || existsNow(target)) return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
  syncDirectory(dirname(target))
  return true
}

/**
 * Replaces the text of an existing file at once, so that every reader finds the old text or the new one. The
 * file keeps its mode, its owner and its group. A symbolic link stays, and the file that it names is
 * replaced. Returns `false` if `isReplaceable`, which is asked at the last moment with the path of the file
 * that would be replaced, returns that. Errors: those of the system.
 */
export function replacePrivateFile(
  path: string,
  text: string,
  isReplaceable: (target: string) => boolean = () => true,
): boolean {
  const target = realpathSync(path)
  const { mode, uid, gid } = statSync(target)
  const temporary = temporaryOf(target)
  try {
    writeDurably(temporary, text, { mode, uid, gid })
    if (!isReplaceable(target)) return false
    renameSync(temporary, target)
  } finally {
    rmSync(temporary, { force: true })
  }
  syncDirectory(dirname(target))
  return true
}

/**
 * Deletes the temporary files of runs that were killed while they wrote a file. The file exists by now, so
 * that no other run needs its temporary file any more.
 */
export function removeTemporaries(target: string): void {
  removeTemporariesOf(dirname(target), (name) => name === basename(target))
}

/**
 * Deletes the temporary files in a directory that runs left which were killed while they wrote files of
 * certain names, whether those files exist or not.
 */
export function removeTemporariesOf(directory: string, isTheirs: (name: string) => boolean): void {
  try {
    for (const name of readdirSync(directory)) {
      const suffix = TEMPORARY.exec(name)?.[0]
      if (suffix === undefined || !name.startsWith('.')) continue
      if (!isTheirs(name.slice(1, -suffix.length))) continue
      const path = join(directory, name)
      const stats = lstatSync(path, { throwIfNoEntry: false })
      if (stats?.isFile() && isOwnOrRoot(stats.uid)) rmSync(path, { force: true })
    }
  } catch (error) {
    // A directory that this process may not read or change has none of its files, or keeps them.
    if (systemErrorCode(error) === null) throw error
  }
}

/** Returns whether there is a file of that name; `false` where nobody may look. */
export function existsNow(target: string): boolean {
  try {
    return lstatSync(target, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

/** Returns whether a path leads to a directory, a named pipe or a device; `false` where nobody may look. */
export function isSpecialFile(path: string): boolean {
  try {
    return !statSync(path).isFile()
  } catch {
    return false
  }
}

function temporaryOf(target: string): string {
  return join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`)
}

function writeDurably(path: string, text: string, like?: { mode: number; uid: number; gid: number }): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    if (like) {
      // A directory may give its own group to new files.
      const { uid, gid } = fstatSync(file)
      if (uid !== like.uid || gid !== like.gid) fchownSync(file, like.uid, like.gid)
    }
    fchmodSync(file, like === undefined ? 0o600 : like.mode & 0o777)
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
