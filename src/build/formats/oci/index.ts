import { join } from 'node:path'
import { usageError } from '../../../errors.ts'
import { GZIP } from '../../archives/gzip.ts'
import { XZ } from '../../archives/xz.ts'
import { debArchitecture } from '../../debian/architecture.ts'
import { placeArtifact } from '../../files/artifact-file.ts'
import { MEDIA_TYPES } from '../../image-layout.ts'
import { imageTags } from '../../image-tags.ts'
import { type Platform, platform } from '../../platforms.ts'
import { checkPush, checkRegistry, pushLayout } from '../../registry/push.ts'
import type { About, BuildContext } from '../../types.ts'
import { BINARY } from '../binary/description.ts'
import type { BuildOrder, Format } from '../types.ts'
import { type Blob, descriptorOf, writeJson } from './blob.ts'
import type { OciContents } from './contents.ts'
import { packagesIn } from './debian/directory.ts'
import { debianParts } from './debian/index.ts'
import { OCI, type OciSettings } from './description.ts'
import { checkExecutables, executablesByPlatform } from './executables.ts'
import { imagePlatform, type PlatformImage, writeImage } from './image.ts'
import { placeLayout, withLayoutLock, writeArchive } from './layout.ts'

type OciOrder = BuildOrder<OciContents, OciSettings>

/**
 * A container image for all platforms, as an image layout (OCI Image Format Specification 1.1): a directory
 * from which tools copy it to a registry. Building it needs no container engine.
 */
export const oci: Format<OciContents, OciSettings> = {
  name: OCI.name,
  requires: ['contents', 'executable'],
  after: [BINARY.name],
  platforms: ({ os, ...host }) =>
    os === 'linux' ? [platform('linux-x64'), platform('linux-arm64')] : [{ os, ...host }],
  programs: () => [GZIP, XZ],
  async checkSettings({ push }, plan) {
    if (push === undefined) return
    if (!plan.platforms.some(({ os }) => os === 'linux')) {
      throw usageError(
        'There is no container image for the platforms of this run, so that --push has nothing to upload.',
        'Pass --platform with linux-x64 or linux-arm64, or leave --platform out.',
        'platform',
      )
    }
    imageTags(plan.version)
    await checkPush(push, plan)
  },
  async checkInput({ executables = [], debianPackages, push }, plan) {
    const { platforms } = plan
    await checkExecutables(executables, plan)
    if (debianPackages !== undefined) {
      for (const one of platforms) {
        const architecture = debArchitecture(one)
        if (architecture !== null) await packagesIn(debianPackages, architecture)
      }
    }
    if (push !== undefined) await checkRegistry(push, plan)
  },
  async build(order, context) {
    const images: PlatformImage[] = []
    for (const one of imagePlatforms(context)) images.push(await imageFor(one, order, context))
    if (images.length === 0) return []
    const { archive, push } = order.settings
    return await withLayoutLock(layoutDirectory(order.about), context, async () => {
      const paths = await layoutOf(images, order, context)
      if (archive) for (const image of images) paths.push(await archiveOf(image, order.about, context))
      if (push !== undefined) {
        const { version } = order.about
        const layout = join(context.out, layoutDirectory(order.about))
        context.pushed(await pushLayout(layout, push, { version, ...context }))
      }
      return paths
    })
  },
}

/** Returns the platforms of the run that containers run on. */
function imagePlatforms({ platforms, warn }: BuildContext): Platform[] {
  return platforms.filter(({ name, os }) => {
    if (os === 'linux') return true
    warn(`There is no container image for ${name}.`, 'Images are built for linux-x64 and linux-arm64.')
    return false
  })
}

async function imageFor(
  one: Platform,
  { about, contents, settings }: OciOrder,
  context: BuildContext,
): Promise<PlatformImage> {
  const { executables = [], debianPackages = null } = settings
  const executable =
    (await executablesByPlatform(executables)).get(one.name) ?? (await context.executable(one))
  const debian = await debianParts(one, executable, debianPackages, context)
  const own = await contents(one, context)
  context.progress(`Compressing the image for ${one.name}`)
  return await writeImage(one, { about, own, debian, executable }, context)
}

async function layoutOf(
  images: readonly PlatformImage[],
  { about }: OciOrder,
  context: BuildContext,
): Promise<string[]> {
  const [first] = images
  const index = await writeJson(
    MEDIA_TYPES.index,
    {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.index,
      manifests: images.map(({ platform, manifest }) => ({
        ...descriptorOf(manifest),
        platform: imagePlatform(platform),
      })),
      annotations: first?.annotations,
    },
    context,
  )
  const blobs = [index, ...images.flatMap(blobsOf)]
  return await placeLayout(layoutDirectory(about), index, blobs, context)
}

/** Returns the name of the layout's directory. */
function layoutDirectory({ name, version }: About): string {
  return `${name}-${version}-oci`
}

function blobsOf({ manifest, config, layer }: PlatformImage): Blob[] {
  return [manifest, config, layer]
}

/** Writes the archive of the image for one platform. */
async function archiveOf(image: PlatformImage, about: About, context: BuildContext): Promise<string> {
  const file = `${about.name}-${about.version}-oci-${image.platform.name}.tar`
  const path = join(context.scratch, file)
  // A tag can't have a plus sign.
  const tag = about.version.replaceAll('+', '_')
  await writeArchive(path, { name: about.name, tag, ...image }, context)
  return placeArtifact(context, file, { from: path })
}
