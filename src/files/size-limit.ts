import { Transform } from 'node:stream'

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
