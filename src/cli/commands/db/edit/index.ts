import { Command } from 'commander'
import { type MissingValue, missingError } from '../../../flags/missing.ts'
import { withExamples, withExplanation } from '../../../help.ts'
import { type Invocation, startInvocation } from '../../../invocation.ts'
import { storedName, withStoredName } from '../../../stored-name.ts'
import { addEditFlags, type EditFlags } from './flags.ts'
import type { EditRun } from './run.ts'

export function dbEditCommand(): Command {
  const command = new Command('edit')
    .description('Change the stored settings of a database, after a test with a connection')
    .argument('[name]', 'name under which the database is stored')
  addEditFlags(command).action(async (name: string | undefined, flags: EditFlags) => {
    await runDbEdit(await startInvocation(command), name, flags)
  })
  withExplanation(command, [
    'The command changes only the values that you pass, and stores them only after a connection with ' +
      "them succeeded. It ignores libpq's environment variables and password file. To rotate a " +
      'password, pass --password-stdin alone.',
    'The role must be able to use the Mathesar schemas in the database and to create tables. If it ' +
      'lacks a privilege, the hint of the error contains the GRANT statements.',
    'In the internal database of a Mathesar from 0.2.0 on, databases share their server and its roles: ' +
      'the command stores a new password for every database of the role, and a new sslmode for every ' +
      'database of the server. With --host or --port it moves this database alone. With --user, the ' +
      'users of Mathesar who use the old role use the new one. The command names what else changes.',
    'Without any flag, at a terminal, the command asks for every value, with the stored one as the ' +
      'default. It shows what changes before it stores anything; answer "no" there to correct a value, to ' +
      'rename the database, or to store no password.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl db edit library --password-stdin < new.txt', purpose: 'Rotate a password' },
    {
      command: 'mathesarctl db edit library --host db2.example.org',
      purpose: 'Follow a server that has moved',
    },
    { command: 'mathesarctl db edit library --rename archive', purpose: 'Store it under another name' },
    {
      command: 'mathesarctl db edit library --mathesar-user grace',
      purpose: 'Let another user of Mathesar use the database',
    },
  ])
}

async function runDbEdit(
  invocation: Invocation,
  given: string | undefined,
  { rename, role, mathesarUser: users = [], dryRun = false, ...flags }: EditFlags,
): Promise<void> {
  const { globals, env, prompts, signal, terminal } = invocation
  const isNothingGiven = rename === undefined && users.length === 0 && Object.keys(flags).length === 0
  const lacksChange = isNothingGiven && prompts === null ? [CHANGE_MISSING] : []
  const name = await storedName(invocation, given, { verb: 'edit', others: lacksChange })
  const [{ withWorkspace }, { findInternalDatabases }, { reportProgress }, { givenConnection }] =
    await Promise.all([
      import('../../../workspace.ts'),
      import('../../../settings/internal-databases.ts'),
      import('../../../progress.ts'),
      import('../../../flags/given-connection.ts'),
    ])
  const [{ runOptions }, { editByDialogue, editFromFlags }, { showEdited, withKeptHint }] = await Promise.all(
    [import('../../../run-options.ts'), import('./run.ts'), import('./render.ts')],
  )
  const connection = await givenConnection(flags, { env, reporter: terminal, environment: false })
  const changesNothing =
    Object.keys(connection.values).length === 0 && rename === undefined && users.length === 0
  if (changesNothing && prompts === null) throw missingError([CHANGE_MISSING])
  const progress = reportProgress(terminal)
  const run: EditRun = {
    name,
    draft: { changes: connection.values, rename },
    users,
    role,
    internal: findInternalDatabases(globals, env),
    isInContainer: globals.live?.isInContainer === true,
    dryRun,
    runOptions: runOptions({ ...connection, signal, onProgress: progress.event }, globals.addresses),
    stop: progress.stop,
  }
  const edit = (chosen: string) =>
    withWorkspace(invocation, { create: false, dryRun }, ({ store }) =>
      prompts === null
        ? editFromFlags(store, { ...run, name: chosen })
        : editByDialogue(store, { ...run, name: chosen }, { prompts, reporter: terminal, yes: globals.yes }),
    )
  const result = await withStoredName(invocation, name, edit, progress.stop)
    .catch((error: unknown) => {
      throw withKeptHint(error, name)
    })
    .finally(progress.stop)
  showEdited(name, result, terminal)
}

const CHANGE_MISSING: MissingValue = {
  field: 'name',
  what: 'a value to change',
  add: 'flags such as --host, --password-stdin or --rename',
}
