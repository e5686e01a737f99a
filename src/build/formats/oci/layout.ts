import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeTar } from '../../archives/tar.ts'
import { placeArtifact } from '../../files/artifact-file.ts'
import { withDirectoryLock } from '../../files/directory-lock.ts'
import { blobPath, MEDIA_TYPES } from '../../image-layout.ts'
import type { BuildContext, InstalledFile } from '../../types.ts'
import { type Blob, type Descriptor, descriptorOf } from './blob.ts'

/** Marks a directory as an image layout (image-spec, image-layout.md). */
const LAYOUT = JSON.stringify({ imageLayoutVersion: '1.0.0' })

/** Returns the text of the file index.json, which has a single entry. */
function indexJson(entry: Descriptor & { annotations?: Readonly<Record<string, string>> }): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [entry] })
}

/**
 * Writes or uploads an image layout while no other run changes it: another build would replace the image that
 * this one is about to push, and delete its blobs.
 *
 * Errors: those of `withDirectoryLock`.
 *
 * @param directory relative to `context.out`
 */
export function withLayoutLock<Result>(
  directory: string,
  context: Pick<BuildContext, 'out'>,
  use: () => Promise<Result>,
): Promise<Result> {
  const path = join(context.out, directory)
  return withDirectoryLock(`${path}.lock`, `the image in ${path}`, use)
}

/**
 * Writes an image layout into the directory of artifacts, and deletes the blobs that an earlier build left
 * there. The index names no tag: whoever pushes the image chooses its tags. Returns the paths of the files.
 *
 * @param directory relative to `context.out`
 * @param root what the index of the layout names
 */
export async function placeLayout(
  directory: string,
  root: Descriptor,
  blobs: readonly Blob[],
  context: Pick<BuildContext, 'out'>,
): Promise<string[]> {
  const out = join(context.out, directory)
  const paths: string[] = []
  for (const { digest, from } of blobs) paths.push(await placeArtifact({ out }, blobPath(digest), { from }))
  // The index comes last, so that it never names a blob that is not there.
  paths.push(await placeArtifact({ out }, 'oci-layout', { content: LAYOUT }))
  paths.push(await placeArtifact({ out }, 'index.json', { content: indexJson(descriptorOf(root)) }))
  await deleteOthers(join(out, 'blobs/sha256'), new Set(paths))
  return paths
}

async function deleteOthers(directory: string, paths: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    if (!paths.has(path)) await rm(path, { recursive: true })
  }
}

/** An image for one platform, with the name that it has after it is loaded. */
export interface NamedImage {
  /** Such as `mathesarctl`. */
  readonly name: string
  readonly tag: string
  readonly manifest: Blob
  readonly config: Blob
  readonly layer: Blob
}

/**
 * Writes an archive of an image for one platform, which is two at once: an image layout, which ctr reads, and
 * what `docker save` writes, which every version of Docker reads. The older ones know no platforms, and would
 * load the images of all platforms under one name.
 */
export async function writeArchive(
  path: string,
  { name, tag, manifest, config, layer }: NamedImage,
  context: Pick<BuildContext, 'epoch' | 'signal'>,
): Promise<void> {
  const annotations = {
    'io.containerd.image.name': `docker.io/library/${name}:${tag}`,
    'org.opencontainers.image.ref.name': tag,
  }
  const saved = [
    {
      Config: blobPath(config.digest),
      RepoTags: [`${name}:${tag}`],
      Layers: [blobPath(layer.digest)],
    },
  ]
  const texts = {
    '/index.json': indexJson({ ...descriptorOf(manifest), annotations }),
    '/manifest.json': JSON.stringify(saved),
    '/oci-layout': LAYOUT,
  }
  const files: InstalledFile[] = [
    ...[manifest, config, layer].map(
      ({ digest, from }): InstalledFile => ({ kind: 'copy', path: `/${blobPath(digest)}`, from }),
    ),
    ...Object.entries(texts).map(([file, content]): InstalledFile => ({ kind: 'file', path: file, content })),
  ]
  await writeTar(path, files, context.epoch, context.signal, '')
}
