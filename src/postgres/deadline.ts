import type { OperatorError } from '../errors.ts'
import { describeSeconds, describeServer } from './describe.ts'
import { placeOf, type Reachable } from './destination.ts'
import { ConnectionError } from './errors.ts'

/** The step that connecting has reached; the error for a timeout depends on it. */
export type ConnectStep = 'resolve' | 'tcp' | 'ssl request' | 'tls' | 'login'

/** One limit over all steps of connecting, together with the caller's own signal. */
export interface Deadline {
  /** Aborted by the limit (reason: `CONNECTION_FAILED`) or by the caller (the caller's reason). */
  readonly signal: AbortSignal
  /** Records that a step begins. */
  enter(step: ConnectStep): void
  /** Returns the milliseconds that are left. */
  remaining(): number
  /** Removes the timer and the listeners. */
  end(): void
}

/** Starts the clock: `timeoutMs` milliseconds from now. */
export function startDeadline(
  settings: Reachable,
  timeoutMs: number,
  callerSignal: AbortSignal | undefined,
): Deadline {
  const controller = new AbortController()
  const start = performance.now()
  let step: ConnectStep = 'resolve'
  // A timer runs for at most 2^31-1 ms, which is as good as any longer limit.
  const limit = Math.min(Math.max(timeoutMs, 1), 2_147_483_647)
  const timer = setTimeout(() => controller.abort(timeoutError(settings, limit, step)), limit)
  const onAbort = () => controller.abort(callerSignal?.reason)
  if (callerSignal?.aborted) onAbort()
  else callerSignal?.addEventListener('abort', onAbort, { once: true })
  return {
    signal: controller.signal,
    enter(next) {
      step = next
    },
    remaining: () => Math.max(0, limit - (performance.now() - start)),
    end() {
      clearTimeout(timer)
      callerSignal?.removeEventListener('abort', onAbort)
    },
  }
}

/** Settles like the promise, or rejects with the signal's reason if that comes first. */
export async function until<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  // The promise that loses the race must not become an unhandled rejection.
  promise.catch(() => {})
  signal.throwIfAborted()
  let onAbort = () => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Waits for so many milliseconds; rejects with the signal's reason if that comes first. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  try {
    await until(
      signal,
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, milliseconds)
      }),
    )
  } finally {
    clearTimeout(timer)
  }
}

function timeoutError(settings: Reachable, limit: number, step: ConnectStep): OperatorError {
  const server = describeServer(settings)
  const time = describeSeconds(limit)
  const [message, hint] = TIMEOUTS[step](server, placeOf(settings).host, time)
  return new ConnectionError('CONNECTION_FAILED', message, hint, { data: { reason: 'timeout', step } })
}

const TIMEOUTS: Readonly<
  Record<ConnectStep, (server: string, host: string, time: string) => [string, string]>
> = {
  resolve: (_server, host, time) => [
    `The host name "${host}" could not be resolved within ${time}.`,
    'Check the name server of this machine, or pass the address of the server as --host.',
  ],
  tcp: (server, _host, time) => [
    `The server at ${server} did not answer within ${time}.`,
    'Check host and port, and that no firewall or security group between here and the server drops the connection, or allow more time with --connect-timeout.',
  ],
  'ssl request': (server, _host, time) => [
    `The server at ${server} accepted the connection but did not answer the request for TLS within ${time}.`,
    'Check that PostgreSQL listens on that port and is not overloaded, or allow more time with --connect-timeout.',
  ],
  tls: (server, _host, time) => [
    `The server at ${server} accepted the connection but did not finish the TLS handshake within ${time}.`,
    'Check that PostgreSQL listens on that port and is not overloaded, or allow more time with --connect-timeout.',
  ],
  login: (server, _host, time) => [
    `The server at ${server} accepted the connection but did not finish the login within ${time}.`,
    'Check that PostgreSQL listens on that port and is not overloaded, or allow more time with --connect-timeout.',
  ],
}
