import type pg from 'pg'
import { OperatorError } from '../errors.ts'
import { noAnswer, watchAnswer } from './answer-limit.ts'
import { type BackendKey, sendCancelRequest } from './cancel.ts'
import { connectionLost } from './client-errors.ts'
import { cutText, cutTexts } from './cut-texts.ts'
import { type Destination, isSocket } from './destination.ts'
import type { LockWait } from './lock-wait.ts'
import type { LoggedIn } from './login/login.ts'
import { endsConnection, isDatabaseError, toOperatorError } from './sqlstate.ts'
import type { TlsOptions } from './tls/options.ts'
import type { Transport } from './transport.ts'
import type { ConnectionSettings, ServerNotice, Session } from './types.ts'

/** The time limit of a cancel request, in milliseconds: it must not keep the operator waiting. */
const CANCEL_TIMEOUT_MS = 2000

/** The time that a server has to close the connection after Terminate, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1000

/**
 * Creates a Session from a connection that is logged in. Aborting `signal` cancels the running statement on
 * the server and closes the connection; the statement rejects with the signal's reason, unless it had
 * finished.
 */
export function createSession(
  destination: Destination,
  settings: ConnectionSettings,
  transport: Transport,
  { client, key, serverEncoding, wire }: LoggedIn,
  options: {
    home: string | null
    tls?: TlsOptions | undefined
    /** How long the server may be silent during a check, in milliseconds. */
    answerTimeoutMs: number
    onSilence?: ((seconds: number) => void) | undefined
    /** Asks the server whether the session of a process waits for a lock, until the signal aborts. */
    findLock?: ((pid: number, signal: AbortSignal) => Promise<LockWait | null>) | undefined
    onLock?: ((wait: LockWait, seconds: number) => void) | undefined
    signal?: AbortSignal | undefined
  },
): Session {
  const { stream, isEncrypted } = transport
  const { signal, answerTimeoutMs, onSilence, findLock, onLock } = options
  // A second connection must lead to the same server, whatever addresses the host has.
  const connected = isSocket(destination) ? destination : sameServer(destination, stream)
  const loss = watchLoss(client)
  let ending: Promise<void> | null = null
  let checks = 0

  const turns = takeTurns(signal, {
    untilEnded: async () => {
      await ending
    },
    explain: (error) => explainFailure(error, destination, stream, loss),
  })
  const cancelRunning = async () => {
    if (turns.isBusy() && key && !loss.isLost) await cancel(connected, key, { ...options, isEncrypted })
  }
  /** Cancels the running statement, then destroys the connection. */
  const breakOff = async () => {
    await cancelRunning()
    stream.destroy()
  }
  const onAbort = () => {
    ending ??= breakOff()
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted) onAbort()

  /** Runs a statement in its turn, and watches that the server answers. */
  const run = <T>(work: () => Promise<T>): Promise<T> => {
    const limitMs = checks > 0 ? answerTimeoutMs : null
    return turns.run(async () => {
      const limit: { expired: OperatorError | null } = { expired: null }
      wire.restart()
      const onExpire = () => {
        limit.expired = noAnswer(destination, answerTimeoutMs)
        onAbort()
      }
      const questions = new AbortController()
      const end = watchAnswer({
        limitMs,
        wire,
        onSilence,
        findLock: key && findLock ? () => findLock(key.processId, questions.signal) : undefined,
        onLock,
        onExpire,
      })
      try {
        const result = await work()
        // The cancel request is under way: it would hit the next statement.
        if (limit.expired !== null) throw limit.expired
        return result
      } catch (error) {
        throw limit.expired ?? error
      } finally {
        end()
        questions.abort()
      }
    })
  }

  return {
    settings,
    isEncrypted,
    keyDataPid: key?.processId ?? null,
    serverEncoding,
    query: (text, values = []) => run(async () => rowsOf(await client.query(text, [...values]))),
    run: (script, onNotice) =>
      run(async () => {
        const listener = onNotice ? (notice: NoticeFields) => onNotice(toNotice(notice)) : null
        if (listener) client.on('notice', listener)
        try {
          return rowsOf(await client.query(script))
        } finally {
          if (listener) client.off('notice', listener)
        }
      }),
    async check(work) {
      checks++
      try {
        return await work()
      } finally {
        checks--
      }
    },
    cancel: cancelRunning,
    isLost: () => loss.isLost || ending !== null || stream.destroyed,
    async close() {
      signal?.removeEventListener('abort', onAbort)
      ending ??= turns.isBusy() ? breakOff() : endGently(client, stream)
      await ending
    },
  }
}

