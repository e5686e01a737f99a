import { chmod, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError, usageError } from '../../../errors.ts'
import { placeArtifact } from '../../files/artifact-file.ts'
import { withDirectoryLock } from '../../files/directory-lock.ts'
import { contentHash } from '../../files/file-hash.ts'
import type { About, BuildContext } from '../../types.ts'
import { indexFiles, releaseText } from './index-files.ts'
import { byHash, DISTS, releaseDate } from './layout.ts'
import { offerOf, packagesToAdd } from './offer.ts'
import { type Published, readPublished } from './published.ts'
import { clearSign, detachedSignature, publicKey, type SigningKey } from './signatures.ts'
import { checkSigner } from './signer.ts'
import { sourcesText, sourcesUrl } from './sources-file.ts'
import { deleteUnnamed } from './sweep.ts'

export interface RepositoryRequest {
  readonly about: About
  /** Paths of the .debs to add; without any, only the index is written and signed again. */
  readonly debs: readonly string[]
  readonly key: SigningKey
  /** The time of the index and its signatures, in seconds since 1970. */
  readonly date: number
  /** How many days the index is valid; undefined: it never expires. */
  readonly validDays: number | undefined
  /** Where users find the repository; undefined: where they have found it until now. */
  readonly baseUrl: string | undefined
}

/** The directory of the repository below that of the artifacts. */
const REPOSITORY = 'apt'

/** Beside the repository, so that no web server publishes it. */
const LOCK = `.${REPOSITORY}.lock`

/**
 * Creates a repository, or adds packages to the one that exists: what it offered stays. It places packages
 * first and InRelease last, each by a rename, and apt reads the index by hash: at each moment apt sees the
 * old state or the new one.
 *
 * Errors: `USAGE` if a published package would change, the index would be older than the one before, or a
 * stranger signed the existing one; `LOCKED` if another run publishes at the same time.
 *
 * @returns the paths of what this run wrote
 */
export function updateRepository(request: RepositoryRequest, context: BuildContext): Promise<string[]> {
  const root = join(context.out, REPOSITORY)
  return withDirectoryLock(join(context.out, LOCK), `the repository in ${root}`, () =>
    update(root, request, context),
  )
}

/** Returns the address in the repository's .sources file; `null` if there is none yet. */
export async function publishedUrl(out: string, name: string): Promise<string | null> {
  const text = await readFile(join(out, REPOSITORY, `${name}.sources`), 'utf8').catch(() => null)
  return text === null ? null : sourcesUrl(text)
}

/** Returns whether a repository exists in a directory of artifacts. */
export async function isPublished(out: string): Promise<boolean> {
  return await readFile(join(out, REPOSITORY, DISTS, 'InRelease')).then(
    () => true,
    () => false,
  )
}

async function update(root: string, request: RepositoryRequest, context: BuildContext): Promise<string[]> {
  const { about, key, date } = request
  const published = await readPublished(root)
  if (published) {
    refuseOlder(published, date)
    await checkSigner({ root, published, key, date }, context)
  }
  const added = await packagesToAdd(request.debs, published)
  const keyring = `${about.name}-archive-keyring.gpg`
  const url = request.baseUrl ?? (await publishedUrl(context.out, about.name))
  const publicKeys = await publicKey(key, context)

  context.progress('Writing the index of the apt repository')
  const offer = await offerOf(root, about, published, added)
  const files = [...(await indexFiles(offer, context))].map(([file, content]) => ({
    file,
    content,
    bytes: content.length,
    sha256: contentHash(content),
  }))
  const release = releaseText(offer, files, request)
  context.progress(`Signing the apt repository with ${key.fingerprint}`)
  const inRelease = await clearSign(release, key, date, context)
  const detached = await detachedSignature(release, key, date, context)

  const paths: string[] = []
  const place = (file: string, content: string | Buffer) =>
    placeArtifact(context, join(REPOSITORY, file), { content })
  for (const [path, { file }] of added)
    paths.push(await placeArtifact(context, join(REPOSITORY, file), { from: path }))
  for (const { file, content, sha256 } of files) await place(join(DISTS, byHash(file, sha256)), content)
  paths.push(await place(keyring, publicKeys))
  if (url !== null)
    paths.push(await place(`${about.name}.sources`, sourcesText(about.name, url, keyring, key.fingerprint)))
  await refuseIfChanged(root, published)
  for (const { file, content } of files) await place(join(DISTS, file), content)
  paths.push(await place(join(DISTS, 'Release'), release))
  paths.push(await place(join(DISTS, 'Release.gpg'), detached))
  await openDirectories(root)
  await refuseIfChanged(root, published)
  paths.push(await place(join(DISTS, 'InRelease'), inRelease))
  const previous = published?.hashes ?? []
  const current = files.map(({ file, sha256 }) => `${DISTS}/${byHash(file, sha256)}`)
  // Signing the same index again does not make the previous one older.
  if (current.some((path) => !previous.includes(path))) await deleteUnnamed(root, { current, previous })
  return paths
}

function refuseOlder(published: Published, date: number): void {
  if (published.date <= date) return
  throw usageError(
    `The repository's index has the time ${releaseDate(published.date)}, and the new one would have ` +
      `${releaseDate(date)}: apt ignores an older one.`,
    'Set SOURCE_DATE_EPOCH to a later time, or unset it.',
  )
}

/** A web server must be able to read the directories, whatever the umask of this process is. */
async function openDirectories(root: string): Promise<void> {
  await chmod(root, 0o755)
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true }))
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755)
}

/**
 * The lock keeps other runs out, but not somebody who copies files there. The index would omit what such a
 * copy has added.
 */
async function refuseIfChanged(root: string, published: Published | null): Promise<void> {
  const current = await readFile(join(root, DISTS, 'InRelease'), 'utf8').catch(() => null)
  if (current === (published?.inRelease ?? null)) return
  throw new OperatorError(
    'LOCKED',
    `Somebody else has changed the repository in ${root} meanwhile.`,
    'Run the same command again; nothing of theirs was lost.',
  )
}
