import { Command } from 'commander'
import { withExamples, withExplanation } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'

/** @param addDatabase adds a database in a dialogue, which setup offers at its end */
export function setupCommand(addDatabase: (invocation: Invocation) => Promise<void>): Command {
  const command = new Command('setup')
    .description('Create the secret key and the internal database, for the first run')
    .action(async () => runSetup(await startInvocation(command), addDatabase))
  withExplanation(command, [
    "The command creates a secret key (50 characters of Django's alphabet) in a file that only you " +
      'can read, and the internal database. It never overwrites a key: running setup again changes ' +
      'nothing. If the environment or the file of --env-file contains SECRET_KEY, the command uses that ' +
      'key and creates no file.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl setup', purpose: 'Create both, then choose whether to add a database' },
    {
      command: 'mathesarctl setup --env-file /opt/mathesar/.env',
      purpose: 'Use the SECRET_KEY of a Mathesar',
    },
    { command: 'mathesarctl setup --no-input --json', purpose: 'Create both in a script' },
  ])
}

async function runSetup(
  invocation: Invocation,
  addDatabase: (invocation: Invocation) => Promise<void>,
): Promise<void> {
  const { globals, env, prompts, signal, terminal } = invocation
  const [{ setup }, { internalDatabaseLocation }, { keySettings }, { offerAdd }, { setupText, showSetup }] =
    await Promise.all([
      import('../../../databases/setup.ts'),
      import('../../workspace.ts'),
      import('./key.ts'),
      import('./ask.ts'),
      import('./render.ts'),
    ])
  const { waitReporter } = await import('../../lock-wait.ts')
  const { withChanges } = await import('../../render/changes.ts')
  const { liveOptions } = await import('../../settings/live-options.ts')
  const { warnOfUnusedMathesar } = await import('../../settings/internal-databases.ts')
  warnOfUnusedMathesar(globals, env, terminal.warn)
  const result = await setup({
    ...keySettings(globals, env, terminal.warn),
    internalDatabase: internalDatabaseLocation(globals, env),
    trust: globals.internalDb.trust,
    onWarning: terminal.warn,
    onWait: waitReporter(terminal),
    live: await liveOptions(globals, { signal, reporter: terminal }),
  })
  showSetup(result, globals.files.config, terminal)
  if (terminal.isJson) return
  try {
    if (await offerAdd(terminal, globals.yes ? null : prompts)) await addDatabase(invocation)
  } catch (error) {
    throw withChanges(error, setupText(result), signal)
  }
}