/** Whether a client has lost its connection, and the first error that it reported. */
interface Loss {
  isLost: boolean
  cause: unknown
}

function watchLoss(client: pg.Client): Loss {
  const loss: Loss = { isLost: false, cause: null }
  client.on('error', (error) => {
    loss.isLost = true
    loss.cause ??= error
  })
  client.on('end', () => {
    loss.isLost = true
  })
  return loss
}

/** Returns the error to report for a statement that failed. */
function explainFailure(
  error: unknown,
  settings: ConnectionSettings,
  stream: Transport['stream'],
  { isLost, cause }: Loss,
): unknown {
  if (error instanceof OperatorError) return error
  if (cause instanceof OperatorError) return cause
  for (const one of [error, cause]) if (isDatabaseError(one)) cutTexts(one)
  if (isDatabaseError(error)) return endsConnection(error.code) ? toOperatorError(error, { settings }) : error
  if (!isLost && !stream.destroyed && stream.writable) return error
  return isDatabaseError(cause)
    ? toOperatorError(cause, { settings })
    : connectionLost(settings, cause ?? error)
}

interface Turns {
  run: <T>(action: () => Promise<T>) => Promise<T>
  isBusy: () => boolean
}

/** Runs one statement after the other, so that notices belong to the one that runs. */
function takeTurns(
  signal: AbortSignal | undefined,
  on: { untilEnded: () => Promise<void>; explain: (error: unknown) => unknown },
): Turns {
  let running = 0
  let last: Promise<unknown> = Promise.resolve()
  const run = <T>(action: () => Promise<T>): Promise<T> => {
    const turn = last.then(async () => {
      signal?.throwIfAborted()
      running++
      try {
        return await action()
      } catch (error) {
        if (!signal?.aborted) throw on.explain(error)
        await on.untilEnded()
        throw signal.reason
      } finally {
        running--
      }
    })
    last = turn.catch(() => {})
    return turn
  }
  return { run, isBusy: () => running > 0 }
}

interface NoticeFields {
  severity: string | undefined
  message: string | undefined
  code: string | undefined
}

function toNotice(notice: NoticeFields): ServerNotice {
  return {
    severity: notice.severity ?? '',
    message: cutText(notice.message ?? ''),
    sqlstate: notice.code ?? '',
  }
}

/** A script has one result for each statement; returns the rows of the last result that has columns. */
function rowsOf<Row extends object>(result: pg.QueryResult | pg.QueryResult[]): Row[] {
  const results = Array.isArray(result) ? result : [result]
  return results.findLast(({ fields }) => fields.length > 0)?.rows ?? []
}

function sameServer(
  destination: Destination,
  { remoteAddress, remotePort }: Transport['stream'],
): Destination {
  if (remoteAddress === undefined || remotePort === undefined) return destination
  return { ...destination, reached: { host: remoteAddress, port: remotePort } }
}

async function cancel(
  settings: Destination,
  key: BackendKey,
  how: {
    isEncrypted: boolean
    home: string | null
    tls?: TlsOptions | undefined
  },
): Promise<void> {
  try {
    await sendCancelRequest(settings, key, {
      isEncrypted: how.isEncrypted,
      home: how.home,
      tls: how.tls,
      timeoutMs: CANCEL_TIMEOUT_MS,
    })
  } catch {
    // The server notices that the connection is gone when it next writes to it.
  }
}

async function endGently(client: pg.Client, stream: Transport['stream']): Promise<void> {
  if (stream.destroyed) return
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)
  })
  await Promise.race([client.end().catch(() => {}), limit])
  clearTimeout(timer)
  stream.destroy()
}
