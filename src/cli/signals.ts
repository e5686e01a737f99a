import { interruptedError } from '../errors.ts'
import { ENDING_SIGNALS } from './first-process.ts'

/** How long an interrupted run may take to end, in milliseconds: whoever interrupts it waits for its end. */
const LONGEST_END_MS = 3_000

/** How long its last message may take, in milliseconds. */
const REPORT_MS = 500

const overdue = Promise.withResolvers<never>()
overdue.promise.catch(() => {})

/** Rejects when a run was interrupted and did not end in time. Never resolves. */
export const overdueEnd: Promise<never> = overdue.promise

/**
 * Returns a signal for the whole run. The first SIGINT, SIGTERM or SIGHUP aborts it: running statements are
 * canceled and rolled back, and connections closed. The second ends the process at once.
 */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController()
  const handle = (name: 'SIGINT' | 'SIGTERM', status: number) => {
    if (controller.signal.aborted) process.exit(status)
    controller.abort(interruptedError('Interrupted; nothing was left half done.', name))
    // Code that ignores the signal (reading stdin, for instance) must not keep the process alive.
    setTimeout(() => {
      overdue.reject(
        interruptedError(
          'Interrupted; not everything that the command had begun ended in time. The next command that writes ' +
            'settles what is left.',
          name,
        ),
      )
      setTimeout(() => process.exit(status), REPORT_MS)
    }, LONGEST_END_MS).unref()
  }
  for (const [name, status] of ENDING_SIGNALS) {
    process.removeAllListeners(name)
    process.on(name, () => handle(name === 'SIGINT' ? name : 'SIGTERM', status))
  }
  return controller.signal
}
