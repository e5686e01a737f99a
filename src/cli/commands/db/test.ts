import { Command } from 'commander'
import type { DatabaseTest } from '../../../databases/test.ts'
import { EXIT_STATUS, OperatorError, usageError } from '../../../errors.ts'
import { connectTimeoutOption } from '../../flags/connection.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { startInvocation } from '../../invocation.ts'
import type { Terminal } from '../../terminal.ts'

interface TestFlags {
  all?: boolean
  connectTimeout?: number
}

export function dbTestCommand(): Command {
  const command = new Command('test')
    .description('Test connection, privileges and installed schemas')
    .argument('[name]', 'name under which it is stored')
    .option('--all', 'test every stored database, several at the same time')
    .addOption(connectTimeoutOption())
    .action(async (name: string | undefined, flags: TestFlags) => {
      const invocation = await startInvocation(command)
      const { signal, terminal } = invocation
      if ((name === undefined) === (flags.all !== true)) {
        throw usageError(
          'No database to test is given.',
          'Give its name, or --all for every stored one.',
          'name',
        )
      }
      const [{ withWorkspace }, { testDatabases }, { reportProgress }, { runOptions }] = await Promise.all([
        import('../../workspace.ts'),
        import('../../../databases/test.ts'),
        import('../../progress.ts'),
        import('../../run-options.ts'),
      ])
      const report = reportProgress(terminal)
      const tests = await withWorkspace(invocation, { create: false, readOnly: true }, ({ store }) =>
        testDatabases(
          store,
          name === undefined ? 'all' : [name],
          runOptions({ connectTimeoutMs: flags.connectTimeout, signal, onProgress: report.event }),
        ),
      ).finally(report.stop)
      if (terminal.json) terminal.document('db test', tests)
      else await showTests(tests, terminal)
      process.exitCode = worstStatus(tests)
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

async function showTests(tests: readonly DatabaseTest[], terminal: Terminal): Promise<void> {
  if (tests.length === 0) {
    terminal.say('No database is stored yet. Add one with: mathesarctl db add')
    return
  }
  const [{ table }, { schemaText }, { errorText }] = await Promise.all([
    import('../../render/table.ts'),
    import('../../render/database.ts'),
    import('../../render/error.ts'),
  ])
  terminal.result(
    table(
      [
        { heading: 'NAME' },
        { heading: 'RESULT' },
        { heading: 'SERVER' },
        { heading: 'PRIVILEGES' },
        { heading: 'CAN' },
        { heading: 'SCHEMA' },
      ],
      tests.map((test) => [
        test.name,
        test.error?.code ?? 'ok',
        test.serverVersion ?? '-',
        privilegesText(test.privileges),
        abilitiesText(test.abilities),
        schemaText(test.schema),
      ]),
      { width: terminal.columns, style: terminal.resultStyle },
    ),
  )
  for (const { name, error } of tests) {
    if (error === null) continue
    const known = error.code in EXIT_STATUS ? (error.code as keyof typeof EXIT_STATUS) : 'INTERNAL'
    process.stderr.write(`\n${terminal.style.bold(name)}\n`)
    process.stderr.write(
      `${errorText(new OperatorError(known, error.message, error.hint), terminal.style)}\n`,
    )
  }
}

function privilegesText(privileges: DatabaseTest['privileges']): string {
  if (privileges === null) return '-'
  const held = Object.entries(privileges).flatMap(([name, has]) => (has ? [name] : []))
  return held.length === 0 ? 'none' : held.join(',')
}

const USES = ['connect', 'useSchemas', 'callFunctions', 'readTables', 'useTypes'] as const

/** What the role can really do, as few words: all of it, or what. */
function abilitiesText(abilities: DatabaseTest['abilities']): string {
  if (abilities === null) return '-'
  const can = [
    ...(USES.every((ability) => abilities[ability]) ? ['use'] : []),
    ...(abilities.createTables ? ['tables'] : []),
    ...(abilities.createSchemas ? ['schemas'] : []),
  ]
  return can.length === 0 ? 'nothing' : can.join(',')
}

function worstStatus(tests: readonly DatabaseTest[]): number {
  const statuses = new Set(
    tests.flatMap(({ error }) => (error ? [EXIT_STATUS[error.code as keyof typeof EXIT_STATUS] ?? 1] : [])),
  )
  if (statuses.size === 0) return 0
  return statuses.size === 1 ? ([...statuses][0] ?? 1) : 1
}
