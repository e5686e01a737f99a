/** The signals that end a run, with the exit status of a run that they ended. */
export const ENDING_SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 143],
] as const

/**
 * Lets signals end the process if it is the first one of a container: for that process, the system ignores
 * all signals without a handler. Commands that can be interrupted replace these handlers.
 */
export function handleSignalsAsFirstProcess(): void {
  if (process.pid !== 1) return
  for (const [name, status] of [...ENDING_SIGNALS, ['SIGQUIT', 131] as const])
    process.on(name, () => process.exit(status))
}
