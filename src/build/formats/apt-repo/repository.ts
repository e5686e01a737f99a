import { createHash } from 'node:crypto'
import { chmod, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError, usageError } from '../../../errors.ts'
import { debPaths } from '../../debian/read-deb.ts'
import { placeArtifact } from '../../files/artifact-file.ts'
import { withDirectoryLock } from '../../files/directory-lock.ts'
import type { About, BuildContext } from '../../types.ts'
import { addContents, type Contents } from './contents-index.ts'
import { hasSecretKey } from './gpg-keys.ts'
import { indexFiles, type Offer, releaseText } from './index-files.ts'
import { byHash, DISTS, releaseDate } from './layout.ts'
import { type PackageEntry, readPackage } from './package-entry.ts'
import { type Published, readPublished } from './published.ts'
import { clearSign, detachedSignature, publicKey, type SigningKey, signersOf } from './signatures.ts'
import { sourcesText, sourcesUrl } from './sources-file.ts'

export interface RepositoryRequest {
  readonly about: About
  /** Paths of the .debs to put in; none: the index alone is made and signed again. */
  readonly debs: readonly string[]
  readonly key: SigningKey
  /** The time of the index and its signatures, in seconds since 1970. */
  readonly date: number
  readonly validDays: number | undefined
  /** Where users find the repository; undefined: where they have found it until now. */
  readonly baseUrl: string | undefined
}

/** The directory of the repository below that of the artifacts. */
export const REPOSITORY = 'apt'

/** Beside the repository, so that no web server shows it. */
const LOCK = `.${REPOSITORY}.lock`

/**
 * Makes a repository, or adds packages to the one that is there: what it offered stays. Packages come first and
 * InRelease last, each by a rename, and apt reads the index by hash: at each moment it sees the old state or the new one.
 *
 * Errors: `USAGE` where a published package would change, the index would be older than the one before, or what is there was
 * signed by a stranger; `LOCKED` where somebody else publishes at the same time.
 *
 * @returns the paths of what belongs to this run
 */
export function updateRepository(request: RepositoryRequest, context: BuildContext): Promise<string[]> {
  const root = join(context.out, REPOSITORY)
  return withDirectoryLock(join(context.out, LOCK), `the repository in ${root}`, () =>
    update(root, request, context),
  )
}

async function update(root: string, request: RepositoryRequest, context: BuildContext): Promise<string[]> {
  const { about, key, date } = request
  const published = await readPublished(root)
  if (published && published.date > date) {
    throw usageError(
      `The repository’s index is of ${releaseDate(published.date)}, and the new one would be of ${releaseDate(date)}: apt ignores an older one.`,
      'Set SOURCE_DATE_EPOCH to a later time, or leave it out.',
    )
  }
  if (published) await checkSigner(root, published, request, context)
  const added = await readAdded(request.debs, published)
  const keyring = `${about.name}-archive-keyring.gpg`
  const url = request.baseUrl ?? (await publishedUrl(context.out, about.name))
  const publicKeys = await publicKey(key, context)

  context.progress('Making the index of the apt repository')
  const offer = await offerOf(root, about, published, added)
  const files = [...(await indexFiles(offer, context))].map(([file, content]) => ({
    file,
    content,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  }))
  const release = releaseText(offer, files, request)
  context.progress(`Signing the apt repository with ${key.fingerprint}`)
  const inRelease = await clearSign(release, key, date, context)
  const detached = await detachedSignature(release, key, date, context)

  const made: string[] = []
  const place = (file: string, content: string | Buffer) =>
    placeArtifact(context, join(REPOSITORY, file), { content })
  for (const [path, { file }] of added) {
    made.push(await placeArtifact(context, join(REPOSITORY, file), { from: path }))
  }
  for (const { file, content, sha256 } of files) await place(join(DISTS, byHash(file, sha256)), content)
  made.push(await place(keyring, publicKeys))
  if (url !== null)
    made.push(await place(`${about.name}.sources`, sourcesText(about.name, url, keyring, key.fingerprint)))
  await refuseIfChanged(root, published)
  for (const { file, content } of files) await place(join(DISTS, file), content)
  made.push(await place(join(DISTS, 'Release'), release))
  made.push(await place(join(DISTS, 'Release.gpg'), detached))
  await openDirectories(root)
  await refuseIfChanged(root, published)
  made.push(await place(join(DISTS, 'InRelease'), inRelease))
  const before = published?.hashes ?? []
  const now = files.map(({ file, sha256 }) => `${DISTS}/${byHash(file, sha256)}`)
  // Signing the same index again makes the one before it no older.
  if (now.some((path) => !before.includes(path))) await tidy(root, { now, before })
  return made
}

/** The address in the repository’s .sources file; `null` where there is none yet. */
export async function publishedUrl(out: string, name: string): Promise<string | null> {
  const text = await readFile(join(out, REPOSITORY, `${name}.sources`), 'utf8').catch(() => null)
  return text === null ? null : sourcesUrl(text)
}

/** Whether there is a repository already. */
export async function isPublished(out: string): Promise<boolean> {
  return await readFile(join(out, REPOSITORY, DISTS, 'InRelease')).then(
    () => true,
    () => false,
  )
}

/**
 * Whoever can write to the directory or the web server must not get a package signed by having put it there: what is
 * taken over was signed by this key, or by another one of the same owner’s.
 */
