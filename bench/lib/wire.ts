import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { type Passage, type ProxyOptions, startProxy } from '../../test/support/proxy.ts'

/** A proxy between program and server that counts round trips and can add latency. */
export interface Wire {
  /** Returns the settings with the port of the proxy. */
  through(settings: ConnectionSettings): ConnectionSettings
  /** Adds this many milliseconds to each round trip from now on. */
  setLatency(roundTripMs: number): void
  /** Sets the counts to zero. */
  reset(): void
  /**
   * Returns the number of round trips after the login, including Terminate. Connections with TLS do not
   * count.
   */
  roundTripsAfterLogin(): number
  /** Returns how many of those are Terminate, which the server does not answer. */
  terminations(): number
  /** Returns the number of TCP connections. */
  connections(): number
  close(): Promise<void>
}

/** The state of one connection. */
interface Conversation {
  /** Whether the server has reported that it is ready for the first query. */
  isLoggedIn: boolean
  /** Whether the client sent the last bytes. */
  isWaiting: boolean
  /** The beginning of a message of the server that has not arrived completely. */
  rest: Buffer
}

export async function startWire(target: { host: string; port: number }): Promise<Wire> {
  let conversations = new Map<number, Conversation>()
  let roundTrips = 0
  let terminations = 0
  const listen = ({ direction, connection, bytes }: Passage) => {
    const conversation = conversations.get(connection) ?? {
      isLoggedIn: false,
      isWaiting: false,
      rest: Buffer.alloc(0),
    }
    conversations.set(connection, conversation)
    if (direction === 'to server') {
      if (conversation.isLoggedIn && !conversation.isWaiting) {
        roundTrips++
        if (bytes[0] === 'X'.charCodeAt(0)) terminations++
      }
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
      terminations = 0
    },
    roundTripsAfterLogin: () => roundTrips,
    terminations: () => terminations,
    connections: () => conversations.size,
    close: () => proxy.close(),
  }
}

/**
 * Reads the server's messages (PostgreSQL manual, "Message Formats") up to the first ReadyForQuery, `Z`.
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
