import type { Store } from '../store/types.ts'
import type { RunOptions } from './events.ts'

/** Warns that a Mathesar reads a changed internal database only when it starts. */
export function warnOfRestart(store: Pick<Store, 'capabilities'>, options: RunOptions): void {
  if (!store.capabilities.shouldRestart) return
  options.onProgress?.({
    type: 'warning',
    message: 'The internal database is that of a Mathesar 0.1.x, which reads it when it starts.',
    hint: 'If that Mathesar is running, restart it: until then it works with the databases and passwords from before.',
  })
}
