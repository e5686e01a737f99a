import type pg from 'pg'
import { type BackendKey, sendCancelRequest } from './cancel.ts'
import { connectionLost } from './client-errors.ts'
import { isSocketDirectory } from './describe.ts'
import type { LoggedIn } from './login/login.ts'
import { endsConnection, isDatabaseError, toOperatorError } from './sqlstate.ts'
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
export function makeSession(
  settings: ConnectionSettings,
  transport: Transport,
  { client, key, serverEncoding }: LoggedIn,
  options: { home: string | null; signal?: AbortSignal | undefined },
): Session {
  const { stream } = transport
  const { signal } = options
  const address = isSocketDirectory(settings.host) ? undefined : stream.remoteAddress
  let running = 0
  let lost: unknown = null
  let isLost = false
  let last: Promise<unknown> = Promise.resolve()
  let ending: Promise<void> | null = null

  client.on('error', (error) => {
    isLost = true
    lost ??= error
  })
  client.on('end', () => {
    isLost = true
  })

  /** Cancels what is running, then cuts the connection. */
  const breakOff = async () => {
    if (running > 0 && key && !isLost)
      await cancel(settings, key, { ...options, address, encrypted: transport.encrypted })
    stream.destroy()
  }
  const onAbort = () => {
    ending ??= breakOff()
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted) onAbort()

  const failure = (error: unknown): unknown => {
    if (isDatabaseError(error))
      return endsConnection(error.code) ? toOperatorError(error, { settings }) : error
    if (isLost || stream.destroyed || !stream.writable) {
      return isDatabaseError(lost)
        ? toOperatorError(lost, { settings })
        : connectionLost(settings, lost ?? error)
    }
    return error
  }

  /** One statement after the other: notices belong to the one that runs. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(async () => {
      signal?.throwIfAborted()
      running++
      try {
        return await work()
      } catch (error) {
        if (signal?.aborted) {
          await ending
          throw signal.reason
        }
        throw failure(error)
      } finally {
        running--
      }
    })
    last = turn.catch(() => {})
    return turn
  }

  return {
    settings,
    encrypted: transport.encrypted,
    keyDataPid: key?.processId ?? null,
    serverEncoding,
    query: (text, values = []) => inTurn(async () => rowsOf(await client.query(text, [...values]))),
    run: (script, onNotice) =>
      inTurn(async () => {
        const listener = onNotice ? (notice: NoticeFields) => onNotice(toNotice(notice)) : null
        if (listener) client.on('notice', listener)
        try {
          return rowsOf(await client.query(script))
        } finally {
          if (listener) client.off('notice', listener)
        }
      }),
    async close() {
      signal?.removeEventListener('abort', onAbort)
      ending ??= running > 0 ? breakOff() : endGently(client, stream)
      await ending
    },
  }
}

interface NoticeFields {
  severity: string | undefined
  message: string | undefined
  code: string | undefined
}

function toNotice(notice: NoticeFields): ServerNotice {
  return {
    severity: notice.severity ?? '',
    message: notice.message ?? '',
    sqlstate: notice.code ?? '',
  }
}

/** A script has one result for each statement; returns the rows of the last result that has columns. */
function rowsOf<Row extends object>(result: pg.QueryResult | pg.QueryResult[]): Row[] {
  const results = Array.isArray(result) ? result : [result]
  return results.findLast(({ fields }) => fields.length > 0)?.rows ?? []
}

async function cancel(
  settings: ConnectionSettings,
  key: BackendKey,
  how: { address: string | undefined; encrypted: boolean; home: string | null },
): Promise<void> {
  try {
    await sendCancelRequest(settings, key, {
      ...(how.address === undefined ? {} : { address: how.address }),
      encrypted: how.encrypted,
      home: how.home,
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
