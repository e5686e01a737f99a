import type { Socket } from 'node:net'
import { MOST_LIST_BYTES, readAhead } from '../files/read-limited.ts'
import type { Deadline } from './deadline.ts'
import { describeServer } from './describe.ts'
import { type Destination, isSocket } from './destination.ts'
import { ConnectionError } from './errors.ts'
import { openSocket } from './socket.ts'
import type { TlsOptions } from './tls/options.ts'
import { requestTls, startTls } from './tls/tls.ts'
import { readTlsFiles } from './tls/tls-files.ts'
import type { ConnectionSettings } from './types.ts'

/** `if offered`: continue without TLS where the server says that it has none. */
export type Encryption = 'none' | 'if offered' | 'required'

export interface Transport {
  stream: Socket
  isEncrypted: boolean
}

export interface TransportOptions {
  deadline: Deadline
  /** The home directory, for libpq's default files; `null` if there is none. */
  home: string | null
  tls?: TlsOptions
  onDetail?: ((message: string) => void) | undefined
}

/**
 * Opens a connection that is ready for the start-up message.
 * Errors: `CONNECTION_FAILED`, `TLS_FAILED`; the reason of the deadline's signal.
 */
export async function openTransport(
  settings: Destination,
  encryption: Encryption,
  options: TransportOptions,
): Promise<Transport> {
  const { deadline, onDetail } = options
  const stream = await openSocket(settings, deadline, onDetail)
  // An error may arrive when nothing listens; the next use of the stream then finds it closed.
  stream.on('error', () => {})
  onDetail?.(`connected to ${describeServer(settings)}`)
  if (encryption === 'none' || isSocket(settings)) return { stream, isEncrypted: false }
  try {
    const { tls = {} } = options
    if (tls.negotiation === 'direct' || (await requestTls(stream, settings, deadline))) {
      await readPipes(settings, tls, deadline.signal)
      const files = readTlsFiles(settings, options.home, tls)
      const secured = await startTls(stream, settings, { files, options: tls }, deadline)
      secured.on('error', () => {})
      onDetail?.(`encrypted with ${secured.getProtocol() ?? 'TLS'}`)
      return { stream: secured, isEncrypted: true }
    }
    if (encryption === 'if offered') {
      onDetail?.('the server has no TLS; continuing without it')
      return { stream, isEncrypted: false }
    }
    throw new ConnectionError(
      'TLS_FAILED',
      `The server at ${describeServer(settings)} has no TLS, which sslmode ${settings.sslmode} demands.`,
      'Turn on ssl in the server, or, if you trust the network, use --sslmode prefer or disable.',
      { field: 'sslmode', data: { reason: 'not offered' } },
    )
  } catch (error) {
    stream.destroy()
    throw error
  }
}

/** Reads the files that are named pipes, for which the process would otherwise block. */
async function readPipes(settings: ConnectionSettings, tls: TlsOptions, signal: AbortSignal): Promise<void> {
  const { sslrootcert, sslcert, sslkey } = settings
  for (const path of [sslrootcert, sslcert, sslkey, tls.crl]) {
    if (path) await readAhead(path, signal, { mostBytes: MOST_LIST_BYTES })
  }
}
