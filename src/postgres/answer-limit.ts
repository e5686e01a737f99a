import { describeSeconds, describeServer } from './describe.ts'
import { ConnectionError } from './errors.ts'
import type { ConnectionSettings } from './types.ts'
import type { Wire } from './wire.ts'

/** The silence of a server after which a wait is reported for the first time, in milliseconds. */
const FIRST_REPORT_MS = 10_000

/** A check that receives data all the time may still last only so many times its limit. */
const MOST_LIMITS = 10

/** A timer that comes so much too late, in milliseconds, shows that the process was stopped. */
const PAUSE_MS = 2_000

export interface AnswerWatch {
  /** How long the server may be silent, in milliseconds; `null` for a statement that may take any time. */
  limitMs: number | null
  wire: Pick<Wire, 'silentMs'>
  /** Receives the seconds of silence: after 10, 20, 40 and so on. */
  onSilence?: ((seconds: number) => void) | undefined
  /** Called once, when the limit is exceeded. */
  onExpire: () => void
}

/** Watches a statement that the server runs, until the returned function is called. */
export function watchAnswer({ limitMs, wire, onSilence, onExpire }: AnswerWatch): () => void {
  let start = performance.now()
  let lastTick = start
  let report = FIRST_REPORT_MS
  let isEnded = false
  const step = Math.min(1000, (limitMs ?? FIRST_REPORT_MS) / 4)
  const end = () => {
    isEnded = true
    clearInterval(timer)
  }
  const silentMs = () => Math.min(wire.silentMs(), performance.now() - start)
  const isExceeded = () =>
    limitMs !== null && (silentMs() >= limitMs || performance.now() - start >= MOST_LIMITS * limitMs)
  const expireUnlessAnswered = () => {
    if (isEnded || !isExceeded()) return
    end()
    onExpire()
  }
  const timer = setInterval(() => {
    const now = performance.now()
    // This process was stopped meanwhile: that says nothing about the server.
    if (now - lastTick > step + PAUSE_MS) start = now
    lastTick = now
    const silent = silentMs()
    // An answer that has arrived is read first.
    if (isExceeded()) setImmediate(() => setImmediate(expireUnlessAnswered))
    else if (silent < FIRST_REPORT_MS) report = FIRST_REPORT_MS
    else if (silent >= report) {
      onSilence?.(Math.round(silent / 1000))
      report *= 2
    }
  }, step)
  return end
}

/** Returns how long a server may be silent during a check, from the time limit of connecting. */
export function answerLimitMs(connectTimeoutMs: number): number {
  return Math.max(10_000, 2 * connectTimeoutMs)
}

/** Returns the error for a server that accepted the login and then did not answer a check. */
export function noAnswer(
  settings: Pick<ConnectionSettings, 'host' | 'port'>,
  limitMs: number,
): ConnectionError {
  return new ConnectionError(
    'CONNECTION_FAILED',
    `The server at ${describeServer(settings)} accepted the login, but did not answer a check within ${describeSeconds(limitMs)}.`,
    'Check that no session holds a lock on the system catalogs, that the server is not overloaded, and that a proxy or firewall in between does not hold the connection back, or allow more time with --connect-timeout.',
    { data: { reason: 'timeout', step: 'check' } },
  )
}
