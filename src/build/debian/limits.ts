/**
 * Limits for archives that somebody else wrote, in bytes. A few kilobytes can unpack to gigabytes. The
 * largest files of Debian stay far below these limits.
 */
export const MOST_BYTES = {
  /** The file `control`. */
  control: 1024 * 1024,
  /** The unpacked control.tar, with all scripts of the package. */
  'control.tar': 256 * 1024 * 1024,
  /** The unpacked data.tar. */
  'data.tar': 32 * 1024 * 1024 * 1024,
  /** All paths that a package installs. */
  paths: 256 * 1024 * 1024,
} as const
