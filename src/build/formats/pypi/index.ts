import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { GZIP } from '../../archives/gzip.ts'
import { XZ } from '../../archives/xz.ts'
import { placeArtifact } from '../../files/artifact-file.ts'
import type { BuildContext } from '../../types.ts'
import type { Format } from '../types.ts'
import type { PypiContents } from './contents.ts'
import { PYPI } from './description.ts'
import { targetOf } from './platform-tag.ts'
import { type CarriedExecutable, writeSdist } from './sdist.ts'
import { writeWheel } from './wheel.ts'

/** PyPI accepts no larger file, unless its administrators raise the limit of a project. */
const MAXIMUM_BYTES = 100 * 1024 * 1024

/**
 * A wheel with the executable for each platform, and a source distribution that builds them without a
 * network.
 */
export const pypi: Format<PypiContents, object> = {
  name: PYPI.name,
  requires: ['contents', 'executable'],
  after: [],
  programs: () => [GZIP, XZ],
  async build({ about, contents }, context) {
    const project = await contents(context)
    const paths: string[] = []
    const carried: CarriedExecutable[] = []
    for (const platform of context.platforms) {
      const executable = await context.executable(platform)
      const target = await targetOf(executable, platform)
      context.progress(`Packing the wheel for ${target.tag}`)
      const wheel = await writeWheel(about, project, { executable, tag: target.tag }, context)
      paths.push(await placeArtifact(context, basename(wheel), { from: wheel }))
      carried.push({ executable, target })
    }
    paths.push(await writeSdist(about, project, carried, context))
    for (const path of paths) await warnIfLarge(path, context)
    return paths
  },
}

async function warnIfLarge(path: string, { warn }: BuildContext): Promise<void> {
  const { size } = await stat(path)
  if (size <= MAXIMUM_BYTES) return
  warn(
    `${basename(path)} is larger than the 100 MiB that PyPI accepts.`,
    'Ask for a higher limit at https://docs.pypi.org/project-management/storage-limits/, or name fewer ' +
      'platforms.',
  )
}
