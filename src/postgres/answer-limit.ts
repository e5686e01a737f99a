import { describeSeconds, describeServer } from './describe.ts'
import { ConnectionError } from './errors.ts'
import type { LockWait } from './lock-wait.ts'
import type { ConnectionSettings } from './types.ts'
import type { Wire } from './wire.ts'

/** The silence of a server after which a wait is reported for the first time, in milliseconds. */
const FIRST_REPORT_MS = 10_000

/** The silence during a check after which the server is asked for the first time whether it is a lock. */
const FIRST_QUESTION_MS = 5_000

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
  /** Asks the server whether the statement waits for a lock; `null` if not, or if the server does not say. */
  findLock?: (() => Promise<LockWait | null>) | undefined
  /** Receives the lock and the seconds of silence, now and then. The limit does not apply while it waits. */
  onLock?: ((wait: LockWait, seconds: number) => void) | undefined
  /** Called once, when the limit is exceeded. */
  onExpire: () => void
}

/** Watches a statement that the server runs, until the returned function is called. */
export function watchAnswer(watch: AnswerWatch): () => void {
  const { limitMs, wire, onSilence, onExpire } = watch
  const findLock = limitMs === null ? undefined : watch.findLock
  const firstReport =
    findLock && limitMs !== null ? Math.min(FIRST_QUESTION_MS, limitMs / 2) : FIRST_REPORT_MS
  /** The statement began. */
  let start = performance.now()
  /** The limit counts from here: the statement began, or was seen to wait for a lock. */
  let limitStart = start
  let lastTick = start
  let report = firstReport
  let isEnded = false
  let isAsking = false
  const step = Math.min(1000, (limitMs ?? FIRST_REPORT_MS) / 4)
  const end = () => {
    isEnded = true
    clearInterval(timer)
  }
  const silentSince = (time: number) => Math.min(wire.silentMs(), performance.now() - time)
  const isExceeded = () =>
    limitMs !== null &&
    (silentSince(limitStart) >= limitMs || performance.now() - limitStart >= MOST_LIMITS * limitMs)
  const reportLock = (wait: LockWait) => {
    const silent = silentSince(start)
    if (silent < report) return
    watch.onLock?.(wait, Math.round(silent / 1000))
    while (report <= silent) report *= 2
  }
  /** Asks for the lock; a lock is reported, and lets the limit begin again. */
  const ask = async (): Promise<boolean> => {
    isAsking = true
    const wait = await findLock?.().catch(() => null)
    isAsking = false
    if (isEnded || !wait) return false
    limitStart = performance.now()
    reportLock(wait)
    return true
  }
  const expireUnlessAnswered = async () => {
    if (isEnded || isAsking || !isExceeded()) return
    if (findLock && (await ask())) return
    // The answer may have arrived meanwhile.
    if (isEnded || !isExceeded()) return
    end()
    onExpire()
  }
  const reportSilence = async (silent: number) => {
    const isLock = findLock ? await ask() : false
    if (isLock || isEnded) return
    if (silent >= FIRST_REPORT_MS) onSilence?.(Math.round(silent / 1000))
    while (report <= silent) report *= 2
  }
  const timer = setInterval(() => {
    const now = performance.now()
    // This process was stopped meanwhile: that says nothing about the server.
    if (now - lastTick > step + PAUSE_MS) {
      start = now
      limitStart = now
    }
    lastTick = now
    if (isAsking) return
    const silent = silentSince(start)
    // An answer that has arrived is read first.
    if (isExceeded()) setImmediate(() => setImmediate(expireUnlessAnswered))
    else if (silent < firstReport) report = firstReport
    else if (silent >= report) void reportSilence(silent)
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
