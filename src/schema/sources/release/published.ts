import { OperatorError, usageError } from '../../../errors.ts'
import { joinHints, toRun } from '../../../hint.ts'
import { type Download, download } from '../../../http/download.ts'
import { isLoopback } from '../../../http/loopback.ts'
import type { HttpOptions } from '../../../http/send.ts'
import { compareVersions } from '../compare-versions.ts'
import { checksumIn } from './checksum.ts'

/** The variable that names a mirror of the releases. */
export const MIRROR_VARIABLE = 'MATHESARCTL_RELEASES_URL'

const TARBALL = 'mathesar.tar.gz'

/** The first release that publishes a tarball; earlier ones have the archive of their source alone. */
const FIRST_TARBALL = '0.3.0'

const REPOSITORY = 'mathesar-foundation/mathesar'

/** Where GitHub publishes releases. */
export interface ReleaseOrigins {
  api: string
  files: string
}

export const GITHUB: ReleaseOrigins = {
  api: `https://api.github.com/repos/${REPOSITORY}`,
  files: `https://github.com/${REPOSITORY}`,
}

/** Where a release is published, and where its checksum. */
export interface PublishedRelease {
  tarball: URL
  /** `sums`: a file as sha256sum writes it; `api`: a release as GitHub's API describes it. */
  checksum: { kind: 'sums' | 'api'; url: URL } | null
  /** Where the operator set the address, as a sentence without its full stop. */
  addressHint: string
  /** A mirror that the operator named. */
  isMirror: boolean
}

/** Returns where a release is published. Errors: `USAGE` for a mirror that is no address. */
export function publishedRelease(
  release: string,
  env: NodeJS.ProcessEnv,
  origins: ReleaseOrigins = GITHUB,
): PublishedRelease {
  const mirror = env[MIRROR_VARIABLE]
  if (mirror) {
    const address = mirrorAddress(mirror)
    return {
      tarball: new URL(`${release}/${TARBALL}`, address),
      checksum: { kind: 'sums', url: new URL(`${release}/${TARBALL}.sha256`, address) },
      addressHint: `Check ${MIRROR_VARIABLE}`,
      isMirror: true,
    }
  }
  const addressHint = 'Check the network of this machine'
  if (compareVersions(release, FIRST_TARBALL) < 0) {
    const archive = new URL(`${origins.files}/archive/refs/tags/${release}.tar.gz`)
    return { tarball: archive, checksum: null, addressHint, isMirror: false }
  }
  return {
    tarball: new URL(`${origins.files}/releases/download/${release}/${TARBALL}`),
    checksum: { kind: 'api', url: new URL(`${origins.api}/releases/tags/${release}`) },
    addressHint,
    isMirror: false,
  }
}

function mirrorAddress(text: string): URL {
  const address = URL.canParse(text) ? new URL(text) : null
  if (address === null || !/^https?:$/.test(address.protocol)) {
    throw usageError(
      `${MIRROR_VARIABLE} is no address of https:// or http://.`,
      'Set it to the address above the directories of the releases, such as https://mirror.example/mathesar.',
      'release',
    )
  }
  return new URL(address.href.replace(/[?#].*$/, '').replace(/\/*$/, '/'))
}

/**
 * Returns the SHA-256 that is published beside a release's tarball.
 *
 * Errors: `USAGE` if there is none, or none that proves anything, and if there is no such release; those of
 * `download`.
 */
export async function publishedChecksum(
  release: string,
  { tarball, checksum, isMirror }: PublishedRelease,
  options: HttpOptions,
): Promise<string> {
  if (checksum === null) throw noChecksum(release, tarball)
  if (checksum.url.protocol === 'http:' && !isLoopback(checksum.url.hostname)) {
    throw usageError(
      `${MIRROR_VARIABLE} begins with http://: on the way, anybody could replace a release and its checksum.`,
      'Use https://, or state the checksum with --release-checksum.',
      'release-checksum',
    )
  }
  const headers = { Accept: checksum.kind === 'api' ? 'application/vnd.github+json' : 'text/plain' }
  const response = await download(checksum.url, headers, { ...options, mostBytes: 4 * 1024 * 1024 })
  if (response.status === 404 && checksum.kind === 'api') throw noRelease(release, response.url, isMirror)
  if (response.status === 404) throw noChecksum(release, tarball)
  if (response.status !== 200) throw unusable(response)
  const text = response.body.toString('utf8')
  const found = checksum.kind === 'api' ? digestIn(text) : checksumIn(text)
  if (found === null) throw noChecksum(release, tarball)
  return found
}

/**
 * Returns the tarball of a release.
 *
 * Errors: `USAGE` if there is no such release; those of `download`.
 */
export async function publishedTarball(
  release: string,
  { tarball, isMirror }: PublishedRelease,
  options: HttpOptions,
): Promise<Buffer> {
  const response = await download(tarball, { Accept: 'application/octet-stream' }, options)
  if (response.status === 404) throw noRelease(release, response.url, isMirror)
  if (response.status !== 200) throw unusable(response)
  return response.body
}

/** Returns the digest of the tarball in GitHub's description of a release; `null` if it has none. */
function digestIn(text: string): string | null {
  let description: unknown
  try {
    description = JSON.parse(text)
  } catch {
    return null
  }
  const { assets } = (description ?? {}) as { assets?: unknown }
  if (!Array.isArray(assets)) return null
  const asset = (assets as { name?: unknown; digest?: unknown }[]).find((one) => one?.name === TARBALL)
  const digest = typeof asset?.digest === 'string' ? asset.digest : ''
  return digest.startsWith('sha256:') ? checksumIn(digest.slice('sha256:'.length)) : null
}

/** Returns an address as messages show it, without a name and a password. */
export function addressText({ origin, pathname }: URL): string {
  return origin + pathname
}

function noRelease(release: string, url: URL, isMirror: boolean): OperatorError {
  return usageError(
    `There is no release ${release} of Mathesar ${isMirror ? 'on the mirror' : 'on GitHub'} (${addressText(url)}).`,
    isMirror
      ? `Check --release and ${MIRROR_VARIABLE}: the mirror has RELEASE/${TARBALL} below that address.`
      : 'Check --release: its value is the name of a release, such as 0.11.0.',
    'release',
  )
}

function noChecksum(release: string, tarball: URL): OperatorError {
  return usageError(
    `No checksum is published for the tarball of Mathesar ${release}, so that it can't be verified.`,
    joinHints(
      toRun(
        'Compute it on a machine that you trust, or compare it with others:',
        `curl -fsSL ${addressText(tarball)} | sha256sum`,
      ),
      'Then pass it with --release-checksum.',
    ),
    'release-checksum',
  )
}

function unusable({ status, url }: Download): OperatorError {
  const isLimit = status === 403 || status === 429
  return new OperatorError(
    'CONNECTION_FAILED',
    isLimit
      ? `The server ${url.host} accepts no further requests now (HTTP ${status}).`
      : `The server ${url.host} answers HTTP ${status} for ${addressText(url)}.`,
    'Run the same command again later.',
  )
}
