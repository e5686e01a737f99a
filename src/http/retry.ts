import { setTimeout as wait } from 'node:timers/promises'
import { isConnectionLost } from './connection-error.ts'
import type { HttpResponse } from './send.ts'

/** How often a request is sent at most. */
export const ATTEMPTS = 4

/** The longest pause that a server can ask for, in milliseconds. */
const MAXIMUM_PAUSE = 300_000

export interface RetryOptions {
  readonly signal: AbortSignal | undefined
  /** Milliseconds before the second attempt; each further one waits twice as long. */
  readonly pause?: number
  /** Whether a response is that of a server which may succeed later; by default `isTransient`. */
  readonly shouldRetry?: (response: HttpResponse) => boolean
  /** Whether a request whose connection fails is sent again; by default it is. */
  readonly shouldReconnect?: boolean
}

/** Returns whether a server may accept the same request a little later. */
export function isTransient({ status }: Pick<HttpResponse, 'status'>): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501)
}

/**
 * Sends a request until the server responds with anything but a transient failure, at most `ATTEMPTS` times.
 * It waits as long as Retry-After asks for. It returns the response at once if that is longer than five
 * minutes.
 *
 * Errors: those of `attempt`; the reason of the signal.
 */
export async function withRetries(
  attempt: () => Promise<HttpResponse>,
  { signal, pause = 1000, shouldRetry = isTransient, shouldReconnect = true }: RetryOptions,
): Promise<HttpResponse> {
  for (let count = 1; ; count++) {
    const usualPause = pause * 2 ** (count - 1)
    let milliseconds = usualPause
    try {
      const response = await attempt()
      if (!shouldRetry(response) || count === ATTEMPTS) return response
      const pauseAsked = pauseAfter(response, usualPause)
      if (pauseAsked === null) return response
      milliseconds = pauseAsked
    } catch (error) {
      signal?.throwIfAborted()
      if (!isConnectionLost(error) || !shouldReconnect || count === ATTEMPTS) throw error
    }
    await pauseFor(milliseconds, signal)
  }
}

/** Waits. Errors: the reason of the signal. */
export async function pauseFor(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(milliseconds, undefined, { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}

/**
 * Returns how long to wait before the next attempt, in milliseconds; `null` if the server asks for more than
 * five minutes, so that there is none.
 *
 * @param usualPause in milliseconds, where the server does not ask for any
 */
export function pauseAfter(response: Pick<HttpResponse, 'headers'>, usualPause: number): number | null {
  const pause = retryAfter(response) ?? usualPause
  return pause > MAXIMUM_PAUSE ? null : pause
}

/**
 * Returns how long a server asks to wait, in milliseconds; `null` if it does not say. Retry-After is a number
 * of seconds or a date (RFC 9110, 10.2.3).
 */
export function retryAfter({ headers }: Pick<HttpResponse, 'headers'>): number | null {
  const text = headers['retry-after']
  if (text === undefined) return null
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now())
}
