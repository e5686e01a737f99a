import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAr } from '../../archives/ar.ts'
import { GZIP } from '../../archives/gzip.ts'
import { writeTar } from '../../archives/tar.ts'
import { compressXz, XZ } from '../../archives/xz.ts'
import { debArchitecture } from '../../debian/architecture.ts'
import { debianVersion } from '../../debian/control.ts'
import { placeArtifact } from '../../files/artifact-file.ts'
import type { Platform } from '../../platforms.ts'
import type { BuildContext } from '../../types.ts'
import type { BuildOrder, Format } from '../types.ts'
import type { DebContents } from './contents.ts'
import { controlFiles } from './control-files.ts'
import { DEB } from './description.ts'

/** The package that dpkg and apt install (deb(5)). Building it needs nothing of Debian's. */
export const deb: Format<DebContents, object> = {
  name: DEB.name,
  requires: ['contents', 'installedFiles'],
  after: [],
  programs: () => [XZ, GZIP],
  async build(order, context) {
    const paths: string[] = []
    for (const platform of context.platforms) {
      const path = await buildFor(platform, order, context)
      if (path !== null) paths.push(path)
    }
    return paths
  },
}

/** Returns the path of the package; `null` where Debian does not run on the platform. */
async function buildFor(
  platform: Platform,
  { about, contents }: BuildOrder<DebContents, object>,
  context: BuildContext,
): Promise<string | null> {
  const architecture = debArchitecture(platform)
  if (architecture === null) {
    context.warn(
      `There is no Debian package for ${platform.name}.`,
      'Debian packages are built for linux-x64 and linux-arm64.',
    )
    return null
  }
  const own = await contents(platform, context)
  const files = [...(await context.installedFiles(platform)), ...own.files]
  const version = debianVersion(about.version)
  const name = `${about.name}_${version}_${architecture}.deb`
  const scratch = join(context.scratch, name)
  await mkdir(scratch)
  context.progress(`Compressing ${name}`)
  const data = join(scratch, 'data.tar')
  await writeTar(data, files, context.epoch, context.signal)
  const control = join(scratch, 'control.tar')
  const controlMembers = await controlFiles(about, { version, architecture }, { ...own, files })
  await writeTar(control, controlMembers, context.epoch, context.signal)
  const packed = join(scratch, name)
  await writeAr(
    packed,
    [
      { name: 'debian-binary', content: '2.0\n' },
      { name: 'control.tar.xz', from: await compressXz(control, context) },
      { name: 'data.tar.xz', from: await compressXz(data, context) },
    ],
    context.epoch,
    context.signal,
  )
  return placeArtifact(context, name, { from: packed })
}
