import type { Payload } from '../types.ts'
import { aboutOf, releaseTime } from './about.ts'
import { checkoutOf } from './checkout.ts'
import { componentsOf } from './components.ts'
import { debPackage } from './deb.ts'
import { buildExecutable } from './executable.ts'
import { installedFiles } from './installed-files.ts'
import { licenseTexts } from './licenses.ts'
import { npmPackage } from './npm.ts'
import { ociPackage } from './oci.ts'
import { isOwnExecutable } from './own-executable.ts'
import { pypiProject } from './pypi.ts'

/**
 * Returns this tool itself as a payload.
 *
 * @param root of a checkout of its sources; by default the one that runs
 * Errors: `USAGE` if that is an installed package, which lacks the sources of packages.
 */
export function mathesarctlPayload(env: NodeJS.ProcessEnv, root?: string): Payload {
  const checkout = checkoutOf(env, root)
  return {
    about: aboutOf(checkout),
    epoch: releaseTime(checkout),
    components: async () => componentsOf(checkout),
    executable: (platform, context) => buildExecutable(checkout, platform, context),
    isOwnExecutable: (path, signal) => isOwnExecutable(path, checkout.version, signal),
    installedFiles: (platform, context) => installedFiles(checkout, platform, context),
    contents: {
      binary: async (platform, context) => ({ licenses: await licenseTexts(checkout, [platform], context) }),
      deb: (platform, context) => debPackage(checkout, platform, context),
      oci: (platform, context) => ociPackage(checkout, platform, context),
      npm: (context) => npmPackage(checkout, context),
      pypi: (context) => pypiProject(checkout, context),
    },
  }
}
