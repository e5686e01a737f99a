import { billOfMaterials } from '../../bill-of-materials.ts'
import { MEDIA_TYPES } from '../../image-layout.ts'
import type { Platform } from '../../platforms.ts'
import type { About, BuildContext, Component, InstalledFile } from '../../types.ts'
import { annotationsOf, createdAt } from './annotations.ts'
import { type Blob, descriptorOf, type Layer, writeJson, writeLayer } from './blob.ts'
import type { OciPackage } from './contents.ts'
import type { DebianParts } from './debian/index.ts'
import { PATH, SYSTEM_FILES, USER } from './system-files.ts'

/** The image for one platform. */
export interface PlatformImage {
  readonly platform: Platform
  readonly manifest: Blob
  readonly config: Blob
  readonly layer: Layer
  /** Those of its manifest. */
  readonly annotations: Readonly<Record<string, string>>
}

export interface ImageParts {
  readonly about: About
  readonly own: OciPackage
  readonly debian: DebianParts
  /** The path of the executable on this machine. */
  readonly executable: string
}

/** Writes the layer, the configuration and the manifest of the image for one platform. */
export async function writeImage(
  platform: Platform,
  { about, own, debian, executable }: ImageParts,
  context: BuildContext,
): Promise<PlatformImage> {
  const program = `/usr/bin/${about.name}`
  const components = [...own.components, ...debian.components]
  const files: InstalledFile[] = [
    ...SYSTEM_FILES,
    ...debian.files,
    { kind: 'copy', path: program, from: executable, mode: 0o755 },
    ...own.files,
    billFile(about, components, context),
  ]
  const layer = await writeLayer(platform.name, files, context)
  const annotations = annotationsOf(about, own.revision, context.epoch)
  const configuration = imageConfiguration(platform, { program, layer, annotations }, context)
  const config = await writeJson(MEDIA_TYPES.config, configuration, context)
  const manifest = await writeJson(
    MEDIA_TYPES.manifest,
    {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.manifest,
      config: descriptorOf(config),
      layers: [descriptorOf(layer)],
      annotations,
    },
    context,
  )
  return { platform, manifest, config, layer, annotations }
}

/** Returns a platform as images name it. */
export function imagePlatform({ os, cpu }: Platform): { architecture: string; os: string } {
  return { architecture: cpu === 'x64' ? 'amd64' : cpu, os }
}

/** Returns how containers of the image run (image-spec, config.md). */
function imageConfiguration(
  platform: Platform,
  {
    program,
    layer,
    annotations,
  }: { program: string; layer: Layer; annotations: Readonly<Record<string, string>> },
  { epoch }: Pick<BuildContext, 'epoch'>,
): object {
  const created = createdAt(epoch)
  return {
    created,
    ...imagePlatform(platform),
    config: {
      // Kubernetes can judge only a number (runAsNonRoot).
      User: `${USER}:${USER}`,
      Env: [`PATH=${PATH}`],
      Entrypoint: [program],
      WorkingDir: '/',
      Labels: annotations,
    },
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
    history: [{ created, created_by: 'mathesarctl build oci' }],
  }
}

/** Returns the bill of materials of all that is in the image, which scanners find by the end of its name. */
function billFile(
  about: About,
  components: readonly Component[],
  { epoch }: Pick<BuildContext, 'epoch'>,
): InstalledFile {
  const content = billOfMaterials(about, components, epoch)
  return { kind: 'file', path: `/usr/share/doc/${about.name}/${about.name}.cdx.json`, content }
}
