import { mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { OperatorError } from '../../../../errors.ts'
import { userCache } from '../../../../files/user-cache.ts'
import { placeArtifact } from '../../../files/artifact-file.ts'
import { contentHash, fileHash } from '../../../files/file-hash.ts'
import type { BuildContext } from '../../../types.ts'
import type { PinnedPackage, PinnedPackages } from './packages.ts'

export type DownloadContext = Pick<BuildContext, 'env' | 'scratch' | 'signal' | 'progress'>

/** The time in milliseconds in which a package has to arrive; the largest one has 3 MB. */
const PATIENCE = 120_000

/**
 * Returns the addresses of Debian's archives, in the order in which a build asks them. The mirror has only
 * the newest versions, and snapshot.debian.org all versions, but it is slow.
 */
export function debianArchives({ snapshot }: Pick<PinnedPackages, 'snapshot'>): readonly string[] {
  return ['https://deb.debian.org', `https://snapshot.debian.org/archive/{archive}/${snapshot}`]
}

/**
 * Returns the paths of pinned packages in the directory of this run, with exactly the pinned bytes. They come
 * from `$XDG_CACHE_HOME/mathesarctl/debian`, or from the first archive that has them.
 *
 * Errors: `CONNECTION_FAILED` if no archive sends a package with the pinned checksum.
 *
 * @param archives addresses; `{archive}` stands for the name of the archive, which otherwise follows
 */
export async function downloadPackages(
  packages: readonly PinnedPackage[],
  archives: readonly string[],
  context: DownloadContext,
): Promise<string[]> {
  const directory = join(context.scratch, 'debian-packages')
  await mkdir(directory, { recursive: true })
  const paths: string[] = []
  for (const pinned of packages) {
    const path = join(directory, basename(pinned.path))
    // Packages for every architecture are there after the first platform.
    if (!(await isPinned(path, pinned)) && !(await copyFromCache(pinned, directory, context))) {
      context.progress(`Downloading ${basename(pinned.path)} from Debian`)
      await writeFile(path, await download(pinned, archives, context))
      await keepInCache(path, context)
    }
    paths.push(path)
  }
  return paths
}

async function download(
  pinned: PinnedPackage,
  archives: readonly string[],
  context: DownloadContext,
): Promise<Buffer> {
  const failures: string[] = []
  const causes: unknown[] = []
  for (const archive of archives) {
    const base = archive.includes('{archive}')
      ? archive.replace('{archive}', pinned.archive)
      : `${archive}/${pinned.archive}`
    const url = new URL(`${base}/${pinned.path}`)
    try {
      return await receive(url, pinned, context.signal)
    } catch (error) {
      context.signal?.throwIfAborted()
      failures.push(`${url.host}: ${reasonOf(error)}`)
      causes.push(error)
    }
  }
  throw new OperatorError(
    'CONNECTION_FAILED',
    `The Debian package ${basename(pinned.path)} can't be downloaded (${failures.join('; ')}).`,
    'Check the network; to use the proxy of HTTPS_PROXY, set NODE_USE_ENV_PROXY=1. Or download the ' +
      'packages elsewhere, and name their directory with --debian-packages.',
    { cause: new AggregateError(causes) },
  )
}

/** The reason that a download failed, in words that follow the name of the host. */
class DownloadError extends Error {}

async function receive(
  url: URL,
  { bytes, sha256 }: PinnedPackage,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const limit = AbortSignal.timeout(PATIENCE)
  const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, limit]) : limit })
  if (!response.ok || response.body === null) {
    await response.body?.cancel()
    throw new DownloadError(response.status === 404 ? 'it has no such file' : `status ${response.status}`)
  }
  const chunks: Uint8Array[] = []
  let received = 0
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    received += chunk.length
    if (received > bytes) break
    chunks.push(chunk)
  }
  const content = Buffer.concat(chunks)
  if (received !== bytes || contentHash(content) !== sha256)
    throw new DownloadError('its file differs from the pinned one')
  return content
}

function reasonOf(error: unknown): string {
  if (error instanceof DownloadError) return error.message
  if (error instanceof Error && error.name === 'TimeoutError') return 'it does not answer in time'
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the name does not resolve'
  return /CERT|SELF_SIGNED|UNABLE_TO/.test(code) ? 'its certificate is not trusted' : 'the connection failed'
}

async function isPinned(path: string, { bytes, sha256 }: PinnedPackage): Promise<boolean> {
  const hash = await fileHash(path).catch(() => null)
  return hash !== null && hash.bytes === bytes && hash.sha256 === sha256
}

function cacheDirectory(env: NodeJS.ProcessEnv): string | null {
  const base = userCache(env)
  return base === null ? null : join(base, 'mathesarctl', 'debian')
}

/**
 * Copies a package from the cache, and returns whether the copy is right. Others may write to the cache, so
 * that only the copy counts.
 */
async function copyFromCache(
  pinned: PinnedPackage,
  directory: string,
  { env }: DownloadContext,
): Promise<boolean> {
  const cache = cacheDirectory(env)
  if (cache === null) return false
  const file = basename(pinned.path)
  const copied = await placeArtifact({ out: directory }, file, { from: join(cache, file) }).catch(() => null)
  if (copied === null) return false
  if (await isPinned(copied, pinned)) return true
  await rm(copied)
  return false
}

/** A home directory may be missing or read-only: then the next build downloads the package again. */
async function keepInCache(path: string, { env }: DownloadContext): Promise<void> {
  const cache = cacheDirectory(env)
  if (cache !== null) await placeArtifact({ out: cache }, basename(path), { from: path }).catch(() => {})
}
