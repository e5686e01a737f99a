import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { type Passage, type ProxyOptions, startProxy } from '../../test/support/proxy.ts'

/** A proxy between program and server that counts round trips and can add latency. */
export interface Wire {
  /** The settings, by way of the proxy. */
  through(settings: ConnectionSettings): ConnectionSettings
  /** Adds this many milliseconds to each round trip from now on. */
  setLatency(roundTripMs: number): void
  /** Starts to count anew. */
  reset(): void
  /** Round trips after the login, the goodbye included. Sees nothing of a connection with TLS. */
  roundTripsAfterLogin(): number
  /** TCP connections. */
  connections(): number
  close(): Promise<void>
}

/** How far one connection has come. */
interface Conversation {
  /** The server has said that it is ready for the first query. */
  isLoggedIn: boolean
  /** The client spoke last. */
  isWaiting: boolean
  /** The start of a message of the server's that has not come as a whole. */
  rest: Buffer
}

export async function startWire(target: { host: string; port: number }): Promise<Wire> {
  let conversations = new Map<number, Conversation>()
  let roundTrips = 0
  const listen = ({ direction, connection, bytes }: Passage) => {
    const conversation = conversations.get(connection) ?? {
      isLoggedIn: false,
      isWaiting: false,
      rest: Buffer.alloc(0),
    }
    conversations.set(connection, conversation)
    if (direction === 'to server') {
      if (conversation.isLoggedIn && !conversation.isWaiting) roundTrips++
      conversation.isWaiting = true
    } else {
      conversation.isWaiting = false
      if (!conversation.isLoggedIn) readLogin(conversation, bytes)
    }
    return 'pass' as const
  }
  const options: ProxyOptions = { target, delayMs: 0, onPassage: listen }
  const proxy = await startProxy(options)
  return {
    through: (settings) => ({ ...settings, port: proxy.port }),
    setLatency(roundTripMs) {
      options.delayMs = roundTripMs / 2
    },
    reset() {
      conversations = new Map()
      roundTrips = 0
    },
    roundTripsAfterLogin: () => roundTrips,
    connections: () => conversations.size,
    close: () => proxy.close(),
  }
}

/**
 * Follows the server's messages (PostgreSQL manual, "Message Formats") up to its first ReadyForQuery, `Z`.
 */
function readLogin(conversation: Conversation, bytes: Buffer): void {
  let all = Buffer.concat([conversation.rest, bytes])
  while (all.length >= 5 && all.length >= 1 + all.readUInt32BE(1)) {
    if (all[0] === 'Z'.charCodeAt(0)) {
      conversation.isLoggedIn = true
      return
    }
    all = all.subarray(1 + all.readUInt32BE(1))
  }
  conversation.rest = all
}
