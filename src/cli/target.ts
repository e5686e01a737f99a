import type { RunOptions } from '../databases/events.ts'
import { OperatorError } from '../errors.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import type { ConnectionFlags } from './flags/connection.ts'
import type { Invocation } from './invocation.ts'

/**
 * Runs an action on the database that the flags of a `schema` command name; at a terminal it may ask for the
 * password.
 *
 * @param action `stop` ends the animation of the progress, before the action asks something
 */
export async function withTarget<T>(
  { env, prompts, signal, terminal }: Invocation,
  flags: ConnectionFlags & { lockTimeout?: number },
  action: (settings: ConnectionSettings, options: RunOptions, stop: () => void) => Promise<T>,
): Promise<T> {
  const [{ givenConnection }, { runOptions }, { completeSettings }, { reportProgress }] = await Promise.all([
    import('./flags/given-connection.ts'),
    import('./run-options.ts'),
    import('../databases/interface/connection-settings.ts'),
    import('./progress.ts'),
  ])
  const connection = await givenConnection(flags, { env, reporter: terminal })
  const settings = completeSettings(connection.values)
  const report = reportProgress(terminal)
  const options = runOptions({
    ...connection,
    lockTimeoutMs: flags.lockTimeout,
    signal,
    onProgress: report.event,
  })
  try {
    return await action(settings, options, report.stop)
  } catch (error) {
    report.stop()
    if (!isPasswordMissing(error) || prompts === null) throw error
    const password = await prompts.password(`Password for role "${settings.user}"`)
    return await action(
      { ...settings, password },
      { ...options, passwordSource: { kind: 'prompt' } },
      report.stop,
    )
  } finally {
    report.stop()
  }
}

/** Returns whether the server asks for a password and nothing gives one. */
function isPasswordMissing(error: unknown): boolean {
  return error instanceof OperatorError && error.code === 'USAGE' && error.details.field === 'password'
}
