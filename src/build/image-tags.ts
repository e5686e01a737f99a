import { usageError } from '../errors.ts'

/** The tag of the main branch. It has no place in the order of versions. */
export const EDGE = 'edge'

/** The longest tag of a container image (OCI Distribution Specification 1.1, "Pulling manifests"). */
const LONGEST_TAG = 128

/** A version by Semantic Versioning 2.0.0, without build metadata. */
interface Version {
  readonly text: string
  /** Major, minor, patch: as digits, since they may be of any length. */
  readonly numbers: readonly [string, string, string]
  readonly isPrerelease: boolean
}

const NUMBER = '0|[1-9]\\d*'
const IDENTIFIER = `(?:${NUMBER}|\\d*[A-Za-z-][0-9A-Za-z-]*)`
const VERSION = new RegExp(
  `^v?((${NUMBER})\\.(${NUMBER})\\.(${NUMBER})(-${IDENTIFIER}(?:\\.${IDENTIFIER})*)?)(\\+[0-9A-Za-z.-]+)?$`,
)

/**
 * Returns the tags of a version's container image, the one that never moves first.
 * docs/decisions/0002-image-tags.md has the reasons:
 *
 * - `1.2.3` always;
 * - `1.2` and, from 1.0.0 on, `1`, unless a higher version of that line was released: they never move
 *   backwards;
 * - `latest`, unless a higher version was released;
 * - a prerelease has its full tag alone, and holds back nothing.
 *
 * Errors: `USAGE` for a text that is not a version, and for a version that no tag can hold.
 *
 * @param version with or without a leading v
 * @param released the released versions; this one may be among them, so that a run can be repeated
 */
export function imageTags(version: string, released: readonly string[] = []): string[] {
  const own = parse(version, 'version')
  const [major, minor] = own.numbers
  if (own.isPrerelease) return [own.text]
  const higher = released
    .map((other) => parse(other, 'released'))
    .filter((other) => !other.isPrerelease && compare(other, own) > 0)
  const isHeldBack = (...line: string[]) =>
    higher.some(({ numbers }) => line.every((number, index) => number === numbers[index]))
  return [
    own.text,
    ...(isHeldBack(major, minor) ? [] : [`${major}.${minor}`]),
    // Semantic Versioning promises nothing from one 0.x to the next, so "0" would promise nothing.
    ...(major === '0' || isHeldBack(major) ? [] : [major]),
    ...(isHeldBack() ? [] : ['latest']),
  ]
}

/**
 * Returns the versions among the tags of a repository of images or of git, without tags such as `latest` and
 * `1.2`.
 */
export function versionsAmong(tags: readonly string[]): string[] {
  return tags.filter((tag) => VERSION.test(tag) && !tag.includes('+'))
}

function parse(text: string, field: 'version' | 'released'): Version {
  const [, full, major, minor, patch, prerelease, metadata] = VERSION.exec(text) ?? []
  if (full === undefined || major === undefined || minor === undefined || patch === undefined) {
    throw usageError(
      `"${text}" is not a version.`,
      'A version is three numbers with points between them, such as 1.2.3. It may have a prerelease: ' +
        '1.2.3-rc.1 (semver.org).',
      field,
    )
  }
  if (metadata !== undefined) {
    throw usageError(
      `"${text}" has build metadata, which no tag of an image can hold.`,
      `Leave out the plus sign and what follows it: ${full}.`,
      field,
    )
  }
  if (full.length > LONGEST_TAG) {
    throw usageError(
      `The version has ${full.length} characters, and a tag of an image at most ${LONGEST_TAG}.`,
      'Shorten its prerelease.',
      field,
    )
  }
  return { text: full, numbers: [major, minor, patch], isPrerelease: prerelease !== undefined }
}

/** Compares two versions, prereleases aside: positive if `one` is higher. */
function compare(one: Version, other: Version): number {
  for (const [index, digits] of one.numbers.entries()) {
    const others = other.numbers[index] ?? ''
    if (digits.length !== others.length) return digits.length - others.length
    if (digits !== others) return digits < others ? -1 : 1
  }
  return 0
}
