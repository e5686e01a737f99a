import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as zod from 'zod'
import { OperatorError } from '../../errors.ts'
import { fileReason } from '../../files/file-reason.ts'
import { readLimitedFile } from '../../files/read-limited.ts'
import { parsedJson } from '../../http/quote.ts'
import { contentHash, fileHash } from '../files/file-hash.ts'
import { blobPath, MEDIA_TYPES } from '../image-layout.ts'

/** A file of a layout, as a registry stores it. */
export interface Blob {
  readonly digest: string
  readonly bytes: number
  readonly path: string
}

/** A manifest or an index: the exact bytes that were digested, since any other bytes are another one. */
export interface Manifest {
  readonly digest: string
  readonly mediaType: string
  readonly content: Buffer
}

/** What a layout consists of, with everything checked. */
export interface Layout {
  readonly blobs: readonly Blob[]
  /** Of each platform. */
  readonly manifests: readonly Manifest[]
  /** Names the manifests. */
  readonly index: Manifest
}

/** Registries refuse larger manifests (OCI Distribution Specification 1.1, "Pushing Manifests"). */
const MOST_MANIFEST_BYTES = 4 * 1024 * 1024

const DESCRIPTOR = zod.object({
  mediaType: zod.string(),
  digest: zod.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: zod.int().nonnegative(),
})
const INDEX_JSON = zod.object({ manifests: zod.array(DESCRIPTOR) })
const MANIFEST_JSON = zod.object({ config: DESCRIPTOR, layers: zod.array(DESCRIPTOR) })

type Descriptor = zod.infer<typeof DESCRIPTOR>

/**
 * Reads an OCI image layout whose index.json has one descriptor, that of an image index, and verifies the
 * size and digest of each file that belongs to it.
 *
 * Errors: `INTERNAL` if the directory is anything else, or if a file does not have its digest.
 *
 * @param directory absolute path
 */
export async function readLayout(directory: string): Promise<Layout> {
  const [top, ...others] = read(directory, 'index.json', INDEX_JSON).value.manifests
  if (top === undefined || others.length > 0 || top.mediaType !== MEDIA_TYPES.index) {
    throw layoutError(
      directory,
      'its index.json does not have exactly one descriptor, that of an image index',
    )
  }
  const index = readManifest(directory, top, INDEX_JSON)
  const blobs = new Map<string, Blob>()
  const manifests: Manifest[] = []
  for (const descriptor of index.value.manifests) {
    if (descriptor.mediaType !== MEDIA_TYPES.manifest)
      throw layoutError(directory, `its image index names something of the type ${descriptor.mediaType}`)
    const { manifest, value } = readManifest(directory, descriptor, MANIFEST_JSON)
    manifests.push(manifest)
    for (const part of [...value.layers, value.config]) {
      if (!blobs.has(part.digest)) blobs.set(part.digest, await checkedBlob(directory, part))
    }
  }
  return { blobs: [...blobs.values()], manifests, index: index.manifest }
}

function readManifest<Value>(
  directory: string,
  { digest, mediaType, size }: Descriptor,
  shape: zod.ZodType<Value>,
): { manifest: Manifest; value: Value } {
  const { content, value } = read(directory, blobPath(digest), shape)
  if (content.length !== size || `sha256:${contentHash(content)}` !== digest)
    throw damagedError(directory, blobPath(digest))
  return { manifest: { digest, mediaType, content }, value }
}

async function checkedBlob(directory: string, { digest, size }: Descriptor): Promise<Blob> {
  const path = join(directory, blobPath(digest))
  try {
    const { bytes, sha256: actual } = (await stat(path)).isFile()
      ? await fileHash(path)
      : { bytes: -1, sha256: '' }
    if (bytes !== size || `sha256:${actual}` !== digest) throw damagedError(directory, blobPath(digest))
    return { digest, bytes, path }
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw layoutError(directory, `its file ${blobPath(digest)} can't be read: ${fileReason(error)}`)
  }
}

function read<Value>(
  directory: string,
  file: string,
  shape: zod.ZodType<Value>,
): { content: Buffer; value: Value } {
  let content: Buffer
  try {
    content = readLimitedFile(join(directory, file), { mostBytes: MOST_MANIFEST_BYTES })
  } catch (error) {
    throw layoutError(directory, `its file ${file} can't be read: ${fileReason(error)}`)
  }
  const value = shape.safeParse(parsedJson(content.toString('utf8'))).data
  if (value === undefined) throw layoutError(directory, `its file ${file} has the wrong form`)
  return { content, value }
}

function damagedError(directory: string, file: string): OperatorError {
  return layoutError(directory, `its file ${file} does not have the digest that its name says`)
}

function layoutError(directory: string, reason: string): OperatorError {
  return new OperatorError(
    'INTERNAL',
    `${directory} can't be pushed: ${reason}.`,
    'Nothing was uploaded. Build the image again.',
  )
}
