import { interruptedError } from '../errors.ts'
import { ENDING_SIGNALS } from './first-process.ts'

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
    setTimeout(() => process.exit(status), 3_000).unref()
  }
  for (const [name, status] of ENDING_SIGNALS) {
    process.removeAllListeners(name)
    process.on(name, () => handle(name === 'SIGINT' ? name : 'SIGTERM', status))
  }
  return controller.signal
}
