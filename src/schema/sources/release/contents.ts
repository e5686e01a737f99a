import { OperatorError, usageError } from '../../../errors.ts'

/** What is read of a release: the bytes of its files, before anything is known of them. */
export interface ReleaseContents {
  /** The files of `db/sql` that an install may run, by name. */
  files: ReadonlyMap<string, Buffer>
  /** The module that states the version; `null` where only `db/sql` is there. */
  versionModule: Buffer | null
}

/** The limits of what is read of a release. The real ones have 0.5 MB of SQL, and some 100 MB unpacked. */
export const LIMITS = {
  /** One file, in bytes. */
  file: 8 * 1024 * 1024,
  /** All files that are kept, in bytes. */
  kept: 32 * 1024 * 1024,
  /** A tarball, unpacked, in bytes. */
  unpacked: 1024 * 1024 * 1024,
  /** The members of a tarball, or the entries of `db/sql`. */
  members: 100_000,
} as const

/**
 * The files that installs of 0.2.0 and later run begin with two digits. The others of `db/sql` are tests, or
 * files of earlier releases.
 */
export const INSTALLED_FILE = /^\d\d_[\w.-]+\.sql$/

/** The path of the version's module in a release. */
export const VERSION_MODULE = 'mathesar/__init__.py'

/** What to name, for an operator who named something else. */
export const SOURCE_HINT =
  'Name the directory of a Mathesar release, its mathesar.tar.gz, or its db/sql together with --release V.'

/** Nothing is at the path of a source, or no release's SQL. */
export class NoReleaseError extends OperatorError {
  static override readonly kind = 'no release'
}

/** Returns the error for a source that can't be used (`USAGE`, field `schema-source`). */
export function sourceError(message: string, hint: string = SOURCE_HINT): OperatorError {
  return usageError(message, hint, 'schema-source')
}
