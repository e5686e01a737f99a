import type { OciPackage } from '../../formats/oci/contents.ts'
import type { Platform } from '../../platforms.ts'
import type { BuildContext, InstalledFile } from '../../types.ts'
import type { Checkout } from './checkout.ts'
import { revisionOf } from './commit.ts'
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
    revision: revisionOf(checkout.root, checkout.repository, context.env),
  }
}
