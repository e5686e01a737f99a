import { lockOwnerText } from '../databases/interface/internal-database.ts'
import type { OpenStoreOptions } from '../store/types.ts'
import type { Reporter } from './terminal.ts'

/** Returns what reports that the run waits for the lock of the internal database. */
export function waitReporter(reporter: Reporter): NonNullable<OpenStoreOptions['onWait']> {
  return (owner) => {
    // The process then waits and draws nothing: the line of a spinner would stay in front of this one.
    if (reporter.isAnimated) process.stderr.write('\r\x1b[K')
    const holder = owner === null ? 'another process' : lockOwnerText(owner)
    reporter.info(`Waiting for the internal database: ${holder} holds its lock.`)
  }
}
