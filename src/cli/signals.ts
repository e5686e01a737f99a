import { interruptedError } from '../errors.ts'

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
  process.on('SIGINT', () => handle('SIGINT', 130))
  process.on('SIGTERM', () => handle('SIGTERM', 143))
  process.on('SIGHUP', () => handle('SIGTERM', 143))
  return controller.signal
}
