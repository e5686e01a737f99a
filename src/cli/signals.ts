import { interruptedError } from '../errors.ts'

/**
 * A signal for the whole run: the first SIGINT, SIGTERM or SIGHUP aborts it, so that statements are cancelled and
 * rolled back and connections closed; the second ends the process at once.
 */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController()
  const handle = (name: 'SIGINT' | 'SIGTERM', status: number) => {
    if (controller.signal.aborted) process.exit(status)
    controller.abort(interruptedError('Interrupted; nothing was left half done.', name))
    // Whatever does not listen to the signal (reading stdin, for instance) must not keep the process alive.
    setTimeout(() => process.exit(status), 3_000).unref()
  }
  process.on('SIGINT', () => handle('SIGINT', 130))
  process.on('SIGTERM', () => handle('SIGTERM', 143))
  process.on('SIGHUP', () => handle('SIGTERM', 143))
  return controller.signal
}
