import type { ReleaseRange } from '../../store/types.ts'

/** Returns a range of releases in words, such as `0.8.0 to 0.9.0`. */
export function releaseRangeText({ oldest, newest }: ReleaseRange): string {
  return oldest === newest ? oldest : `${oldest} to ${newest}`
}
