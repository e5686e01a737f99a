import { Command } from 'commander'
import { usageError } from '../../../errors.ts'
import { connectTimeoutOption } from '../../flags/connection.ts'
import { roleOption } from '../../flags/role.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'

interface TestFlags {
  all?: boolean
  /** Milliseconds. */
  connectTimeout?: number
  role?: string
}

export function dbTestCommand(): Command {
  const command = new Command('test')
    .description('Test the connection, the privileges and the installed schemas')
    .argument('[name]', 'name under which the database is stored')
    .option('--all', 'test every stored database, several at the same time')
    .addOption(roleOption())
    .addOption(connectTimeoutOption())
    .action(async (name: string | undefined, flags: TestFlags) => {
      await runDbTest(await startInvocation(command), name, flags)
    })
  withExplanation(command, [
    'The command prints a row for each database: whether the connection works, the version of the ' +
      'server, the privileges of the role, what the role can actually do, and which Mathesar schemas ' +
      'are installed.',
    'The column CAN lists whether the role can use the schemas (USAGE, EXECUTE and SELECT on ' +
      'everything in them), create tables, and create schemas. A role that cannot use the schemas, or ' +
      'cannot create a table anywhere, fails the test with exit status 5, and the hint contains the ' +
      'GRANT statements. A role that can do all but create schemas passes. A database ' +
      'of a Mathesar from 0.2.0 on that is registered, and in which Mathesar has installed nothing yet, ' +
      'passes with a warning. So does one that has the SQL of another release than its Mathesar, or is ' +
      'recorded so: the warning names the command that upgrades it.',
    'For one database the exit status is that of its error. With --all it is that of the errors if ' +
      'they all have the same status, otherwise 1.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl db test library', purpose: 'Test one database' },
    { command: 'mathesarctl db test --all --json', purpose: 'Test all databases, for a monitoring job' },
  ])
}

async function runDbTest(
  invocation: Invocation,
  name: string | undefined,
  { all = false, connectTimeout, role }: TestFlags,
): Promise<void> {
  const { terminal } = invocation
  if (name !== undefined && all) {
    throw usageError('The name of one database and --all are given.', 'Leave one of them out.', 'all')
  }
  const tested = all ? 'all' : await testedNames(invocation, name)
  const [
    { withWorkspace },
    { testDatabases },
    { reportProgress },
    { storedRunOptions },
    { neededVersion },
    { showTests },
    { worstStatus },
    { isSourceAtHand },
    { rowsToRepeat },
  ] = await Promise.all([
    import('../../workspace.ts'),
    import('../../../databases/test.ts'),
    import('../../progress.ts'),
    import('../../run-options.ts'),
    import('../../settings/needed-version.ts'),
    import('../../render/tests.ts'),
    import('../../render/failures.ts'),
    import('../../settings/source-at-hand.ts'),
    import('../../settings/repeated-flags.ts'),
  ])
  const progress = reportProgress(terminal)
  const options = storedRunOptions(invocation, { connectTimeout }, progress.event)
  const run = (names: 'all' | readonly string[]) =>
    withWorkspace(invocation, { create: false, readOnly: true }, async ({ store, explainKeys }) =>
      explainKeys(
        await testDatabases(store, names, {
          ...options,
          role,
          neededVersion: await neededVersion(invocation, store),
          isSourceAtHand: isSourceAtHand(invocation, store),
        }),
      ),
    )
  const { withStoredName } = await import('../../stored-name.ts')
  const testing =
    tested === 'all'
      ? run('all')
      : withStoredName(invocation, tested[0], (chosen) => run([chosen]), progress.stop)
  const tests = await testing.finally(progress.stop)
  if (terminal.isJson) terminal.document('db test', rowsToRepeat(tests))
  else showTests(tests, terminal)
  process.exitCode = worstStatus(tests)
}

/** Returns which databases to test; at a terminal it asks where no name is given. Errors: `USAGE`. */
async function testedNames(invocation: Invocation, name: string | undefined): Promise<'all' | [string]> {
  if (name !== undefined) return [name]
  const { offeredNames, storedName } = await import('../../stored-name.ts')
  const { prompts } = invocation
  if (prompts === null) {
    const alternative = '--all for every stored database'
    return [await storedName(invocation, name, { verb: 'test', alternative })]
  }
  const names = await offeredNames(invocation)
  const all = names.length > 1 ? [{ value: null, name: 'All of them' }] : []
  const chosen = await prompts.search<string | null>('Database to test', [...names, ...all])
  return chosen === null ? 'all' : [chosen]
}
