/** The releases that the fixture imitates, by the numbers of routines that an install of each leaves. */
interface Line {
  oldest: string
  msar: number
  __msar: number
}

const LINES: readonly Line[] = [
  { oldest: '0.2.0', msar: 582, __msar: 35 },
  { oldest: '0.2.1', msar: 568, __msar: 31 },
  { oldest: '0.2.2', msar: 572, __msar: 32 },
  { oldest: '0.2.3', msar: 440, __msar: 32 },
  { oldest: '0.3.0', msar: 444, __msar: 32 },
  { oldest: '0.4.0', msar: 446, __msar: 32 },
  { oldest: '0.5.0', msar: 453, __msar: 32 },
  { oldest: '0.6.0', msar: 456, __msar: 32 },
  { oldest: '0.7.0', msar: 472, __msar: 27 },
  { oldest: '0.8.0', msar: 478, __msar: 27 },
  { oldest: '0.9.0', msar: 479, __msar: 17 },
]

/** Compares two versions of three numbers. */
function compareVersions(one: string, other: string): number {
  const [left, right] = [one, other].map((version) => version.split('.').map(Number))
  for (let at = 0; at < 3; at++) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Returns whether a release is `other` or a later one. */
export function isAtLeast(version: string, other: string): boolean {
  return compareVersions(version, other) >= 0
}

/**
 * Returns the numbers of routines of a release. One that is later than all known ones has those of the last.
 */
export function routineCounts(version: string): { msar: number; __msar: number } {
  const line = LINES.findLast(({ oldest }) => isAtLeast(version, oldest))
  if (line === undefined) throw new Error(`${version} has no SQL of its own`)
  return line
}

/** Returns the first release of each line up to a release, and that release: their objects differ. */
export function releasesUpTo(version: string): string[] {
  return [...LINES.map(({ oldest }) => oldest).filter((oldest) => isAtLeast(version, oldest)), version]
}

/** Returns the version that the tree of a release gives itself. */
export function versionInTree(release: string): string {
  return release === '0.10.0' ? '0.9.0' : release
}
