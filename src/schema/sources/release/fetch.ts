import { Readable } from 'node:stream'
import { OperatorError } from '../../../errors.ts'
import { joinHints } from '../../../hint.ts'
import type { HttpOptions } from '../../../http/send.ts'
import { cachedTarball, MOST_TARBALL_BYTES, readCached, type Voucher, writeCached } from './cache.ts'
import { checksumOf, parseChecksum, requireChecksum } from './checksum.ts'
import {
  addressText,
  type PublishedRelease,
  publishedChecksum,
  publishedRelease,
  publishedTarball,
  type ReleaseOrigins,
} from './published.ts'
import { releaseOf } from './release-of.ts'
import type { ReleaseFiles } from './source.ts'
import { readTarball } from './tarball.ts'
import { parseRelease } from './version.ts'

/** What a download reports. */
export type FetchEvent =
  /** It begins, from that host. */
  | { type: 'download'; host: string }
  /** So many bytes have arrived, of so many if the server states that. */
  | { type: 'received'; bytes: number; length: number | null }
  /** The tarball was used, and could not be cached; the reason ends a sentence. */
  | { type: 'not cached'; reason: string }

export interface FetchOptions {
  env: NodeJS.ProcessEnv
  /** The SHA-256 that the tarball must have; without it, the published one. */
  checksum?: string | null
  signal?: AbortSignal
  onEvent?: (event: FetchEvent) => void
  /** Where releases are published; by default on GitHub. */
  origins?: ReleaseOrigins
}

/** A release, and where its tarball is. */
export interface FetchedRelease extends ReleaseFiles {
  place: string
}

const OFFLINE_HINT =
  "Or copy the release's mathesar.tar.gz to this machine, and name it with --schema-source."

/**
 * Returns the SQL of a release from the cache, else downloads its tarball and verifies it: against
 * `checksum`, else against what the mirror or GitHub publishes beside it. What another mirror, or another
 * checksum, verified earlier is not used.
 *
 * Errors: `USAGE` for what is no release, without any checksum, and for one that differs from `checksum`;
 * `CONNECTION_FAILED` and `TLS_FAILED` if the download fails, or differs from the published checksum, as the
 * server or something on the way to it then is not what it should be; the reason of the signal.
 */
export async function fetchRelease(name: string, options: FetchOptions): Promise<FetchedRelease> {
  const { env, signal } = options
  const release = parseRelease(name)
  const pinned = options.checksum == null ? null : parseChecksum(options.checksum)
  const published = publishedRelease(release, env, options.origins)
  const place = addressText(published.tarball)
  const voucher: Voucher = published.isMirror ? { kind: 'mirror', address: place } : { kind: 'github' }
  const own: Voucher = pinned === null ? voucher : { kind: 'checksum', checksum: pinned }
  for (const known of [own, voucher]) {
    const path = cachedTarball(release, known, env)
    const cached = path === null ? null : readCached(path)
    if (path === null || cached === null || (pinned !== null && checksumOf(cached) !== pinned)) continue
    return { ...(await unpacked(cached, path, release, signal)), place: path }
  }
  const content = await verifiedDownload(release, published, pinned, options)
  const files = await unpacked(content, place, release, signal)
  const path = cachedTarball(release, own, env)
  const reason = path === null ? null : writeCached(path, content)
  if (reason !== null) options.onEvent?.({ type: 'not cached', reason })
  return { ...files, place }
}

async function unpacked(
  content: Buffer,
  place: string,
  release: string,
  signal: AbortSignal | undefined,
): Promise<ReleaseFiles> {
  return releaseOf(place, await readTarball(Readable.from([content]), place, signal), release)
}

async function verifiedDownload(
  release: string,
  published: PublishedRelease,
  pinned: string | null,
  { signal, onEvent }: FetchOptions,
): Promise<Buffer> {
  const { tarball, addressHint } = published
  const http: HttpOptions = { signal, addressHint, lostHint: 'Run the same command again.', patience: 30_000 }
  try {
    const expected = pinned ?? (await publishedChecksum(release, published, http))
    onEvent?.({ type: 'download', host: tarball.host })
    const content = await publishedTarball(release, published, {
      ...http,
      mostBytes: MOST_TARBALL_BYTES,
      onReceived: (bytes, length) => onEvent?.({ type: 'received', bytes, length }),
    })
    if (pinned !== null) requireChecksum(addressText(tarball), checksumOf(content), pinned)
    else if (checksumOf(content) !== expected) throw differs(tarball, content, expected)
    return content
  } catch (error) {
    const isOfNetwork =
      error instanceof OperatorError && (error.code === 'CONNECTION_FAILED' || error.code === 'TLS_FAILED')
    throw isOfNetwork ? error.with({ hint: joinHints(error.hint, OFFLINE_HINT) }) : error
  }
}

function differs(tarball: URL, content: Buffer, expected: string): OperatorError {
  return new OperatorError(
    'CONNECTION_FAILED',
    `The tarball ${addressText(tarball)} has the checksum ${checksumOf(content)}, and ${expected} is published for it.`,
    'It is not used. Find out whether a proxy on the way changes it, or who changed it on the server.',
  )
}
