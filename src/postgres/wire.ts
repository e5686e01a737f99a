import { describeServer } from './describe.ts'
import { ConnectionError } from './errors.ts'
import { noProcess, type OldError, readOldError } from './old-error.ts'
import type { ConnectionSettings } from './types.ts'

type Target = Pick<ConnectionSettings, 'host' | 'port'>

/** What a server sends over one connection, as far as the limits need to know it. */
export interface Wire {
  /** Receives bytes before the parser does. Raises `CONNECTION_FAILED` if they exceed a limit. */
  receive(bytes: Buffer): void
  /** Starts to count for the next statement. */
  restart(): void
  /** Returns the milliseconds since the server sent something, or since `restart` if that was later. */
  silentMs(): number
}

/** A type of message, its length, and the header of each message (PostgreSQL manual, "Message Formats"). */
const HEADER_BYTES = 5
const DATA_ROW = 'D'.charCodeAt(0)
const ERROR = 'E'.charCodeAt(0)

/**
 * Messages that may be long: rows and their description, errors, notices, notifications, COPY data and
 * results of functions. libpq accepts no other message of more than 30000 bytes.
 */
const LONG_TYPES = new Set([...'TDdVENA'].map((type) => type.charCodeAt(0)))
const SHORT_BYTES = 30_000

/**
 * The most that a server may send. The program keeps a message, and all rows of a statement, in memory; what
 * it reads from the catalog of the largest databases is a tenth of this.
 */
const MOST = { messageBytes: 128 * 1024 * 1024, statementBytes: 256 * 1024 * 1024, rows: 2_000_000 } as const

/** Watches a connection on which the messages of the protocol begin. */
export function watchWire(target: Target): Wire {
  const header = Buffer.alloc(HEADER_BYTES)
  let filled = 0
  let skip = 0
  let bytesLeft: number = MOST.statementBytes
  let rowsLeft: number = MOST.rows
  let last = performance.now()
  let isFirst = true
  let oldError: OldError | null = null

  const readOld = (bytes: Buffer) => {
    const text = oldError?.receive(bytes)
    if (text === undefined) throw brokenProtocol(target)
    if (text !== null) throw noProcess(target, text)
  }
  const onHeader = () => {
    const type = header[0] ?? 0
    // The length counts itself.
    const length = header.readUInt32BE(1)
    // The text of an error without a length is in the place of the length, and too large a number.
    if (isFirst && type === ERROR && length > MOST.messageBytes) {
      oldError = readOldError()
      return readOld(header.subarray(1))
    }
    isFirst = false
    const most = LONG_TYPES.has(type) ? MOST.messageBytes : SHORT_BYTES
    if (length < 4 || length > most) throw brokenProtocol(target)
    if (type === DATA_ROW && --rowsLeft < 0) throw tooMuch(target, `${MOST.rows} rows`)
    skip = length - 4
  }
  return {
    receive(bytes) {
      last = performance.now()
      bytesLeft -= bytes.length
      if (bytesLeft < 0) throw tooMuch(target, `${MOST.statementBytes / 1024 ** 2} MiB`)
      for (let at = 0; at < bytes.length; ) {
        if (oldError !== null) return readOld(bytes.subarray(at))
        if (skip > 0) {
          const passed = Math.min(skip, bytes.length - at)
          skip -= passed
          at += passed
          continue
        }
        const copied = bytes.copy(header, filled, at)
        at += copied
        filled += copied
        if (filled < HEADER_BYTES) continue
        filled = 0
        onHeader()
      }
    },
    restart() {
      bytesLeft = MOST.statementBytes
      rowsLeft = MOST.rows
      last = performance.now()
    },
    silentMs: () => performance.now() - last,
  }
}

function brokenProtocol(target: Target): ConnectionError {
  return new ConnectionError(
    'CONNECTION_FAILED',
    `The program that answers at ${describeServer(target)} sent a message of an impossible length: it does not speak PostgreSQL's protocol.`,
    'Check host and port, and the proxy or pooler in front of the server.',
    { data: { reason: 'protocol' } },
  )
}

function tooMuch(target: Target, most: string): ConnectionError {
  return new ConnectionError(
    'CONNECTION_FAILED',
    `The server at ${describeServer(target)} sent more than ${most} in answer to one statement, and this program ended the connection.`,
    'Check that host and port are those of a PostgreSQL server that you trust.',
    { data: { reason: 'protocol' } },
  )
}