async function checkSigner(
  root: string,
  { inRelease }: Published,
  { key: { fingerprint }, date }: RepositoryRequest,
  context: BuildContext,
): Promise<void> {
  const signers = await signersOf(inRelease, date, context)
  if (signers.includes(fingerprint)) return
  for (const signer of signers) {
    if (!(await hasSecretKey(signer, context))) continue
    context.warn(
      `The repository was signed with another key until now; ${fingerprint} is new.`,
      'apt refuses the repository on machines that have only the old key: tell their owners to fetch the keyring again.',
    )
    return
  }
  throw usageError(
    `The repository in ${root} ${
      signers.length === 0
        ? 'has no good signature by a key that gpg knows'
        : `was signed with the key ${signers.join(', ')}, of which gpg has no secret half`
    }.`,
    'Somebody else may have put packages there, and nothing of theirs is signed. Put back what you have published; or, where the key of before is gone, build the packages that you trust into another directory with --deb.',
    'out',
  )
}

/** Those that are not there yet, by path. */
async function readAdded(
  debs: readonly string[],
  published: Published | null,
): Promise<Map<string, PackageEntry>> {
  const known = new Map((published?.packages ?? []).map((entry) => [entry.file, entry]))
  const added = new Map<string, PackageEntry>()
  for (const path of debs) {
    const entry = await readPackage(path)
    const before = known.get(entry.file)
    if (before && before.version !== entry.version) {
      throw usageError(
        `${entry.name} ${entry.version} (${entry.architecture}) would have the file of ${before.version}, which is in the repository: the names of files have no epoch.`,
        'Give the package a version that differs in more than what stands before the colon.',
        'deb',
      )
    }
    if (before && before.sha256 !== entry.sha256) {
      throw usageError(
        `${entry.name} ${entry.version} (${entry.architecture}) is in the repository with other contents.`,
        'A published version never changes, for users have installed it: give the package a new version.',
        'deb',
      )
    }
    if (before) continue
    known.set(entry.file, entry)
    added.set(path, entry)
  }
  return added
}

async function offerOf(
  root: string,
  about: About,
  published: Published | null,
  added: ReadonlyMap<string, PackageEntry>,
): Promise<Offer> {
  const packages = [...(published?.packages ?? []), ...added.values()].sort((one, other) =>
    one.file < other.file ? -1 : 1,
  )
  const named = new Set([...(published?.architectures ?? []), ...packages.map((one) => one.architecture)])
  named.delete('all')
  // An index needs an architecture, and packages for all of them suit any.
  const architectures = named.size === 0 ? ['amd64', 'arm64'] : [...named].sort()
  const contents = new Map<string, Contents>(
    architectures.map((architecture) => [architecture, published?.contents.get(architecture) ?? new Map()]),
  )
  const list = async (path: string, entry: PackageEntry, into: readonly string[]) => {
    if (into.length === 0) return
    const paths = await debPaths(path)
    for (const one of into) addContents(contents.get(one) ?? new Map(), paths, entry.location)
  }
  for (const [path, entry] of added)
    await list(path, entry, entry.architecture === 'all' ? architectures : [entry.architecture])
  // The contents of what was there are known, except for an architecture that is new.
  const fresh = published ? architectures.filter((one) => !published.architectures.includes(one)) : []
  for (const entry of published?.packages ?? [])
    if (entry.architecture === 'all') await list(join(root, entry.file), entry, fresh)
  return { origin: about.name, description: about.summary, architectures, packages, contents }
}

/** A web server must be able to read them, whatever the umask of this process is. */
async function openDirectories(root: string): Promise<void> {
  await chmod(root, 0o755)
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true }))
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755)
}

/** Other runs are kept out by the lock, but not what is copied there; without it the index would forget what that has added. */
async function refuseIfChanged(root: string, published: Published | null): Promise<void> {
  const now = await readFile(join(root, DISTS, 'InRelease'), 'utf8').catch(() => null)
  if (now === (published?.inRelease ?? null)) return
  throw new OperatorError(
    'LOCKED',
    `Somebody else has changed the repository in ${root} meanwhile.`,
    'Run the same command again; nothing of theirs was lost.',
  )
}

/** How long, in milliseconds, an index is there that another one has replaced: caches keep InRelease, and slow machines need time. */
const GRACE = 24 * 60 * 60 * 1000

/**
 * Deletes what no index names: files by hash that were replaced a while ago (an `apt update` may be at work on younger ones, and on
 * the index before this one however old that is), indexes of runs that did not end, and their unfinished files.
 */
async function tidy(
  root: string,
  { now, before }: { now: readonly string[]; before: readonly string[] },
): Promise<void> {
  const needed = new Set([...now, ...before])
  const time = new Date()
  // The time of a file by hash that is no longer named is that of its replacement.
  for (const path of before)
    if (!now.includes(path)) await utimes(join(root, path), time, time).catch(() => {})
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const unnamed = entry.parentPath.endsWith('/by-hash/SHA256') && !needed.has(path.slice(root.length + 1))
    const over = unnamed && (await stat(path)).mtimeMs < time.getTime() - GRACE
    // The lock says that nobody is at work on one.
    const unfinished = /^\.\d+\.unfinished$/.test(entry.name)
    if (over || unfinished) await rm(path, { force: true })
  }
}
