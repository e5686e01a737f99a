import { setTimeout } from 'node:timers/promises'

/** The system stops the process before this time is over, in milliseconds. */
const STOP_MS = 50

/**
 * Stops all processes of the command, as the terminal itself does at Ctrl-Z outside of raw mode, and returns
 * when they run on. The caller restores the terminal before. Where no shell could continue the command, the
 * system ignores the signal.
 */
export async function suspendCommand(): Promise<void> {
  process.kill(0, 'SIGTSTP')
  await setTimeout(STOP_MS)
}
