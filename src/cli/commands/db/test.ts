import { Command } from 'commander'
import type { DatabaseTest } from '../../../databases/test.ts'
import { EXIT_STATUS, usageError } from '../../../errors.ts'
import { connectTimeoutOption } from '../../flags/connection.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'

interface TestFlags {
  all?: boolean
  /** Milliseconds. */
  connectTimeout?: number
}

export function dbTestCommand(): Command {
  const command = new Command('test')
    .description('Test connection, privileges and installed schemas')
    .argument('[name]', 'name under which it is stored')
    .option('--all', 'test every stored database, several at the same time')
    .addOption(connectTimeoutOption())
    .action(async (name: string | undefined, flags: TestFlags) => {
      await runDbTest(await startInvocation(command), name, flags)
    })
  withExplanation(command, [
    'One row a database: whether the connection works, the version of the server, what the role may do, what it can really do, and which Mathesar schemas are installed.',
    "The column CAN says whether the role can use the schemas (USAGE, EXECUTE and SELECT on what is in them), create tables, and create schemas. A role that can't use them, or can't create a table anywhere, fails the test with exit status 5 and the GRANT statements; one that only can't create schemas passes.",
    'With one database the exit status is that of its error. With --all it is that of the errors if they all have the same, else 1.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl db test library', purpose: 'Test one' },
    { command: 'mathesarctl db test --all --json', purpose: 'Test all, for a monitoring job' },
  ])
}

async function runDbTest(
  invocation: Invocation,
  name: string | undefined,
  { all = false, connectTimeout }: TestFlags,
): Promise<void> {
  const { signal, terminal } = invocation
  if ((name === undefined) === !all) {
    throw usageError('No database to test is given.', 'Give its name, or --all for every stored one.', 'name')
  }
  const [{ withWorkspace }, { testDatabases }, { reportProgress }, { runOptions }, { showTests }] =
    await Promise.all([
      import('../../workspace.ts'),
      import('../../../databases/test.ts'),
      import('../../progress.ts'),
      import('../../run-options.ts'),
      import('../../render/tests.ts'),
    ])
  const progress = reportProgress(terminal)
  const options = runOptions({ connectTimeoutMs: connectTimeout, signal, onProgress: progress.event })
  const tests = await withWorkspace(invocation, { create: false, readOnly: true }, ({ store }) =>
    testDatabases(store, name === undefined ? 'all' : [name], options),
  ).finally(progress.stop)
  if (terminal.json) terminal.document('db test', tests)
  else showTests(tests, terminal)
  process.exitCode = worstStatus(tests)
}

/** The exit status: that of the errors where they agree, else 1. */
function worstStatus(tests: readonly DatabaseTest[]): number {
  const statuses = new Set(
    tests.flatMap(({ error }) => (error ? [EXIT_STATUS[error.code as keyof typeof EXIT_STATUS] ?? 1] : [])),
  )
  if (statuses.size === 0) return 0
  return statuses.size === 1 ? ([...statuses][0] ?? 1) : 1
}
