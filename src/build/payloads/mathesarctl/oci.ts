import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { OciPackage } from '../../formats/oci/contents.ts'
import type { Platform } from '../../platforms.ts'
import { runProgram } from '../../programs/run-program.ts'
import type { BuildContext, InstalledFile } from '../../types.ts'
import type { Checkout } from './checkout.ts'
import { executableComponents } from './components.ts'
import { licenseTexts } from './licenses.ts'

/** Returns what the container image has besides the executable: the licenses of everything in it. */
export async function ociPackage(
  checkout: Checkout,
  platform: Platform,
  context: BuildContext,
): Promise<OciPackage> {
  const licenses = await licenseTexts(checkout, [platform], context)
  return {
    files: Object.entries(licenses).map(
      ([name, content]): InstalledFile => ({
        kind: 'file',
        path: `/usr/share/doc/mathesarctl/${name}`,
        content,
      }),
    ),
    components: executableComponents(checkout, platform),
    revision: await revisionOf(checkout, context),
  }
}

/**
 * Returns the identifier of the commit that is packed: that of a release's workflow, or else that of the
 * checkout. Sources that differ from every commit, or that came without git's history, have none.
 */
async function revisionOf(
  { root, repository }: Checkout,
  context: Pick<BuildContext, 'env' | 'signal'>,
): Promise<string | null> {
  const { GITHUB_SHA } = context.env
  if (repository !== null && GITHUB_SHA) return GITHUB_SHA
  if (!existsSync(join(root, '.git'))) return null
  const git = async (...args: string[]) =>
    (await runProgram('git', { args, cwd: root }, context)).toString('utf8').trim()
  try {
    const isChanged = (await git('status', '--porcelain', '--untracked-files=no')) !== ''
    return isChanged ? null : await git('rev-parse', 'HEAD')
  } catch {
    context.signal?.throwIfAborted()
    return null
  }
}
