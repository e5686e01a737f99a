import { Command } from 'commander'
import { type OperatorError, usageError } from '../../../../errors.ts'
import { withExamples, withExplanation } from '../../../help.ts'
import { type Invocation, startInvocation } from '../../../invocation.ts'
import { addEditFlags, type EditFlags } from './flags.ts'

export function dbEditCommand(): Command {
  const command = new Command('edit')
    .description('Change the stored settings of a database, after a test with a connection')
    .argument('<name>', 'name under which the database is stored')
  addEditFlags(command).action(async (name: string, flags: EditFlags) => {
    await runDbEdit(await startInvocation(command), name, flags)
  })
  withExplanation(command, [
    'The command changes only the values that you pass, and stores them only after a connection with ' +
      'them succeeded. It ignores libpq’s environment variables and password file. To rotate a ' +
      'password, pass --password-stdin alone.',
    'The role must be able to use the Mathesar schemas in the database and to create tables. If it ' +
      'lacks a privilege, the hint of the error contains the GRANT statements.',
    'Without any flag, at a terminal, the command asks for every value, with the stored one as the default.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl db edit library --password-stdin < new.txt', purpose: 'Rotate a password' },
    {
      command: 'mathesarctl db edit library --host db2.example.org',
      purpose: 'Follow a server that has moved',
    },
    { command: 'mathesarctl db edit library --rename archive', purpose: 'Store it under another name' },
  ])
}

async function runDbEdit(
  invocation: Invocation,
  name: string,
  { rename, dryRun = false, ...flags }: EditFlags,
): Promise<void> {
  const { globals, env, prompts, signal, terminal } = invocation
  const [{ withWorkspace }, { findInternalDatabases }, { editDatabase }, { reportProgress }] =
    await Promise.all([
      import('../../../workspace.ts'),
      import('../../../settings/internal-databases.ts'),
      import('../../../../databases/edit.ts'),
      import('../../../progress.ts'),
    ])
  const [{ givenConnection }, { runOptions }, { askChanges }, { showEdited, withKeptHint }] =
    await Promise.all([
      import('../../../flags/given-connection.ts'),
      import('../../../run-options.ts'),
      import('./ask.ts'),
      import('./render.ts'),
    ])
  const connection = await givenConnection(flags, { env, reporter: terminal, environment: false })
  // Without any change on the command line, the operator is asked for all values.
  const shouldAsk = Object.keys(connection.values).length === 0 && rename === undefined
  if (shouldAsk && prompts === null) throw nothingToChange()
  const progress = reportProgress(terminal)
  const result = await withWorkspace(invocation, { create: false, dryRun }, async ({ store }) =>
    editDatabase(
      store,
      {
        name,
        changes:
          shouldAsk && prompts
            ? await askChanges(store, name, { prompts, reporter: terminal })
            : connection.values,
        internal: findInternalDatabases(globals, env),
        dryRun,
        ...(rename === undefined ? {} : { rename }),
      },
      runOptions({ ...connection, signal, onProgress: progress.event }),
    ),
  )
    .catch((error: unknown) => {
      throw withKeptHint(error, name)
    })
    .finally(progress.stop)
  showEdited(name, result, terminal)
}

function nothingToChange(): OperatorError {
  return usageError(
    'No value given to change.',
    'Add flags such as --host, --password-stdin or --rename.',
    'name',
  )
}
