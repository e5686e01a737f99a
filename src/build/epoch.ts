import { usageError } from '../errors.ts'

/** ZIP archives can't hold a time before 1980, with a day for every time zone. */
const FIRST = 315_619_200

/** gzip holds a time in 32 bits. */
const END = 2 ** 32

/**
 * Returns the time of everything in an artifact, in seconds since 1970: that of SOURCE_DATE_EPOCH
 * (https://reproducible-builds.org/specs/source-date-epoch/), or else that of the payload.
 *
 * Errors: `USAGE` if SOURCE_DATE_EPOCH is not such a number.
 */
export function epochOf(env: NodeJS.ProcessEnv, payload: { readonly epoch: number }): number {
  const text = env.SOURCE_DATE_EPOCH
  if (text === undefined || text === '') return payload.epoch
  if (/^[0-9]{9,10}$/.test(text) && Number(text) >= FIRST && Number(text) < END) return Number(text)
  throw usageError(
    `SOURCE_DATE_EPOCH is "${text}", which is not a time in seconds since 1970 (from 1980 to 2105).`,
    'Set it to the time of the commit, git log -1 --format=%ct, or unset it.',
  )
}
