import { Command } from 'commander'
import { withExamples, withExplanation } from '../../../help.ts'
import { type Invocation, startInvocation } from '../../../invocation.ts'
import { type AddFlags, type AddOptions, addAddFlags, readAddOptions, requireName } from './flags.ts'
import type { AddRun } from './run.ts'

export function dbAddCommand(): Command {
  const command = new Command('add')
    .description('Add a user database: check it, install the Mathesar schemas, store the credentials')
    .argument('[name]', 'unique name to store it under')
  addAddFlags(command).action(async (name: string | undefined, flags: AddFlags) => {
    await runDbAdd(await startInvocation(command), readAddOptions(name, flags))
  })
  withExplanation(command, [
    'The role must be a SUPERUSER or the OWNER of the database, or hold the CREATE privilege on it, because the Mathesar schemas (msar, __msar, mathesar_types) are installed in it.',
    'Before anything is changed these are checked, each with an error of its own: the name is free; the target is not Mathesar’s internal database; the host resolves; a connection is established in time; TLS as --sslmode asks; the login; the database exists; the server is PostgreSQL 13 to 18 and writable, and not behind a transaction pooler; event triggers are listed; the role has the privileges, CREATEDB included where the database is to be created. Where the schemas are there already, the role must be able to use them (USAGE, EXECUTE, SELECT) and to create tables. Other names under which the same database is stored are shown.',
    'A database that --create-database created is dropped again where the run fails or is interrupted, unless somebody else uses it by then.',
    'The schemas are installed in one transaction, then the credentials are stored, encrypted with the secret key. If the run is killed in between, the next command that writes finishes or forgets it, and commands that only read say so. The same command again changes nothing; with another password it stores that one, after it was proved.',
    'With --existing-schema adopt, Mathesar schemas that this program did not install are left untouched; replace puts the bundled ones in their place (types and columns of them stay; nothing is dropped by cascade); refuse makes them an error. Schemas of an earlier version of this program are upgraded in place.',
    'Remains that no Mathesar can work with are never adopted: where only the types were left, what is missing is installed; else they are an error that says what they are.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl db add', purpose: 'Answer questions for everything' },
    {
      command:
        'mathesarctl db add library --host db.example.org --database library \\\n    --user mathesar --sslmode verify-full --password-stdin < password.txt',
      purpose: 'Everything by flags, the password from a file',
    },
    {
      command: 'mathesarctl db add library --dsn - < dsn.txt',
      purpose: 'A libpq URI or keyword string, kept out of the list of processes',
    },
    {
      command: 'mathesarctl db add library --database library --user me --dry-run',
      purpose: 'Only the checks',
    },
  ])
}

/** Adds a database, in a dialogue where questions may be asked, and shows the result. */
export async function runDbAdd(invocation: Invocation, options: AddOptions): Promise<void> {
  const { globals, env, prompts, signal, terminal } = invocation
  const { connection: flags, dryRun, lockTimeoutMs } = options
  // Before a password or a DSN is read from standard input.
  if (prompts === null) requireName(options)
  const [
    { givenConnection },
    { runOptions },
    { withWorkspace },
    { reportProgress },
    { findInternalDatabases },
  ] = await Promise.all([
    import('../../../flags/given-connection.ts'),
    import('../../../run-options.ts'),
    import('../../../workspace.ts'),
    import('../../../progress.ts'),
    import('../../../settings/internal-databases.ts'),
  ])
  const [{ addByDialogue, addFromFlags }, { showAdded }] = await Promise.all([
    import('./run.ts'),
    import('./render.ts'),
  ])
  const connection = await givenConnection(flags, { env, reporter: terminal })
  const progress = reportProgress(terminal)
  const run: AddRun = {
    options,
    connection,
    withStore: (work) => withWorkspace(invocation, { create: true, dryRun }, ({ store }) => work(store)),
    internalDatabases: () => findInternalDatabases(globals, env),
    runOptions: runOptions({ ...connection, lockTimeoutMs, signal, onProgress: progress.event }),
    progress,
  }
  const adding =
    prompts === null
      ? addFromFlags(run)
      : addByDialogue(run, { prompts, reporter: terminal, env, yes: globals.yes })
  showAdded(await adding.finally(progress.stop), terminal)
}
