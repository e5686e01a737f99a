import { connect, createServer, type Server, type Socket } from 'node:net'

/** One chunk that passed a proxy. */
export interface Passage {
  direction: 'to server' | 'to client'
  /** The number of the chunk among those of all connections, from 1. */
  number: number
  /** The number of the connection, from 1. */
  connection: number
  bytes: Buffer
}

export interface ProxyOptions {
  target: { host: string; port: number }
  /** The milliseconds by which each chunk is delayed, in each direction: half the round trip time. */
  delayMs?: number
  /** Decides what happens to a chunk; default `pass`. `cut` ends the connection on both sides at once. */
  onPassage?: (passage: Passage) => 'pass' | 'hold' | 'cut'
}

export interface Proxy {
  host: string
  port: number
  /** Returns how often the client sent something after the server had sent something: its round trips. */
  roundTrips(): number
  connections(): number
  cutAll(): void
  close(): Promise<void>
}

/** Starts a TCP proxy on loopback that counts, delays, holds back or cuts the chunks that pass it. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let number = 0
  let connections = 0
  let roundTrips = 0
  const server: Server = createServer((client) => {
    connections++
    const connection = connections
    const upstream = connect(options.target)
    let isClientSending = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    const cut = () => {
      client.resetAndDestroy()
      upstream.resetAndDestroy()
    }
    const forward = (from: Socket, to: Socket, direction: Passage['direction']) => {
      from.on('data', (bytes: Buffer) => {
        if (direction === 'to server' && !isClientSending) roundTrips++
        isClientSending = direction === 'to server'
        number++
        const verdict = options.onPassage?.({ direction, number, connection, bytes }) ?? 'pass'
        if (verdict === 'cut') cut()
        else if (verdict === 'pass') {
          if (options.delayMs) setTimeout(() => to.writable && to.write(bytes), options.delayMs)
          else if (to.writable) to.write(bytes)
        }
      })
      from.on('end', () => (options.delayMs ? setTimeout(() => to.end(), options.delayMs) : to.end()))
      from.on('close', () => to.destroy())
    }
    forward(client, upstream, 'to server')
    forward(upstream, client, 'to client')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    host: '127.0.0.1',
    port: address.port,
    roundTrips: () => roundTrips,
    connections: () => connections,
    cutAll: () => {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
