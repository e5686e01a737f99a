import type { RunOptions } from '../databases/events.ts'
import { OperatorError } from '../errors.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import type { ConnectionFlags } from './flags/connection.ts'
import type { Invocation } from './invocation.ts'

/**
 * Runs work on the database that the flags of a `schema` command name; at a terminal it may ask for the password.
 *
 * @param work `stop` ends the animation of the progress, before the work asks something
 */
export async function withTarget<T>(
  { env, prompts, signal, terminal }: Invocation,
  flags: ConnectionFlags & { lockTimeout?: number },
  work: (settings: ConnectionSettings, options: RunOptions, stop: () => void) => Promise<T>,
): Promise<T> {
  const [{ givenConnection }, { runOptions }, { completeSettings }, { reportProgress }] = await Promise.all([
    import('./flags/given-connection.ts'),
    import('./run-options.ts'),
    import('../databases/interface/connection-settings.ts'),
    import('./progress.ts'),
  ])
  const given = await givenConnection(flags, { env, reporter: terminal })
  const settings = completeSettings(given.values)
  const report = reportProgress(terminal)
  const options = runOptions({
    ...given,
    lockTimeoutMs: flags.lockTimeout,
    signal,
    onProgress: report.event,
  })
  try {
    return await work(settings, options, report.stop)
  } catch (error) {
    report.stop()
    if (!lacksPassword(error) || prompts === null) throw error
    const password = await prompts.password(`Password for role "${settings.user}"`)
    return await work({ ...settings, password }, options, report.stop)
  } finally {
    report.stop()
  }
}

/** Whether the server asks for a password and nothing gives one. */
function lacksPassword(error: unknown): boolean {
  return error instanceof OperatorError && error.code === 'USAGE' && error.details.field === 'password'
}
