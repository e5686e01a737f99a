import { randomBytes } from 'node:crypto'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import pg from 'pg'
import type { Cluster } from './postgres.ts'

/**
 * A small connection pooler that behaves like PgBouncer in these points: it accepts clients without a
 * password, sends them an invented process number, and lends them server connections for a transaction or for
 * their session.
 */
export interface Pooler {
  host: string
  port: number
  /** Returns how many server connections the pooler has opened. */
  serverConnections(): number
  stop(): Promise<void>
}

export interface PoolerOptions {
  cluster: Cluster
  /** How the pooler itself logs in to the server, whatever role the client names. */
  login: { user: string; password: string }
  mode: 'transaction' | 'session'
  /** The highest number of server connections, by default 10; a client waits until one is free. */
  poolSize?: number
}

interface ServerConnection {
  client: pg.Client
  stream: Socket
  /** Receives what the server sends. */
  receive: (data: Buffer) => void
}

const SSL_REQUEST = 80_877_103
const CANCEL_REQUEST = 80_877_102

export async function startPooler(options: PoolerOptions): Promise<Pooler> {
  const pools = new Map<string, ServerPool>()
  const clients = new Set<Socket>()
  const server = createServer((socket) => {
    clients.add(socket)
    socket.once('close', () => clients.delete(socket))
    socket.on('error', () => {})
    serveClient(socket, options, (database) => {
      const pool = pools.get(database) ?? new ServerPool(database, options)
      pools.set(database, pool)
      return pool
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    serverConnections: () => [...pools.values()].reduce((sum, pool) => sum + pool.opened, 0),
    async stop() {
      for (const socket of clients) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      for (const pool of pools.values()) pool.end()
    },
  }
}

/**
 * The server connections of one database. Like PgBouncer, it lends the connection that was used last first.
 */
class ServerPool {
  readonly #database: string
  readonly #options: PoolerOptions
  readonly #idle: ServerConnection[] = []
  readonly #all: ServerConnection[] = []
  readonly #waiting: ((connection: ServerConnection) => void)[] = []
  opened = 0

  constructor(database: string, options: PoolerOptions) {
    this.#database = database
    this.#options = options
  }

  async acquire(): Promise<ServerConnection> {
    const idle = this.#idle.pop()
    if (idle) return idle
    if (this.opened >= (this.#options.poolSize ?? 10)) {
      return new Promise((resolve) => this.#waiting.push(resolve))
    }
    this.opened++
    const { cluster, login } = this.#options
    const client = new pg.Client({
      host: cluster.host,
      port: cluster.port,
      database: this.#database,
      ...login,
      ssl: false,
    })
    client.on('error', () => {})
    await client.connect()
    // From here on the client reads the bytes, and pg no longer does.
    const stream = client.connection.stream as Socket
    stream.removeAllListeners('data')
    const connection: ServerConnection = { client, stream, receive: () => {} }
    stream.on('data', (data: Buffer) => connection.receive(data))
    this.#all.push(connection)
    return connection
  }

  release(connection: ServerConnection): void {
    connection.receive = () => {}
    const next = this.#waiting.shift()
    if (next) next(connection)
    else this.#idle.push(connection)
  }

  end(): void {
    for (const { stream } of this.#all) stream.destroy()
  }
}

function serveClient(socket: Socket, options: PoolerOptions, poolOf: (database: string) => ServerPool): void {
  let buffer = Buffer.alloc(0)
  let pool: ServerPool | null = null
  let lent: Promise<ServerConnection> | null = null
  let hasEnded = false

  const release = async () => {
    const connection = await lent?.catch(() => null)
    lent = null
    if (connection) pool?.release(connection)
  }
  const lend = (from: ServerPool): Promise<ServerConnection> => {
    lent ??= from.acquire().then((connection) => {
      const frames = frameReader((type, body) => {
        if (type === 'Z' && body[0] === 0x49 && options.mode === 'transaction') void release()
      })
      connection.receive = (data) => {
        socket.write(data)
        frames(data)
      }
      if (hasEnded) void release()
      return connection
    })
    return lent
  }
  const forward = (message: Buffer) => {
    if (!pool) return
    void lend(pool).then(({ stream }) => stream.write(message))
  }

  socket.on('data', (data: Buffer) => {
    buffer = Buffer.concat([buffer, data])
    while (buffer.length >= 8) {
      if (pool) {
        const length = buffer.readInt32BE(1) + 1
        if (buffer.length < length) return
        const message = buffer.subarray(0, length)
        buffer = buffer.subarray(length)
        if (message[0] === 0x58) socket.end()
        else forward(message)
        continue
      }
      const length = buffer.readInt32BE(0)
      if (buffer.length < length) return
      const message = buffer.subarray(0, length)
      buffer = buffer.subarray(length)
      const code = message.readInt32BE(4)
      if (code === SSL_REQUEST) socket.write('N')
      else if (code === CANCEL_REQUEST) socket.end()
      else pool = greet(socket, message, poolOf)
    }
    // "Terminate" is shorter than any other message.
    if (pool && buffer.length === 5 && buffer[0] === 0x58) socket.end()
  })
  socket.once('close', () => {
    hasEnded = true
    void release()
  })
}

/** Accepts any client. */
function greet(socket: Socket, startup: Buffer, poolOf: (database: string) => ServerPool): ServerPool | null {
  const words = startup.subarray(8).toString('utf8').split('\0')
  const parameters = new Map<string, string>()
  for (let at = 0; at + 1 < words.length; at += 2) parameters.set(words[at] ?? '', words[at + 1] ?? '')
  if (parameters.has('options')) {
    socket.end(frame('E', fields({ S: 'FATAL', C: '08P01', M: 'unsupported startup parameter: options' })))
    return null
  }
  socket.write(
    Buffer.concat([
      frame('R', Buffer.alloc(4)),
      frame('S', Buffer.from('client_encoding\0UTF8\0')),
      frame('K', randomBytes(8)),
      frame('Z', Buffer.from('I')),
    ]),
  )
  return poolOf(parameters.get('database') ?? parameters.get('user') ?? '')
}

function frame(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(type, 0, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

function fields(values: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(values).map(([type, value]) => `${type}${value}\0`)
  return Buffer.from(`${text.join('')}\0`)
}

/** Calls back for each whole message of the server. */
function frameReader(onFrame: (type: string, body: Buffer) => void): (data: Buffer) => void {
  let buffer = Buffer.alloc(0)
  return (data) => {
    buffer = Buffer.concat([buffer, data])
    while (buffer.length >= 5) {
      const length = buffer.readInt32BE(1) + 1
      if (buffer.length < length) return
      onFrame(String.fromCharCode(buffer[0] ?? 0), buffer.subarray(5, length))
      buffer = buffer.subarray(length)
    }
  }
}
