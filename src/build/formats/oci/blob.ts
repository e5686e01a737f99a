import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compressGzip } from '../../archives/gzip.ts'
import { writeTar } from '../../archives/tar.ts'
import { contentHash, fileHash } from '../../files/file-hash.ts'
import { MEDIA_TYPES } from '../../image-layout.ts'
import type { BuildContext, InstalledFile } from '../../types.ts'

/** How the files of an image refer to one another (image-spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string
  /** `sha256:` and hexadecimal digits. */
  readonly digest: string
  /** In bytes. */
  readonly size: number
}

/** A part of an image: its file in the directory of this run. */
export interface Blob extends Descriptor {
  readonly from: string
}

/** A layer, compressed. */
export interface Layer extends Blob {
  /** The digest of the tar archive, by which the configuration names the layer. */
  readonly diffId: string
}

/** Returns a blob without its file, as other blobs refer to it. */
export function descriptorOf({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size }
}

/** Writes a layer of files that root owns, with the same bytes each time. */
export async function writeLayer(
  name: string,
  files: readonly InstalledFile[],
  context: BuildContext,
): Promise<Layer> {
  const path = join(context.scratch, `${name}.tar`)
  await writeTar(path, files, context.epoch, context.signal, '')
  const { sha256: diffId } = await fileHash(path)
  const from = await compressGzip(path, context)
  const { sha256, bytes } = await fileHash(from)
  return {
    mediaType: MEDIA_TYPES.layer,
    digest: `sha256:${sha256}`,
    size: bytes,
    from,
    diffId: `sha256:${diffId}`,
  }
}

/** Writes a blob of JSON. Its members keep the order that they have. */
export async function writeJson(
  mediaType: string,
  content: object,
  { scratch }: Pick<BuildContext, 'scratch'>,
): Promise<Blob> {
  const text = JSON.stringify(content)
  const digest = contentHash(text)
  const from = join(scratch, `${digest}.json`)
  await writeFile(`${from}.new`, text)
  await rename(`${from}.new`, from)
  return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(text), from }
}
