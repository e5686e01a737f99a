import type { Socket } from 'node:net'
import pg from 'pg'
import type { OperatorError } from '../../errors.ts'
import type { BackendKey } from '../cancel.ts'
import { closedDuringLogin } from '../client-errors.ts'
import { type Deadline, until } from '../deadline.ts'
import { describeServer } from '../describe.ts'
import { ConnectionError } from '../errors.ts'
import type { ChannelBinding } from '../settings/parameters.ts'
import type { Transport } from '../transport.ts'
import type { ConnectionSettings } from '../types.ts'
import { passwordMissing } from './login-errors.ts'

/** SCRAM's name in the protocol with channel binding, which proves the TLS connection too (RFC 5802). */
const WITH_CHANNEL_BINDING = 'SCRAM-SHA-256-PLUS'

/**
 * More rounds than any sane server requires; without a limit a hostile server could keep this process busy
 * for hours.
 */
const MOST_SCRAM_ROUNDS = 4_000_000

/** The encoding of databases that accept any bytes. */
export const RAW_ENCODING = 'SQL_ASCII'

export interface LoggedIn {
  client: pg.Client
  key: BackendKey | null
  /** The encoding of the database, as the server reports it; null if it does not. */
  serverEncoding: string | null
}

/**
 * Logs in over an open connection. `pg` speaks the protocol, but reads nothing by itself: neither environment
 * variables nor files. Rejects with pg's DatabaseError as the server sent it, with an OperatorError, or with
 * the reason of the deadline's signal; the connection is closed then.
 */
export async function logIn(
  transport: Transport,
  settings: ConnectionSettings,
  channelBinding: ChannelBinding | null,
  deadline: Deadline,
): Promise<LoggedIn> {
  deadline.enter('login')
  const isBound = channelBinding === 'require'
  const heard: Heard = { mechanisms: [], isProved: false, key: null, serverEncoding: null }
  const password = () => {
    // pg calls this only if the server wants a password, and before it sends anything derived from one.
    const canBind = transport.isEncrypted && heard.mechanisms.includes(WITH_CHANNEL_BINDING)
    if (isBound && !canBind) throw unbound(settings)
    if (!settings.password) throw passwordMissing(settings)
    return settings.password
  }
  const client = createClient(settings, transport, password, isBound)
  listen(client, heard)
  try {
    if (transport.stream.destroyed) throw closedDuringLogin(settings)
    await until(deadline.signal, client.connect())
    if (isBound && !heard.isProved) throw unbound(settings)
    // A server that converts nothing fails on bytes that are not UTF-8, in its messages too, if the client
    // expects UTF-8.
    if (heard.serverEncoding === RAW_ENCODING)
      await until(deadline.signal, client.query(`SET client_encoding = '${RAW_ENCODING}'`))
  } catch (error) {
    transport.stream.destroy()
    throw error
  }
  return { client, key: heard.key, serverEncoding: heard.serverEncoding }
}

function createClient(
  settings: ConnectionSettings,
  transport: Transport,
  password: () => string,
  isBound: boolean,
): pg.Client {
  const configuration: pg.ClientConfig & { scramMaxIterations: number } = {
    host: settings.host,
    port: settings.port,
    user: settings.user,
    database: settings.database,
    password,
    ssl: false,
    sslnegotiation: 'postgres',
    client_encoding: 'UTF8',
    application_name: 'mathesarctl',
    connectionTimeoutMillis: 0,
    enableChannelBinding: isBound,
    scramMaxIterations: MOST_SCRAM_ROUNDS,
    stream: () => asUnconnected(transport.stream),
  }
  const client = new pg.Client(configuration)
  // pg would add the values of PGOPTIONS and PGREPLICATION. It sends client_encoding UTF8 beside these.
  Object.assign(client, { getStartupConf: () => startupParameters(settings) })
  client.on('error', () => {})
  return client
}

/** What the server has sent during the login. */
interface Heard {
  /** The SASL mechanisms that it offers. */
  mechanisms: readonly string[]
  /** It proved by SCRAM that it knows the password. */
  isProved: boolean
  key: BackendKey | null
  serverEncoding: string | null
}

/** Writes the messages of the login into `heard` as they arrive. */
function listen({ connection }: pg.Client, heard: Heard): void {
  connection.on('authenticationSASL', ({ mechanisms }: { mechanisms: string[] }) => {
    heard.mechanisms = mechanisms
  })
  connection.on('authenticationSASLFinal', () => {
    heard.isProved = true
  })
  connection.on('backendKeyData', (message: { processID: number; secretKey: number }) => {
    heard.key = { processId: message.processID, secretKey: message.secretKey }
  })
  connection.on('parameterStatus', (message: { parameterName: string; parameterValue: string }) => {
    if (message.parameterName === 'server_encoding') heard.serverEncoding = message.parameterValue
  })
}

function startupParameters(settings: ConnectionSettings): Record<string, string> {
  return {
    user: settings.user,
    database: settings.database,
    application_name: 'mathesarctl',
    ...(settings.options ? { options: settings.options } : {}),
  }
}

/**
 * pg connects the stream itself: here it only believes so. Also, an error that pg's parser throws in a `data`
 * event would end the process; it becomes an error of the stream.
 */
function asUnconnected(stream: Socket): Socket {
  const on = stream.on.bind(stream)
  return Object.assign(stream, {
    connect() {
      process.nextTick(() => {
        stream.emit('connect')
        // The stream was paused while nothing listened.
        stream.resume()
      })
      return stream
    },
    on(event: string, listener: (...values: unknown[]) => void) {
      if (event !== 'data') return on(event, listener)
      return on(event, (...values: unknown[]) => {
        try {
          listener(...values)
        } catch (error) {
          stream.destroy(error instanceof Error ? error : new Error(String(error)))
        }
      })
    },
  })
}

function unbound(settings: ConnectionSettings): OperatorError {
  return new ConnectionError(
    'AUTHENTICATION_FAILED',
    `The server at ${describeServer(settings)} did not log role "${settings.user}" in with channel binding, which channel_binding=require demands.`,
    'Use TLS (--sslmode require or stronger) and a password of kind SCRAM-SHA-256; a pooler in between does not support it. Or leave channel_binding out.',
    { data: { reason: 'channel binding' } },
  )
}
