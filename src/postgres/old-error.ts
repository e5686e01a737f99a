import { trimSpace } from '../ascii-space.ts'
import { describeServer } from './describe.ts'
import { ConnectionError } from './errors.ts'
import type { ConnectionSettings } from './types.ts'

/** libpq reads no longer error of this form either. */
const MOST_BYTES = 4096

/** An error without a length: the letter E, a text, and a NUL character. */
export interface OldError {
  /**
   * Receives further bytes. Returns the text when it is complete, `null` before that, and `undefined` if the
   * bytes are no such error.
   */
  receive(bytes: Buffer): string | null | undefined
}

/**
 * Reads an error as servers sent it before version 3 of the protocol. A postmaster still does when it can't
 * start a process for a connection, because it has not read which version the client speaks.
 */
export function readOldError(): OldError {
  let collected = Buffer.alloc(0)
  return {
    receive(bytes) {
      collected = Buffer.concat([collected, bytes])
      const end = collected.indexOf(0)
      const text = collected.subarray(0, end < 0 ? undefined : end)
      // Other protocols begin answers with an E too, and end their lines with CR LF.
      const isForeign = text.some((byte) => byte < 0x20 && byte !== 0x0a)
      if (isForeign || text.length > MOST_BYTES) return undefined
      return end < 0 ? null : trimSpace(text.toString('utf8'))
    },
  }
}

/** Returns the error for a server that could not start a process for the connection. */
export function noProcess(target: Pick<ConnectionSettings, 'host' | 'port'>, text: string): ConnectionError {
  return new ConnectionError(
    'CONNECTION_FAILED',
    `The server at ${describeServer(target)} could not serve the connection: ${text.replace(/\.$/, '')}.`,
    'Run the command again when the server has less to do, or ask an administrator to check the limits of memory and processes there.',
    { data: { reason: 'out of resources' } },
  )
}
