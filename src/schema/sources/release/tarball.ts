import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { OperatorError } from '../../../errors.ts'
import { systemErrorCode } from '../../../files/file-reason.ts'
import { atMost, sizeText } from '../../../files/size-limit.ts'
import { LIMITS, type ReleaseContents, SOURCE_HINT, sourceError } from './contents.ts'
import { collectMembers } from './members.ts'

/**
 * Reads the SQL of a release from its tarball. Nothing is written to the disk, and only the wanted files are
 * kept in memory.
 *
 * Errors: `USAGE` for what is no gzipped tar archive, is cut short, exceeds `LIMITS`, or has a member that
 * `collectMembers` refuses; those of the system if the stream can't be read; the reason of the signal.
 *
 * @param place the tarball, as messages name it
 */
export async function readTarball(
  packed: Readable,
  place: string,
  signal: AbortSignal | undefined,
): Promise<ReleaseContents> {
  const members = collectMembers(place)
  const unpacked = createGunzip()
  const archive = extract()
  const tooLarge = () => sourceError(`The source ${place} unpacks to more than ${sizeText(LIMITS.unpacked)}.`)
  let hasMembers = false
  const reading = (async () => {
    for await (const entry of archive) {
      hasMembers = true
      await members.add(entry.header, entry)
      entry.resume()
    }
  })()
  const results = await Promise.allSettled([
    pipeline(packed, unpacked, atMost(LIMITS.unpacked, tooLarge), archive, signal ? { signal } : {}),
    reading,
  ])
  signal?.throwIfAborted()
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  // Whichever end fails first breaks the other one, whose error says nothing.
  const failure =
    errors.find((error) => error instanceof OperatorError) ??
    errors.find((error) => error instanceof Error && 'syscall' in error) ??
    (errors.length > 0 ? damagedError(place, errors, hasMembers) : null)
  if (failure !== null) throw failure
  if (!hasMembers) throw damagedError(place, [], false)
  return members.contents()
}

function damagedError(place: string, errors: readonly unknown[], hasMembers: boolean): OperatorError {
  const codes = errors.map(systemErrorCode)
  if (!hasMembers && codes.includes('Z_DATA_ERROR')) {
    return sourceError(`The source ${place} is no release tarball: gzip did not compress it.`, SOURCE_HINT)
  }
  if (!hasMembers && !codes.includes('Z_BUF_ERROR')) {
    return sourceError(`The source ${place} is no release tarball: it contains no tar archive.`, SOURCE_HINT)
  }
  return sourceError(`The source ${place} is cut short or damaged.`, 'Download it again.')
}
