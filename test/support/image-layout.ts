import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Descriptor {
  mediaType: string
  digest: string
  size: number
  platform?: { os: string; architecture: string }
}

/** An image layout that a test wrote. */
export interface ImageLayout {
  directory: string
  /** Of the index. */
  digest: string
  /** Of the layers and the configurations. */
  blobs: readonly string[]
  /** Of the manifests of the platforms. */
  manifests: readonly string[]
}

const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'

/**
 * Writes an OCI image layout for linux/amd64 and linux/arm64, which share their first layer. Nothing can run
 * it: registries do not look into layers.
 *
 * @param layer the content of the first layer, which distinguishes images
 */
export function imageLayout(directory: string, layer: Buffer | string = 'a layer'): ImageLayout {
  mkdirSync(join(directory, 'blobs/sha256'), { recursive: true })
  const blobs = new Set<string>()
  const write = (mediaType: string, content: Buffer | string): Descriptor => {
    const hex = createHash('sha256').update(content).digest('hex')
    writeFileSync(join(directory, 'blobs/sha256', hex), content)
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(content) }
  }
  const manifests = ['amd64', 'arm64'].map((architecture) => {
    const layers = [write(LAYER, layer), write(LAYER, `the layer of ${architecture}`)]
    const config = write(
      CONFIG,
      JSON.stringify({
        os: 'linux',
        architecture,
        rootfs: { type: 'layers', diff_ids: layers.map((one) => one.digest) },
      }),
    )
    for (const { digest } of [...layers, config]) blobs.add(digest)
    const manifest = { schemaVersion: 2, mediaType: MANIFEST, config, layers }
    return { ...write(MANIFEST, JSON.stringify(manifest)), platform: { os: 'linux', architecture } }
  })
  const index = write(INDEX, JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }))
  writeFileSync(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  writeFileSync(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [index] }))
  return {
    directory,
    digest: index.digest,
    blobs: [...blobs],
    manifests: manifests.map(({ digest }) => digest),
  }
}
