import type { Command } from 'commander'
import { examinePath } from '../files/examine.ts'
import { isPipe, readAhead } from '../files/read-limited.ts'
import { openPrompts, type Prompts } from './prompts/prompts.ts'
import { type GlobalFlags, type Globals, resolveGlobals } from './settings/globals.ts'
import { closedConfig, foreignConfig } from './settings/paths.ts'
import { rememberFlags } from './settings/repeated-flags.ts'
import { abortOnSignals } from './signals.ts'
import { openTerminal, type Terminal } from './terminal.ts'

/**
 * What a command has beside its own flags. A command's index resolves it into plain values; what is below
 * takes only those that it needs.
 */
export interface Invocation {
  globals: Globals
  terminal: Terminal
  /** `null` if nothing may be asked. */
  prompts: Prompts | null
  env: NodeJS.ProcessEnv
  /** Aborted when the run is interrupted. */
  signal: AbortSignal
}

/** Prepares the run of a command; called by its action and never for help and version. Errors: `USAGE`. */
export async function startInvocation(command: Command): Promise<Invocation> {
  const env = process.env
  const signal = abortOnSignals()
  const flags = command.optsWithGlobals<GlobalFlags>()
  await readPipes(
    Object.entries(flags).flatMap(([name, value]) => (name.endsWith('File') ? [value] : [])),
    signal,
  )
  const globals = await resolveGlobals(flags, env)
  rememberFlags(globals.given)
  const terminal = await openTerminal(globals, env)
  const ignored = foreignConfig(env)
  if (ignored !== null) {
    terminal.warn(
      `The configuration file ${ignored} is ignored: its directory belongs to another user.`,
      'Set HOME and XDG_CONFIG_HOME to directories of your own, or pass its settings as flags.',
    )
  }
  const closed = closedConfig(globals.files)
  if (closed !== null) {
    terminal.warn(
      `The configuration file ${closed} can't be read: this user may not enter its directory. This run has none of its settings.`,
      'Run the command as the owner of the directory, or as root. Or set HOME and XDG_CONFIG_HOME to directories of your own.',
    )
  }
  const { envFile, config } = globals
  await readPipes(
    [envFile, config['secret-key-file'], env.MATHESAR_SECRET_KEY_FILE, env.PGSERVICEFILE],
    signal,
  )
  return {
    globals,
    terminal,
    prompts: terminal.isInteractive ? openPrompts({ signal, style: terminal.style }) : null,
    env,
    signal,
  }
}

/**
 * Reads the files that are named pipes, before anything else needs them: whoever reads them later would block
 * the process, and no signal would be handled meanwhile. Errors: the reason of the signal.
 */
async function readPipes(paths: readonly unknown[], signal: AbortSignal): Promise<void> {
  for (const path of new Set(paths)) {
    if (typeof path !== 'string' || !isPipe(path)) continue
    const { isHandedOver } = examinePath(path, { named: true })
    await readAhead(path, signal, { isHandedOver })
  }
}
