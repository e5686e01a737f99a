import { startDeadline } from './deadline.ts'
import type { Destination } from './destination.ts'
import type { TlsOptions } from './tls/options.ts'
import { openTransport } from './transport.ts'

/** The number that a CancelRequest has in the place of the protocol version. */
const CANCEL_REQUEST_CODE = 80_877_102

/** The contents of the server's BackendKeyData message. */
export interface BackendKey {
  processId: number
  secretKey: number
}

/**
 * Asks the server to cancel what the session with that key is running (PostgreSQL manual, "Canceling Requests
 * in Progress"): a connection of its own, to the very address of the session, as well encrypted as that.
 * Resolves when the server has closed it, which it does after it has passed the request on; rejects where
 * that took too long.
 */
export async function sendCancelRequest(
  settings: Destination,
  key: BackendKey,
  options: {
    isEncrypted: boolean
    home: string | null
    tls?: TlsOptions | undefined
    timeoutMs: number
  },
): Promise<void> {
  const deadline = startDeadline(settings, options.timeoutMs, undefined)
  try {
    const { stream } = await openTransport(settings, options.isEncrypted ? 'required' : 'none', {
      deadline,
      home: options.home,
      ...(options.tls ? { tls: options.tls } : {}),
    })
    try {
      await new Promise<void>((resolve, reject) => {
        const onAbort = () => reject(deadline.signal.reason)
        deadline.signal.addEventListener('abort', onAbort, { once: true })
        stream.once('close', () => {
          deadline.signal.removeEventListener('abort', onAbort)
          resolve()
        })
        const message = Buffer.alloc(16)
        message.writeInt32BE(16, 0)
        message.writeInt32BE(CANCEL_REQUEST_CODE, 4)
        message.writeInt32BE(key.processId | 0, 8)
        message.writeInt32BE(key.secretKey | 0, 12)
        stream.end(message)
        // Without a reader the stream never ends.
        stream.resume()
      })
    } finally {
      stream.destroy()
    }
  } finally {
    deadline.end()
  }
}
