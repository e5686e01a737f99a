import { OperatorError, usageError } from '../../../errors.ts'
import { compareVersions } from '../compare-versions.ts'
import { NoReleaseError, SOURCE_HINT, sourceError } from './contents.ts'

/** The first release whose SQL is in files alone. */
const FIRST = '0.2.0'

/** The pre-release of 0.2.0 had a layout and SQL of its own, which no release has. */
const ABANDONED = /^0\.2\.0-testing/

/** The last release that this version knows: a later one may have other files. */
export const LAST_KNOWN = '0.11.0'

/** The form of versions: `0.11.0`, `0.12.0-rc.1`, `0.12.0.dev1`. */
const VERSION = /^\d{1,5}(?:\.\d{1,5}){1,3}(?:[-+.]?[a-z][\w.+-]{0,30})?$/i

/** The form of the names of releases, which have three numbers: 0.11 is none. */
const RELEASE = /^\d+\.\d+\.\d+(?!\.?\d)/

/** The assignment of the version in Python, as the text of `mathesar/__init__.py` has it. */
const ASSIGNMENT = /^__version__[ \t]*(?::[^=\n]*)?=[ \t]*(?:"([^"\n]*)"|'([^'\n]*)')/m

/**
 * Returns the version that a release's module assigns to `__version__`; `null` if it assigns none. The module
 * is read as text, and never executed.
 */
export function versionIn(versionModule: Buffer): string | null {
  const [, double, single] = ASSIGNMENT.exec(versionModule.toString('utf8')) ?? []
  const version = double ?? single ?? ''
  return VERSION.test(version) ? version : null
}

/**
 * Returns the release that `--release` names, without the `v` that some write before it. Errors: `USAGE`
 * (field `release`) for text that names no release, and for a release without SQL files of its types.
 */
export function parseRelease(text: string): string {
  const release = text.trim().replace(/^v(?=\d)/, '')
  if (!VERSION.test(release) || !RELEASE.test(release)) {
    throw usageError(
      `${JSON.stringify(text)} is not the name of a release.`,
      `Write it as Mathesar names it, with three numbers, such as --release ${LAST_KNOWN}.`,
      'release',
    )
  }
  if (!isModern(release)) throw legacyError(release, 'release')
  return release
}

/** A release before 0.2.0 is named, whose SQL no source can have. */
export class LegacyReleaseError extends OperatorError {
  static override readonly kind = 'legacy release'
}

/** Returns the error for a release whose types come from its Python code. */
export function legacyError(release: string, field: 'release' | 'schema-source'): LegacyReleaseError {
  return new LegacyReleaseError(
    'USAGE',
    ABANDONED.test(release)
      ? `Mathesar ${release} was a test, and no Mathesar works with its SQL.`
      : `Mathesar ${release} has no SQL files of its types: its own Python code creates them.`,
    ABANDONED.test(release)
      ? `Use a release: ${FIRST} or later.`
      : `Use a release from ${FIRST} on, or for a Mathesar 0.1.4 to 0.1.7 --schema-source bundled, which has its ` +
          'interface.',
    { field },
  )
}

/** Returns whether a release has its SQL in files alone, as 0.2.0 and later ones do. */
export function isModern(release: string): boolean {
  return compareVersions(release, FIRST) >= 0 && !ABANDONED.test(release)
}

/** Returns the version that a release gives itself: the tree of the tag 0.10.0 still says 0.9.0. */
export function ownVersion(release: string): string {
  return release === '0.10.0' ? '0.9.0' : release
}

/** Returns whether one of a range of releases gives itself that version. */
export function isOwnVersionIn(version: string, range: { oldest: string; newest: string }): boolean {
  const releases = version === ownVersion('0.10.0') ? [version, '0.10.0'] : [version]
  return releases.some(
    (release) => compareVersions(release, range.oldest) >= 0 && compareVersions(release, range.newest) <= 0,
  )
}

/**
 * Returns whether a release may work with the tables that a range of releases has: one of these, or a release
 * that is later than all known ones and may have changed no table.
 */
export function mayWorkIn(version: string, range: { oldest: string; newest: string }): boolean {
  if (isOwnVersionIn(version, range)) return true
  return range.newest === LAST_KNOWN && compareVersions(version, LAST_KNOWN) > 0
}

/**
 * Returns the version to record: what the tree gives itself, else what the release gives itself.
 *
 * Errors: `USAGE` if neither is known, if the two differ, and for a release before 0.2.0.
 *
 * @param stated the version in the release's own module; `null` where there is none
 * @param release as `parseRelease` returns it; `null` if the operator named none
 */
export function versionOf(place: string, stated: string | null, release: string | null): string {
  if (stated === null) {
    if (release !== null) return ownVersion(release)
    throw usageError(
      `The source ${place} has the SQL of a Mathesar release, but does not state of which one.`,
      `Name the release with --release V, such as --release ${LAST_KNOWN}.`,
      'release',
    )
  }
  if (!isModern(stated)) throw legacyError(stated, 'schema-source')
  if (release !== null && stated !== release && stated !== ownVersion(release)) {
    throw usageError(
      `The source ${place} is Mathesar ${stated}, and --release names ${release}.`,
      'Leave out --release, or name the source of that release.',
      'release',
    )
  }
  return stated
}

/** Returns the error for a module that assigns no version. */
export function noVersionError(place: string, path: string): OperatorError {
  return sourceError(
    `The source ${place} does not state its version: ${path} assigns no version to __version__.`,
    'Name the tree of a Mathesar release, or its db/sql together with --release V.',
  )
}

/**
 * Returns the error for a source without files of an install, which may be that of an earlier release.
 *
 * @param versionModule the module that states its version; `null` if there is none
 */
export function noSqlError(place: string, versionModule: Buffer | null): OperatorError {
  const version = versionModule === null ? null : versionIn(versionModule)
  if (version !== null && !isModern(version)) return legacyError(version, 'schema-source')
  return new NoReleaseError(
    'USAGE',
    `The source ${place} has no SQL of a Mathesar release: neither there nor in db/sql is a file such as 05_msar.sql.`,
    SOURCE_HINT,
    { field: 'schema-source' },
  )
}
