import { join } from 'node:path'
import type { Artifact } from './artifact.ts'
import type { FormatName } from './formats/descriptions.ts'
import type { Platform, PlatformName } from './platforms.ts'
import type { BuildRequest } from './request.ts'
import type { BuildContext } from './types.ts'

/**
 * Returns the function that creates the context of one format. A run builds what formats share once,
 * whichever format asks first.
 *
 * @param artifacts those of this run, to which the run adds
 */
export function contextMaker(
  { payload, platforms: named, out, env, signal, onProgress }: BuildRequest,
  { scratch, epoch }: Pick<BuildContext, 'scratch' | 'epoch'>,
  artifacts: readonly Artifact[],
): (format: FormatName, platforms?: readonly Platform[]) => BuildContext {
  const executable = oncePerPlatform(payload.executable)
  const installedFiles = oncePerPlatform(payload.installedFiles)
  return (format, platforms = named) => {
    const context: BuildContext = {
      platforms: [...new Set(platforms)],
      out,
      scratch,
      epoch,
      env,
      signal,
      executable: (platform) => executable(platform, context),
      installedFiles: (platform) => installedFiles(platform, context),
      artifactsOf: (name) =>
        artifacts.filter((artifact) => artifact.format === name).map(({ file }) => join(out, file)),
      progress: (detail) => onProgress?.({ type: 'step', format, detail }),
      warn: (message, hint) => onProgress?.({ type: 'warning', message, hint }),
      pushed: (image) => onProgress?.({ type: 'image', image }),
    }
    return context
  }
}

type PlatformBuild<Result> = (platform: Platform, context: BuildContext) => Promise<Result>

/** Returns a function that runs the payload's own function once for each platform. */
function oncePerPlatform<Result>(build: PlatformBuild<Result> | undefined): PlatformBuild<Result> {
  const results = new Map<PlatformName, Promise<Result>>()
  return (platform, context) => {
    // A run refuses a payload that lacks what a format requires, so this is a format that does not declare
    // it.
    if (!build) throw new Error('The format uses what the payload does not have')
    const result = results.get(platform.name) ?? build(platform, context)
    results.set(platform.name, result)
    return result
  }
}
