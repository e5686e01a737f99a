import { randomUUID } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileReason, systemErrorCode } from '../../../files/file-reason.ts'
import { readLimitedFile, UnreadableFileError } from '../../../files/read-limited.ts'
import { isClosed, userCache } from '../../../files/user-cache.ts'
import { makeDirectories } from '../../../make-directories.ts'
import { checksumIn, checksumOf } from './checksum.ts'

/** The largest tarball that is downloaded or cached, in bytes. Those of releases have some 30 MB. */
export const MOST_TARBALL_BYTES = 256 * 1024 * 1024

/** What vouched for a cached tarball: a publisher of releases and their checksums, or the operator. */
export type Voucher =
  | { kind: 'github' }
  /** `address`: that of the tarball, without a name and a password. */
  | { kind: 'mirror'; address: string }
  /** The SHA-256 that the operator stated, hexadecimal. */
  | { kind: 'checksum'; checksum: string }

/**
 * Returns where the tarball of a release is cached, with its checksum beside it: below
 * `$XDG_CACHE_HOME/mathesarctl/releases`. A run uses only what was verified as that run would verify it, so
 * that each voucher has a place of its own. `null` if this user has no cache that nobody else can write to.
 */
export function cachedTarball(release: string, voucher: Voucher, env: NodeJS.ProcessEnv): string | null {
  const cache = userCache(env)
  if (cache === null) return null
  const path = join(cache, 'mathesarctl', 'releases', release, placeName(voucher), 'mathesar.tar.gz')
  return isClosed(path) ? path : null
}

function placeName(voucher: Voucher): string {
  switch (voucher.kind) {
    case 'github':
      return 'github'
    case 'mirror':
      return `mirror-${checksumOf(Buffer.from(voucher.address)).slice(0, 16)}`
    case 'checksum':
      return `sha256-${voucher.checksum}`
  }
}

/**
 * Returns a cached tarball if it still has its checksum; `null` if it is not there, or damaged, or can't be
 * read.
 */
export function readCached(path: string): Buffer | null {
  try {
    const stated = checksumIn(readLimitedFile(checksumFile(path)).toString('utf8'))
    const content = readLimitedFile(path, { mostBytes: MOST_TARBALL_BYTES })
    return checksumOf(content) === stated ? content : null
  } catch (error) {
    if (systemErrorCode(error) === null && !(error instanceof UnreadableFileError)) throw error
    return null
  }
}

/**
 * Caches a tarball that was verified, in directories of mode 0700. Several processes may do so at once.
 * Returns why that failed, as the end of a sentence; `null` if it did not.
 */
export function writeCached(path: string, content: Buffer): string | null {
  try {
    makeDirectories(dirname(path), 0o700)
    // Without the checksum, the tarball counts as damaged.
    replaceFile(path, content)
    replaceFile(checksumFile(path), `${checksumOf(content)}  mathesar.tar.gz\n`)
    return null
  } catch (error) {
    if (systemErrorCode(error) === null) throw error
    return fileReason(error)
  }
}

function checksumFile(path: string): string {
  return `${path}.sha256`
}

function replaceFile(path: string, content: Buffer | string): void {
  const unfinished = `${path}.${randomUUID()}`
  try {
    writeFileSync(unfinished, content, { mode: 0o600, flag: 'wx' })
    renameSync(unfinished, path)
  } finally {
    rmSync(unfinished, { force: true })
  }
}
