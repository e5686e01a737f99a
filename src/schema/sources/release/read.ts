import { createHash } from 'node:crypto'
import { closeSync, createReadStream, fstatSync, type Stats, statSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { OperatorError, usageError } from '../../../errors.ts'
import { examinePath } from '../../../files/examine.ts'
import { systemErrorCode } from '../../../files/file-reason.ts'
import { openForReading, UnreadableFileError } from '../../../files/read-limited.ts'
import type { Trust } from '../../../files/trust.ts'
import { untrustedError } from '../../../files/untrusted.ts'
import { parseChecksum, requireChecksum } from './checksum.ts'
import { NoReleaseError, type ReleaseContents, sourceError } from './contents.ts'
import { releaseOf } from './release-of.ts'
import type { ReleaseFiles } from './source.ts'
import { readTarball } from './tarball.ts'
import { readTree, unreadable } from './tree.ts'
import { parseRelease } from './version.ts'

export interface ReadReleaseOptions {
  /** The release, for a path that is `db/sql` alone; elsewhere the tree must be of that release. */
  release?: string | null
  /** Whose files are accepted; by default the operator named the path. */
  trust?: Trust
  /** The SHA-256 that a tarball must have. */
  checksum?: string | null
  signal?: AbortSignal
}

/**
 * Reads the SQL of a Mathesar release, 0.2.0 or later: from its tree, its tarball, or a copy of its `db/sql`.
 * Nothing of it is executed, and nothing is written.
 *
 * Errors: `USAGE` for what is no such release, for one that is not complete, not safe to read or too large,
 * and if `release` does not fit; the reason of the signal.
 *
 * @param path as the operator knows it
 */
export async function readRelease(path: string, options: ReadReleaseOptions = {}): Promise<ReleaseFiles> {
  const { trust = { named: true }, signal } = options
  const release = options.release == null ? null : parseRelease(options.release)
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) throw addressError()
  const checksum = options.checksum == null ? null : parseChecksum(options.checksum)
  const isDirectory = statsOf(path).isDirectory()
  if (isDirectory && checksum !== null) throw checksumOfDirectory(path)
  const contents = isDirectory ? readTree(path, trust) : await readTarballFile(path, trust, checksum, signal)
  return releaseOf(path, contents, release)
}

async function readTarballFile(
  path: string,
  trust: Trust,
  checksum: string | null,
  signal: AbortSignal | undefined,
): Promise<ReleaseContents> {
  const { problem } = examinePath(path, trust)
  if (problem !== null) {
    const flag = trust.named ? 'schema-source' : null
    throw untrustedError(problem, { code: 'USAGE', fileKind: 'release tarball', path, flag })
  }
  const file = openTarball(path)
  const packed = createReadStream('', { fd: file, start: 0 })
  try {
    if (checksum !== null) requireChecksum(path, await checksumOfFile(file), checksum)
    return await readTarball(packed, path, signal)
  } catch (error) {
    throw unreadable(path, error)
  } finally {
    packed.destroy()
  }
}

async function checksumOfFile(file: number): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream('', { fd: file, start: 0, autoClose: false }), hash)
  return hash.digest('hex')
}

function checksumOfDirectory(path: string): OperatorError {
  return usageError(
    `--release-checksum is that of a tarball, and ${path} is a directory.`,
    'Leave it out, or name the mathesar.tar.gz of the release.',
    'release-checksum',
  )
}

/** The message does not contain the address, which may contain a password. */
function addressError(): OperatorError {
  return sourceError(
    '--schema-source names a path, and not an address.',
    'Download the tarball and name its path, or leave that to mathesarctl with --release V.',
  )
}

function openTarball(path: string): number {
  try {
    const file = openForReading(path)
    if (fstatSync(file).isFile()) return file
    closeSync(file)
    throw new UnreadableFileError('it is neither a directory nor a regular file')
  } catch (error) {
    throw unreadable(path, error)
  }
}

function statsOf(path: string): Stats {
  try {
    return statSync(path)
  } catch (error) {
    const unusable = unreadable(path, error)
    const isAbsent = ['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')
    if (!isAbsent || !(unusable instanceof OperatorError)) throw unusable
    throw new NoReleaseError(unusable.code, unusable.message, unusable.hint, unusable.details)
  }
}
