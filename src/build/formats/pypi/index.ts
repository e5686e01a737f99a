import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { GZIP } from '../../archives/gzip.ts'
import { XZ } from '../../archives/xz.ts'
import { placeArtefact } from '../../files/artifact-file.ts'
import type { BuildContext, Format } from '../../types.ts'
import { targetOf } from './platform-tag.ts'
import { writeSdist } from './sdist.ts'
import { writeWheel } from './wheel.ts'

/** PyPI takes no larger file, unless its administrators are asked. */
const LARGEST = 100 * 1024 * 1024

/** A wheel with the executable for each platform, and a source distribution that builds them without a network. */
export const pypi: Format = {
  name: 'pypi',
  summary: 'wheels and source distribution for pip install and PyPI',
  programs: [GZIP, XZ],
  accepts: ({ pypi: contents, executable }) => contents !== undefined && executable !== undefined,
  async build(payload, context) {
    if (!payload.pypi) return []
    const { about } = payload
    const contents = await payload.pypi(context)
    const made: string[] = []
    const carried = []
    for (const platform of context.platforms) {
      const executable = await context.executable(platform)
      const target = await targetOf(executable, platform)
      context.progress(`Packing the wheel for ${target.tag}`)
      const wheel = await writeWheel(about, contents, { executable, tag: target.tag }, context)
      made.push(await placeArtefact(context, basename(wheel), { from: wheel }))
      carried.push({ executable, target })
    }
    made.push(await writeSdist(about, contents, carried, context))
    for (const path of made) await warnIfLarge(path, context)
    return made
  },
}

async function warnIfLarge(path: string, { warn }: BuildContext): Promise<void> {
  const { size } = await stat(path)
  if (size <= LARGEST) return
  warn(
    `${basename(path)} is larger than the 100 MiB that PyPI takes.`,
    'Ask for a higher limit at https://docs.pypi.org/project-management/storage-limits/, or name fewer platforms.',
  )
}
