import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import pg from 'pg'
import { signatureAlgorithmHashFromCertificate } from 'pg/lib/crypto/cert-signatures.js'
import type { OperatorError } from '../../errors.ts'
import type { BackendKey } from '../cancel.ts'
import { closedDuringLogin } from '../client-errors.ts'
import { cutTexts } from '../cut-texts.ts'
import { type Deadline, until } from '../deadline.ts'
import { describeServer } from '../describe.ts'
import { ConnectionError } from '../errors.ts'
import type { ChannelBinding } from '../settings/parameters.ts'
import type { Transport } from '../transport.ts'
import type { ConnectionSettings } from '../types.ts'
import { type Wire, watchWire } from '../wire.ts'
import { passwordMissing } from './login-errors.ts'
import {
  answerScram,
  SCRAM,
  SCRAM_BOUND,
  type ScramAnswer,
  ScramError,
  type ScramStart,
  startScram,
  verifyScram,
} from './scram.ts'

/** The encoding of databases that accept any bytes. */
export const RAW_ENCODING = 'SQL_ASCII'

export interface LoggedIn {
  client: pg.Client
  key: BackendKey | null
  /** The encoding of the database, as the server reports it; null if it does not. */
  serverEncoding: string | null
  wire: Wire
}

/**
 * Logs in over an open connection. `pg` speaks the protocol, but reads nothing by itself: neither environment
 * variables nor files. Rejects with pg's DatabaseError as the server sent it, with an OperatorError, or with
 * the reason of the deadline's signal; the connection is closed then.
 *
 * @param onClearText called before the password is sent as it is, because the server asks for that
 */
export async function logIn(
  transport: Transport,
  settings: ConnectionSettings,
  channelBinding: ChannelBinding | null,
  deadline: Deadline,
  onClearText?: () => void,
): Promise<LoggedIn> {
  deadline.enter('login')
  const isBound = channelBinding === 'require'
  const heard: Heard = { mechanisms: [], proof: null, key: null, serverEncoding: null }
  const password = () => {
    // Called only if the server wants a password, and before anything derived from one is sent.
    if (isBound && !(transport.isEncrypted && heard.mechanisms.includes(SCRAM_BOUND))) throw unbound(settings)
    if (!settings.password) throw passwordMissing(settings)
    return settings.password
  }
  const wire = watchWire(settings)
  const client = createClient(settings, asUnconnected(transport.stream, wire), password)
  listen(client, heard)
  // Before pg's own listener, which sends the password.
  client.connection.on('authenticationCleartextPassword', () => {
    if (settings.password) onClearText?.()
  })
  replaceScram(client, { heard, password, isBound, stream: transport.stream })
  try {
    if (transport.stream.destroyed) throw closedDuringLogin(settings)
    await until(deadline.signal, client.connect())
    if (isBound && heard.proof !== 'verified') throw unbound(settings)
    // A server that converts nothing fails on bytes that are not UTF-8, in its messages too, if the client
    // expects UTF-8.
    if (heard.serverEncoding === RAW_ENCODING)
      await until(deadline.signal, client.query(`SET client_encoding = '${RAW_ENCODING}'`))
  } catch (error) {
    transport.stream.destroy()
    if (error instanceof pg.DatabaseError) cutTexts(error)
    throw error
  }
  return { client, key: heard.key, serverEncoding: heard.serverEncoding, wire }
}

