import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Platform } from '../../platforms.ts'
import type { BuildContext } from '../../types.ts'
import type { Checkout } from './checkout.ts'
import { RUNTIMES } from './node-packages.ts'
import { nodeLicense } from './runtime.ts'

/**
 * Returns the texts that accompany executables, by file name: the tool's own license, and those of everything
 * in them.
 */
export async function licenseTexts(
  { root }: Checkout,
  platforms: readonly Platform[],
  context: BuildContext,
): Promise<Readonly<Record<string, string>>> {
  const text = (file: string) => readFile(join(root, file), 'utf8')
  return {
    LICENSE: await text('LICENSE'),
    'NODE-LICENSE.txt': await nodeLicenses(platforms, context),
    'THIRD-PARTY-NOTICES.txt': await text('dist/THIRD-PARTY-NOTICES.txt'),
  }
}

/** Returns the license of each Node in the executables. */
async function nodeLicenses(platforms: readonly Platform[], context: BuildContext): Promise<string> {
  const texts = new Map<string, string>()
  for (const platform of platforms) {
    const version = RUNTIMES[platform.name]
    if (!texts.has(version)) texts.set(version, await nodeLicense(platform, version, context))
  }
  return [...texts].map(([version, text]) => `Node.js ${version}\n\n${text}`).join('\n')
}
