import { OperatorError } from '../../errors.ts'
import type { RotationRecord } from '../../secrets/new-key.ts'
import type { MathesarSession } from '../../store/sealed.ts'
import type { RotationPlan } from './types.ts'

type OnWarning = ((message: string, hint: string) => void) | undefined

/** Refuses a rotation while Mathesar works with the old key. Errors: `LOCKED`. */
export function requireStopped(location: string, sessions: RotationPlan['sessions']): void {
  const [first] = sessions ?? []
  if (!sessions || first === undefined) return
  throw new OperatorError(
    'LOCKED',
    `Mathesar is running: it is connected to the internal database ${location} ` +
      `(${sessions.map((session) => sessionText(session, 'application ')).join('; ')}).`,
    'Stop Mathesar, then run the same command again. Or pass --while-running: from then on until you restart it ' +
      'with the new key, Mathesar cannot log in to any user database.',
    { data: { pid: first.pid, applicationName: first.applicationName } },
  )
}

/** Warns of a running Mathesar: a plan changes nothing, so that it may run meanwhile. */
export function warnOfSessions(
  location: string,
  sessions: RotationPlan['sessions'],
  onWarning: OnWarning,
): void {
  try {
    requireStopped(location, sessions)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    onWarning?.(error.message, error.hint)
  }
}

/**
 * Returns the sessions that a Mathesar has had since before a rotation, and so reads its old key from memory.
 * The server hides from other roles when a session began: such a session counts if it was connected when the
 * rotation began.
 *
 * @param begun when the rotation began, in milliseconds; `null` if that is not known
 */
export function sessionsBefore(
  sessions: RotationPlan['sessions'],
  begun: number | null,
  record: RotationRecord | null,
): readonly MathesarSession[] {
  // The server shows whole seconds.
  const second = begun === null ? 0 : Math.floor(begun / 1000) * 1000
  return (sessions ?? []).filter(({ pid, since }) =>
    since === null ? record?.sessions.includes(pid) === true : Date.parse(since) < second,
  )
}

/** Warns of sessions that work with the old key. */
export function warnOfOldKey(sessions: readonly MathesarSession[], onWarning: OnWarning): void {
  const list = sessions.map((session) => sessionText(session))
  onWarning?.(
    `Mathesar has been connected since before the rotation, and works with the old key: ${list.join('; ')}.`,
    'Restart Mathesar, then run the same command again.',
  )
}

function sessionText({ pid, applicationName, since }: MathesarSession, label = ''): string {
  return `process ${pid}, ${label}${applicationName}${since === null ? '' : `, since ${since}`}`
}