function createClient(settings: ConnectionSettings, stream: Socket, password: () => string): pg.Client {
  const configuration: pg.ClientConfig = {
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
    stream: () => stream,
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
  /** Whether it proved by SCRAM that it knows the password; `null` if it did not ask for SCRAM. */
  proof: 'pending' | 'verified' | null
  key: BackendKey | null
  serverEncoding: string | null
}

/** Writes the messages of the login into `heard` as they arrive. */
function listen({ connection }: pg.Client, heard: Heard): void {
  connection.on('authenticationSASL', ({ mechanisms }: { mechanisms: string[] }) => {
    heard.mechanisms = mechanisms
  })
  connection.on('authenticationOk', () => {
    // Whoever does not know the password could otherwise leave the proof out.
    if (heard.proof === 'pending')
      connection.emit('error', new ScramError('impostor', 'the server ended the login without its signature'))
  })
  connection.on('backendKeyData', (message: { processID: number; secretKey: number }) => {
    heard.key = { processId: message.processID, secretKey: message.secretKey }
  })
  connection.on('parameterStatus', (message: { parameterName: string; parameterValue: string }) => {
    if (message.parameterName === 'server_encoding') heard.serverEncoding = message.parameterValue
  })
}

/** The part of pg that a login by SCRAM needs; pg's types lack it. */
interface ScramConnection extends pg.Connection {
  sendSASLInitialResponseMessage(mechanism: string, message: string): void
  sendSCRAMClientFinalMessage(message: string): void
}

/**
 * Has the client log in by SCRAM as libpq does. pg normalizes passwords that SASLprep refuses, which the
 * server does not, and counts a login as complete without the server's signature.
 */
function replaceScram(
  client: pg.Client,
  how: { heard: Heard; password: () => string; isBound: boolean; stream: Socket },
): void {
  const { heard, password, isBound, stream } = how
  const connection = client.connection as ScramConnection
  let start: ScramStart | null = null
  let isAnswering = false
  let answer: ScramAnswer | null = null
  const orFail = (step: () => void | Promise<void>) => {
    const fail = (error: unknown) => connection.emit('error', error)
    try {
      step()?.catch(fail)
    } catch (error) {
      fail(error)
    }
  }
  const outOfTurn = () => new ScramError('protocol', 'the server sent a message out of turn')
  Object.assign(client, {
    _handleAuthSASL: ({ mechanisms }: { mechanisms: string[] }) =>
      orFail(() => {
        if (start) throw outOfTurn()
        heard.proof = 'pending'
        password()
        start = startScram(shouldBind(mechanisms, isBound, stream) ? certificateHash(stream) : null)
        connection.sendSASLInitialResponseMessage(start.mechanism, start.message)
      }),
    _handleAuthSASLContinue: ({ data }: { data: string }) =>
      orFail(async () => {
        if (!start || isAnswering) throw outOfTurn()
        isAnswering = true
        answer = await answerScram(start, password(), data)
        connection.sendSCRAMClientFinalMessage(answer.message)
      }),
    _handleAuthSASLFinal: ({ data }: { data: string }) =>
      orFail(() => {
        if (!answer) throw outOfTurn()
        verifyScram(answer, data)
        heard.proof = 'verified'
      }),
  })
}

function shouldBind(mechanisms: readonly string[], isBound: boolean, stream: Socket): boolean {
  if (!isBound && mechanisms.includes(SCRAM)) return false
  if (mechanisms.includes(SCRAM_BOUND) && stream instanceof TLSSocket) return true
  throw new ScramError('protocol', `the server offers no ${SCRAM}`)
}

/** Returns the hash for the channel binding `tls-server-end-point` (RFC 5929, section 4.1). */
function certificateHash(stream: Socket): Buffer {
  const certificate = stream instanceof TLSSocket ? stream.getPeerX509Certificate()?.raw : undefined
  if (!certificate) throw new ScramError('protocol', 'the server has no certificate to bind the login to')
  const name = signatureAlgorithmHashFromCertificate(certificate)
  const algorithm = name === 'MD5' || name === 'SHA-1' ? 'SHA-256' : name
  return createHash(algorithm.replace('SHA-', 'sha').replace('SHA512-', 'sha512-'))
    .update(certificate)
    .digest()
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
 * event would end the process; it becomes an error of the stream, and so does one of the limits.
 */
function asUnconnected(stream: Socket, wire: Wire): Socket {
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
          if (Buffer.isBuffer(values[0])) wire.receive(values[0])
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
