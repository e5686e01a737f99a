import type { Command } from 'commander'
import { type GlobalFlags, type Globals, resolveGlobals } from './settings/globals.ts'
import { foreignConfig } from './settings/paths.ts'
import { abortOnSignals } from './signals.ts'
import { openTerminal, type Terminal } from './terminal.ts'

/** What a command has beside its own flags. */
export interface Invocation {
  globals: Globals
  terminal: Terminal
  env: NodeJS.ProcessEnv
  signal: AbortSignal
}

/** Prepares a command's run; called by the command's action and never for help and version. */
export async function startInvocation(command: Command): Promise<Invocation> {
  const env = process.env
  const globals = await resolveGlobals(command.optsWithGlobals<GlobalFlags>(), env)
  const terminal = await openTerminal(globals, env)
  const ignored = foreignConfig(env)
  if (ignored !== null) {
    terminal.warn(
      `The configuration file ${ignored} is ignored: its directory belongs to another user.`,
      'Set HOME and XDG_CONFIG_HOME to directories of your own, or give what it has as flags.',
    )
  }
  return { globals, terminal, env, signal: abortOnSignals() }
}
