import { Transform } from 'node:stream'

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

/** Text for a size: `256 MiB`. */
export function sizeText(bytes: number): string {
  const mebibytes = bytes / (1024 * 1024)
  return mebibytes >= 1024 ? `${mebibytes / 1024} GiB` : `${mebibytes} MiB`
}

/** Passes at most so many bytes on; the stream fails with the error at the first byte more. */
export function atMost(bytes: number, error: () => Error): Transform {
  let left = bytes
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length
      if (left < 0) done(error())
      else done(null, chunk)
    },
  })
}
