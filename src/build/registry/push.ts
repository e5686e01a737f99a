import { OperatorError } from '../../errors.ts'
import { imageTags, versionsAmong } from '../image-tags.ts'
import { withRemains } from '../interruption.ts'
import type { BuildContext, PushedImage } from '../types.ts'
import { type ClientOptions, connect, type RegistryClient } from './client.ts'
import { findCredentials } from './find-credentials.ts'
import { type Blob, type Manifest, readLayout } from './layout.ts'
import { putManifest, taggedDigest, uploadManifest } from './manifests.ts'
import { parseRepository } from './reference.ts'
import { listTags } from './tags.ts'
import { uploadBlob } from './upload.ts'

export interface PushOptions extends Pick<BuildContext, 'env' | 'signal' | 'progress' | 'warn'> {
  /** The version of the image, which decides its tags. */
  readonly version: string
  /** Milliseconds before the second attempt of a request; for tests. */
  readonly pause?: number
  /** Milliseconds without progress until a request fails; for tests. */
  readonly patience?: number
}

/** Nothing is uploaded yet that a longer wait would save. In milliseconds. */
const CHECK_PATIENCE = 30_000

type CheckOptions = Pick<PushOptions, 'env' | 'signal' | 'progress' | 'pause' | 'patience'>

/**
 * Checks what a push needs before anything is built: the repository's name, and the credentials.
 *
 * Errors: `USAGE`; `INTERNAL` if a credential helper fails.
 */
export async function checkPush(
  repository: string,
  { env, signal }: Pick<PushOptions, 'env' | 'signal'>,
): Promise<void> {
  await findCredentials(parseRepository(repository), env, signal)
}

/**
 * Asks the registry for the tags of a repository before anything is built, so that a wrong address or
 * password does not cost the time of a build. A registry may still refuse an upload later. It tries once to
 * get an answer.
 *
 * Errors: those of `checkPush`, `RegistryClient.send` and `refusalError`.
 */
export async function checkRegistry(repository: string, options: CheckOptions): Promise<void> {
  const target = parseRepository(repository)
  const credentials = await findCredentials(target, options.env, options.signal)
  options.progress(`Connecting to ${target.registry}`)
  const { patience = CHECK_PATIENCE } = options
  const checkOptions = { ...clientOptions(options), patience, shouldReconnect: false }
  await listTags(await connect(target, credentials, checkOptions))
}

/**
 * Uploads an image layout to a registry: the blobs, the manifests, and then the index under each tag of the
 * version. What the registry has is not sent again, so that a push which failed can be repeated. The moving
 * tags do not move back: the versions that the repository has decide about them. The tag of the full version
 * never moves.
 *
 * Errors: `ABORTED`, which says what the repository may have, if the operator interrupts the upload;
 * `NAME_TAKEN` if the full version names another image, before anything is uploaded; `USAGE` for the
 * repository and the credentials; `INTERNAL` for a damaged layout; those of `RegistryClient.send` and of
 * `refusalError`.
 *
 * @param layout absolute path of the directory
 * @param repository such as `ghcr.io/owner/mathesarctl`
 */
export async function pushLayout(
  layout: string,
  repository: string,
  options: PushOptions,
): Promise<PushedImage> {
  const { version, env, signal, progress, warn } = options
  const target = parseRepository(repository)
  const credentials = await findCredentials(target, env, signal)
  const { blobs, manifests, index } = await readLayout(layout)
  progress(`Connecting to ${target.registry}`)
  const client = await connect(target, credentials, clientOptions(options))
  const [fullVersion = version] = await tagsOf(client, version)
  await refuseOtherImage(client, fullVersion, index)
  const sentTags: string[] = []
  const remains = () => ({ target: target.text, report: reportRemains(sentTags) })
  return await withRemains(signal, remains, async () => {
    await uploadBlobs(client, blobs, options)
    for (const manifest of manifests) await uploadManifest(client, manifest)
    // Somebody else may have pushed the version, or a higher one, during the upload.
    await refuseOtherImage(client, fullVersion, index)
    const tags = await tagsOf(client, version, warn)
    progress(`Writing the tags ${tags.join(', ')} of ${target.text}`)
    for (const tag of tags) {
      if ((await taggedDigest(client, tag)) === index.digest) continue
      sentTags.push(tag)
      await putManifest(client, tag, index)
    }
    return { repository: target.text, digest: index.digest, tags }
  })
}

/** Returns what may be in the repository after an interruption. */
function reportRemains(sentTags: readonly string[]): string {
  if (sentTags.length === 0) return 'It may have parts of the image already. Its tags are as they were.'
  const tags = sentTags.length === 1 ? 'tag' : 'tags'
  return `The ${tags} ${sentTags.join(', ')} may name the image already. All others are as they were.`
}

function clientOptions({ env, signal, pause, patience }: Omit<CheckOptions, 'progress'>): ClientOptions {
  return {
    env,
    signal,
    ...(pause !== undefined && { pause }),
    ...(patience !== undefined && { patience }),
  }
}

/**
 * Returns the tags of a version by docs/decisions/0002-image-tags.md. The repository's own tags say which
 * versions were released.
 */
async function tagsOf(
  client: RegistryClient,
  version: string,
  warn?: PushOptions['warn'],
): Promise<readonly string[]> {
  const existing = await listTags(client)
  if (existing !== null) return imageTags(version, versionsAmong(existing))
  const [fullVersion = version, ...moving] = imageTags(version)
  if (moving.length > 0) {
    warn?.(
      `${client.repository.registry} does not list the tags of ${client.repository.name}, so that only the ` +
        `tag ${fullVersion} is written.`,
      `Move the other tags yourself (${moving.join(', ')}), unless a higher version is released.`,
    )
  }
  return [fullVersion]
}

/** Errors: `NAME_TAKEN`. */
async function refuseOtherImage(client: RegistryClient, tag: string, index: Manifest): Promise<void> {
  const existing = await taggedDigest(client, tag)
  if (existing === null || existing === index.digest) return
  throw new OperatorError(
    'NAME_TAKEN',
    `${client.repository.text}:${tag} is another image already.`,
    'A published version never changes: build a new version, or delete the tag on the registry if nobody ' +
      'has used it.',
  )
}

async function uploadBlobs(
  client: RegistryClient,
  blobs: readonly Blob[],
  { signal, pause, progress }: PushOptions,
): Promise<void> {
  for (const [index, blob] of blobs.entries()) {
    const size = (blob.bytes / 1_000_000).toFixed(1)
    progress(`Uploading blob ${index + 1} of ${blobs.length} (${size} MB) to ${client.repository.registry}`)
    await uploadBlob(client, blob, { signal, ...(pause !== undefined && { pause }) })
  }
}
