import type { RunOptions } from '../databases/events.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import type { ConnectionFlags } from './flags/connection.ts'
import type { Invocation } from './invocation.ts'

/**
 * Runs work on the database that the flags of a `schema` command name; at a terminal the password may be asked for. `stop`
 * ends what is animated, before the work asks something.
 */
export async function withTarget<T>(
  invocation: Invocation,
  flags: ConnectionFlags & { lockTimeout?: number },
  work: (settings: ConnectionSettings, options: RunOptions, stop: () => void) => Promise<T>,
): Promise<T> {
  const [{ givenConnection, runOptions }, { completeSettings }, { reportProgress }] = await Promise.all([
    import('./flags/connection.ts'),
    import('../postgres/settings/resolve-settings.ts'),
    import('./progress.ts'),
  ])
  const given = await givenConnection(flags, invocation)
  const settings = completeSettings(given.values)
  const report = reportProgress(invocation.terminal)
  const options = runOptions(invocation, { ...given, lockTimeoutMs: flags.lockTimeout }, report.event)
  try {
    return await work(settings, options, report.stop)
  } catch (error) {
    report.stop()
    const password = await passwordIfAsked(error, settings, invocation)
    if (password === null) throw error
    return await work({ ...settings, password }, options, report.stop)
  } finally {
    report.stop()
  }
}

/** The server asks for a password and none was given: a question where one may be asked, else `null`. */
async function passwordIfAsked(
  error: unknown,
  settings: ConnectionSettings,
  invocation: Invocation,
): Promise<string | null> {
  const { OperatorError } = await import('../errors.ts')
  const asked = error instanceof OperatorError && error.code === 'USAGE' && error.details.field === 'password'
  if (!asked || !invocation.terminal.interactive) return null
  const { askPassword } = await import('./prompts/ask.ts')
  return askPassword(`Password for role "${settings.user}"`, invocation)
}
