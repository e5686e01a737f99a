import { usageError } from '../errors.ts'
import { orderFormats } from './format-order.ts'
import type { FormatName } from './formats/descriptions.ts'
import { type ContentsByFormat, FORMATS, type SettingsByFormat } from './formats/index.ts'
import type { BuildPlan, PayloadPart, Skipped } from './formats/types.ts'
import type { Payload } from './payloads/types.ts'
import { hostPlatform, type Platform } from './platforms.ts'
import type { BuildRequest } from './request.ts'
import type { BuildContext, Program } from './types.ts'

/** What a run is about to do, whatever the format is. */
export type RunPlan = Omit<BuildPlan, 'platforms' | 'progress'>

/** One format of a run, with the payload's contents and the operator's settings for it. */
export interface FormatJob {
  readonly name: FormatName
  readonly after: readonly string[]
  readonly programs: readonly Program[]
  /** The platforms that it is built for. */
  readonly platforms: readonly Platform[]
  /** What the format requires and the payload lacks. */
  readonly missingParts: readonly PayloadPart[]
  /** Why `build all` leaves it out; `null` if it can be built. */
  readonly skipped: Skipped | null
  checkSettings(plan: RunPlan): Promise<void>
  checkInput(plan: RunPlan): Promise<void>
  build(context: BuildContext): Promise<readonly string[]>
}

/**
 * Returns the formats of a run, in the order in which they are built. With `isEveryFormat` it leaves out
 * those that the payload does not offer, and with a warning those that lack a setting.
 *
 * Errors: `USAGE` if the payload does not offer a format, or if no platform is named and there are no
 * packages for this one.
 */
export async function formatJobs(request: BuildRequest): Promise<FormatJob[]> {
  const names = [...new Set(request.formats)]
  const jobs = orderFormats(await Promise.all(names.map((name) => formatJob(name, request))))
  if (!request.isEveryFormat) {
    const refused = jobs.find(({ missingParts }) => missingParts.length > 0)
    if (refused === undefined) return jobs
    throw usageError(
      `There is no ${refused.name} package of ${request.payload.about.name}.`,
      'Leave that format out.',
      'format',
    )
  }
  const offered = jobs.filter(({ missingParts }) => missingParts.length === 0)
  for (const { skipped } of offered) if (skipped) request.onProgress?.({ type: 'warning', ...skipped })
  return offered.filter(({ skipped }) => skipped === null)
}

async function formatJob<Name extends FormatName>(
  name: Name,
  { payload, platforms: named, settings: all, onProgress }: BuildRequest,
): Promise<FormatJob> {
  const format = await FORMATS[name]()
  const settings = all?.[name] ?? ({} as SettingsByFormat[Name])
  const platforms = named.length > 0 ? named : (format.platforms?.(hostPlatform()) ?? [hostPlatform()])
  const progress = (detail: string) => onProgress?.({ type: 'step', format: name, detail })
  return {
    name,
    after: format.after,
    programs: format.programs(settings),
    platforms,
    missingParts: format.requires.filter((part) => !hasPart(payload, name, part)),
    skipped: format.reasonToSkip?.(settings) ?? null,
    async checkSettings(plan) {
      await format.checkSettings?.(settings, { ...plan, platforms, progress })
    },
    async checkInput(plan) {
      await format.checkInput?.(settings, { ...plan, platforms, progress })
    },
    build(context) {
      // A run begins only if the payload has what the format requires.
      const contents = payload.contents[name] as ContentsByFormat[Name]
      return format.build({ about: payload.about, contents, settings }, context)
    },
  }
}

function hasPart(payload: Payload, name: FormatName, part: PayloadPart): boolean {
  return (part === 'contents' ? payload.contents[name] : payload[part]) !== undefined
}
