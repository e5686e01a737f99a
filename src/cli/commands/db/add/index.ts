import { Command } from 'commander'
import { withExamples, withExplanation } from '../../../help.ts'
import { type Invocation, startInvocation } from '../../../invocation.ts'
import type { SourceFlags } from '../../../settings/schema-source.ts'
import { type AddFlags, type AddOptions, addAddFlags, readAddOptions, requireName } from './flags.ts'
import type { AddRun } from './run.ts'

export function dbAddCommand(): Command {
  const command = new Command('add')
    .description('Add a user database: check it, install the Mathesar schemas, store the credentials')
    .argument('[name]', 'unique name to store the database under')
  addAddFlags(command).action(async (name: string | undefined, flags: AddFlags) => {
    await runDbAdd(await startInvocation(command), readAddOptions(name, flags))
  })
  withExplanation(command, [
    'The role must be a SUPERUSER or the OWNER of the database, or have the CREATE privilege on it, ' +
      'because the command creates the Mathesar schemas (msar, __msar, mathesar_types) in it.',
    'Before it changes anything, the command checks that the name is free; that the target is not ' +
      "Mathesar's internal database; that the host resolves and the server answers in time, with the " +
      'TLS that --sslmode requires; that the server accepts the login; that the database exists; that ' +
      'the server is PostgreSQL 13 to 18, is writable, and is not behind a transaction pooler; and that ' +
      'the role has the privileges, including CREATEDB if the command must create the database. Each ' +
      'check has its own error. If the schemas exist already, the role must be able to use them (USAGE, ' +
      'EXECUTE, SELECT) and to create tables. The command also lists event triggers, and other names ' +
      'under which the same database is stored.',
    'If the run fails or is interrupted, the command drops a database that --create-database created, ' +
      'unless somebody else uses it by then. If the connection was lost, so that nobody knows whether the ' +
      'credentials were stored, the database stays, and the error names it.',
    'The command installs the schemas in one transaction, and then stores the credentials, encrypted ' +
      'with the secret key. If the run is killed in between, the next command that writes completes or ' +
      'abandons the add, and commands that only read report it. Running the same command again changes ' +
      'nothing; with another password, it verifies that password with a connection and stores it.',
    'A Mathesar 0.2.0 or later needs the SQL of its own release in the database. The command finds that ' +
      'release beside the .env or where Mathesar is installed; otherwise --schema-source names its tree, its ' +
      'tarball or its db/sql, or --release fetches it. Mathesar then lists the database as ready.',
    'With --register-only, the command checks the connection and stores it, and installs nothing. A ' +
      "Mathesar 0.2.0 or later then asks for the role's login again in its web page, and installs its SQL " +
      'itself.',
    'In such a Mathesar, its users connect as a role of the database. The command gives every active ' +
      'superuser access, or the users of --mathesar-user. With the name of a stored database and another ' +
      'role, it stores that role beside the others. Host, port and TLS mode belong to a server that ' +
      'several databases share, and a password to a role of that server: the command reports which other ' +
      'databases a new value concerns.',
    'With --existing-schema adopt, Mathesar schemas that this program did not install stay as they ' +
      'are. If it installed the SQL of a release, the bundled schemas do not take its place by themselves: ' +
      'the command asks at a terminal, and otherwise needs the flag. With replace, the bundled schemas replace them: the command keeps types and their columns, ' +
      'and drops nothing by cascade. With refuse, they are an error. The command upgrades schemas of an ' +
      'earlier version of this program in place. The SQL of a release takes the place of any earlier ' +
      'schemas by itself, unless adopt or refuse is chosen; those of a later release stay.',
    'The command never adopts remains that no Mathesar can use. If a removal left only the types, it ' +
      'installs what is missing; other remains are an error that describes them.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl db add', purpose: 'Let the command ask for everything' },
    {
      command:
        'mathesarctl db add library --host db.example.org --database library \\\n    --user mathesar ' +
        '--sslmode verify-full --password-stdin < password.txt',
      purpose: 'Pass every value as a flag, and the password on standard input',
    },
    {
      command: 'mathesarctl db add library --dsn - < dsn.txt',
      purpose: 'Read a libpq URI from a file, so that the process list does not show it',
    },
    {
      command:
        'mathesarctl db add Library --host db.example.org --database library --user mathesar \\\n' +
        '    --password-stdin --schema-source mathesar.tar.gz < password.txt',
      purpose: 'Install the SQL of a Mathesar 0.2.0 or later from its release',
    },
    {
      command:
        'mathesarctl db add Library --host db.example.org --database library --user mathesar \\\n' +
        '    --password-stdin --register-only < password.txt',
      purpose: 'Let that Mathesar install its SQL itself',
    },
    {
      command: 'mathesarctl db add library --database library --user me --dry-run',
      purpose: 'Run only the checks',
    },
  ])
}

/** Adds a database, in a dialogue where questions may be asked, and shows the result. */
export async function runDbAdd(invocation: Invocation, options: AddOptions): Promise<void> {
  const { globals, env, prompts, signal, terminal } = invocation
  const { connection: flags, dryRun, lockTimeoutMs } = options
  const [
    { givenConnection, missingFrom },
    { runOptions },
    { withWorkspace },
    { reportProgress },
    { findInternalDatabases },
    { fittingSource },
    { commandToRepeat, upgradeCommand },
  ] = await Promise.all([
    import('../../../flags/given-connection.ts'),
    import('../../../run-options.ts'),
    import('../../../workspace.ts'),
    import('../../../progress.ts'),
    import('../../../settings/internal-databases.ts'),
    import('../../../fitting-source.ts'),
    import('../../../settings/repeated-flags.ts'),
  ])
  const [{ addByDialogue, addFromFlags }, { showAdded }] = await Promise.all([
    import('./run.ts'),
    import('./render.ts'),
  ])
  // Before a password or a DSN is read from standard input.
  if (prompts === null && options.name === undefined) {
    requireName(options, await missingFrom(flags, { env, reporter: terminal }))
  }
  const connection = await givenConnection(flags, { env, reporter: terminal, live: globals.live })
  const progress = reportProgress(terminal)
  let internalDatabase = ''
  let usedSource: SourceFlags = {}
  const run: AddRun = {
    options,
    connection,
    withStore: (action) =>
      withWorkspace(invocation, { create: true, dryRun }, ({ store }) => {
        internalDatabase = store.location
        return action(store)
      }),
    async resolveSource(store, sourceFlags) {
      const source = await fittingSource(invocation, sourceFlags, store)
      usedSource = sourceFlags
      return source
    },
    upgradeCommand: (name) => commandToRepeat(upgradeCommand(name, usedSource), globals),
    internalDatabases: () => findInternalDatabases(globals, env),
    isInContainer: globals.live?.isInContainer === true,
    runOptions: runOptions(
      { ...connection, lockTimeoutMs, signal, onProgress: progress.event },
      globals.addresses,
    ),
    progress,
  }
  const adding =
    prompts === null
      ? addFromFlags(run)
      : addByDialogue(run, { prompts, reporter: terminal, env, yes: globals.yes })
  const result = await adding.finally(progress.stop)
  showAdded(result, internalDatabase, terminal)
}
