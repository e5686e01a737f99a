import type { Command } from 'commander'
import { type GlobalFlags, type Globals, resolveGlobals } from './globals.ts'
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
  return { globals, terminal: await openTerminal(globals, env), env, signal: abortOnSignals() }
}
