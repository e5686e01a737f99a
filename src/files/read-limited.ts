import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemErrorCode } from './file-reason.ts'

/** The most that a file of settings or secrets may have, in bytes; no such file comes near. */
export const MOST_TEXT_BYTES = 1024 * 1024

/** The same for files that collect the entries of many users or authorities, in bytes. */
export const MOST_LIST_BYTES = 16 * 1024 * 1024

/** How long a named pipe may have no writer, and how long a writer may write nothing, in milliseconds. */
const TIMEOUT_MS = { open: 10_000, write: 60_000 } as const
const POLL_MS = 10

export interface ReadOptions {
  /** Default: `MOST_TEXT_BYTES`. */
  mostBytes?: number
  /** Whoever started this process opened the file (`/dev/fd/3`): a pipe without a writer has ended. */
  isHandedOver?: boolean
}

/** A file was not read; the message ends a sentence, as those of `fileReason` do. */
export class UnreadableFileError extends Error {
  override name = 'UnreadableFileError'
}

/** Returns the reason for a text that is too long, as the end of a sentence. */
export function tooLongReason(mostBytes: number): string {
  return `it is longer than ${mostBytes / (1024 * 1024)} MiB`
}

/**
 * Opens a file for reading without waiting for the other end of a named pipe. Errors: those of the system.
 */
export function openForReading(path: string): number {
  return openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
}

/** What came out of named pipes, by device and inode: a pipe can be read only once. */
const readPipes = new Map<string, { bytes: Buffer } | { error: unknown }>()

/**
 * Reads an open file to its end: a plain file, a pipe, or a device such as /dev/null. It blocks the process
 * while it waits for the writer of a pipe, unless `readAhead` has read the pipe.
 *
 * Errors: `UnreadableFileError` if it has more than `mostBytes` (which a device may have without end), or if
 * nobody writes to the pipe in time; those of the system.
 */
export function readLimited(file: number, options: ReadOptions = {}): Buffer {
  const known = readPipes.get(inodeOf(fstatSync(file)))
  if (known !== undefined) {
    if ('error' in known) throw known.error
    const { mostBytes = MOST_TEXT_BYTES } = options
    if (known.bytes.length > mostBytes) throw new UnreadableFileError(tooLongReason(mostBytes))
    return known.bytes
  }
  const steps = readInSteps(file, options)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS)
  }
}

/**
 * Reads a named pipe without blocking the process, so that signals are handled; `readLimited` then returns
 * what was read, or raises the error. Does nothing for a path that leads to no pipe. Errors: the reason of
 * the signal.
 */
export async function readAhead(path: string, signal: AbortSignal, options: ReadOptions = {}): Promise<void> {
  if (!isPipe(path)) return
  let file: number
  try {
    file = openForReading(path)
  } catch {
    // Whoever reads it reports that.
    return
  }
  const inode = inodeOf(fstatSync(file))
  try {
    if (readPipes.has(inode)) return
    const steps = readInSteps(file, options)
    for (;;) {
      const { done, value } = steps.next()
      if (done) {
        readPipes.set(inode, { bytes: value })
        return
      }
      signal.throwIfAborted()
      await sleep(POLL_MS, undefined, { signal })
    }
  } catch (error) {
    signal.throwIfAborted()
    readPipes.set(inode, { error })
  } finally {
    closeSync(file)
  }
}

/** Returns whether a path leads to a pipe that this process can find. */
export function isPipe(path: string): boolean {
  try {
    return statSync(path).isFIFO()
  } catch {
    return false
  }
}

function inodeOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`
}

/** Reads an open file to its end, and yields where there are no bytes yet. Errors: as `readLimited`. */
function* readInSteps(file: number, options: ReadOptions): Generator<undefined, Buffer> {
  const { mostBytes = MOST_TEXT_BYTES, isHandedOver = false } = options
  const stats = fstatSync(file)
  const tooLong = () => new UnreadableFileError(tooLongReason(mostBytes))
  if (stats.isFile() && stats.size > mostBytes) throw tooLong()
  const mayLackWriter = stats.isFIFO() && !isHandedOver
  const chunks: Buffer[] = []
  const chunk = Buffer.alloc(64 * 1024)
  for (let total = 0; ; ) {
    const count = yield* readChunk(file, chunk, mayLackWriter && total === 0)
    if (count === 0) return Buffer.concat(chunks)
    total += count
    if (total > mostBytes) throw tooLong()
    chunks.push(Buffer.from(chunk.subarray(0, count)))
  }
}

/** Reads a file at a path; errors as those of `readLimited`. */
export function readLimitedFile(path: string, options: ReadOptions = {}): Buffer {
  const file = openForReading(path)
  try {
    return readLimited(file, options)
  } finally {
    closeSync(file)
  }
}

/**
 * Reads the next bytes, and yields until there are some; 0 at the end.
 *
 * @param mayLackWriter a pipe that nobody has opened for writing yet, which looks like one that has ended
 */
function* readChunk(file: number, chunk: Buffer, mayLackWriter: boolean): Generator<undefined, number> {
  const start = performance.now()
  for (;;) {
    const count = tryRead(file, chunk)
    if (count !== null && (count > 0 || !mayLackWriter)) return count
    const timeout = count === null ? TIMEOUT_MS.write : TIMEOUT_MS.open
    if (performance.now() - start >= timeout)
      throw new UnreadableFileError(`nothing was written to it within ${timeout / 1000} s`)
    yield
  }
}

/** Returns the number of bytes, or `null` if there are none yet. */
function tryRead(file: number, chunk: Buffer): number | null {
  try {
    return readSync(file, chunk)
  } catch (error) {
    if (systemErrorCode(error) === 'EAGAIN') return null
    throw error
  }
}
