import { Command, Option } from 'commander'
import type { RemoveDatabaseResult, RemovePlan } from '../../../databases/remove.ts'
import { OperatorError } from '../../../errors.ts'
import { connectTimeoutOption, runOptions } from '../../connection-flags.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'
import { lockTimeoutOption } from '../../schema-flags.ts'
import type { Workspace } from '../../workspace.ts'

interface RemoveFlags {
  removeSchema?: boolean
  onDependents?: 'refuse'
  forgetUnreachable?: boolean
  dryRun?: boolean
  connectTimeout?: number
  lockTimeout?: number
}

export function dbRemoveCommand(): Command {
  const command = new Command('remove')
    .alias('rm')
    .description('Remove a stored database: the Mathesar schemas first if asked, then the credentials')
    .argument('<name>', 'name under which it is stored')
    .option('--remove-schema', 'also drop the Mathesar schemas in the database, before the credentials')
    .addOption(
      new Option(
        '--on-dependents <strategy>',
        'what to do if objects depend on the schemas (default: refuse)',
      ).choices(['refuse']),
    )
    .option('--forget-unreachable', 'if the server or the database is gone, remove the record all the same')
    .addOption(connectTimeoutOption())
    .addOption(lockTimeoutOption())
    .option('--dry-run', 'show what would be removed and what depends on it, change nothing')
    .action(async (name: string, flags: RemoveFlags) => run(await startInvocation(command), name, flags))
  withExplanation(command, [
    'Without --remove-schema only the record goes: the server is never reached, and the Mathesar schemas and your data stay as they are.',
    'With --remove-schema the Mathesar schemas are dropped first, in one transaction and never cascading; only then the credentials are deleted. If objects outside the schemas depend on them (a column of type mathesar_types.email, for instance), they are listed, nothing is changed, and the exit status is 8. If dropping fails for any reason, the credentials stay.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl db remove library', purpose: 'Be asked whether the schemas go too' },
    {
      command: 'mathesarctl db remove library --remove-schema --dry-run',
      purpose: 'See what depends on the schemas',
    },
    { command: 'mathesarctl db remove library --remove-schema --yes', purpose: 'Both, in a script' },
    {
      command: 'mathesarctl db remove old --remove-schema --forget-unreachable --yes',
      purpose: 'The server is gone for good',
    },
  ])
}

async function run(invocation: Invocation, name: string, flags: RemoveFlags): Promise<void> {
  const { terminal } = invocation
  const [{ withWorkspace }, { removeDatabase }, { reportProgress }] = await Promise.all([
    import('../../workspace.ts'),
    import('../../../databases/remove.ts'),
    import('../../progress.ts'),
  ])
  const report = reportProgress(terminal)
  const result = await withWorkspace(invocation, { create: false }, async (workspace) => {
    const removeSchema = flags.removeSchema ?? (await askSchema(workspace, name, invocation, report.stop))
    return removeDatabase(
      workspace.store,
      {
        name,
        removeSchema,
        forgetUnreachable: flags.forgetUnreachable === true,
        dryRun: flags.dryRun === true,
        recovered: workspace.recovered,
        confirm: (plan) => {
          report.stop()
          return confirmPlan(plan, invocation)
        },
      },
      runOptions(
        invocation,
        { connectTimeoutMs: flags.connectTimeout, lockTimeoutMs: flags.lockTimeout },
        report.event,
      ),
    )
  }).finally(report.stop)
  if (terminal.json) {
    terminal.document({ ...result, ...terminal.collected() })
  } else {
    showRemoved(result, invocation)
  }
}

/** A destructive step is never taken for granted because nobody can be asked. */
function needsYes(name: string): OperatorError {
  return new OperatorError(
    'USAGE',
    `Removing "${name}" needs a confirmation, and there is no terminal to ask at.`,
    'Add --yes to confirm, or --dry-run to see what would be removed.',
    { field: 'yes' },
  )
}

/** The question whether the schemas go too, under its warning; default no. */
async function askSchema(
  { store }: Workspace,
  name: string,
  invocation: Invocation,
  stop: () => void,
): Promise<boolean> {
  const { terminal, globals } = invocation
  if (!terminal.interactive || globals.yes || !(await store.names()).includes(name)) return false
  const { askYesNo } = await import('../../prompts/ask.ts')
  stop()
  for (const line of [
    'The Mathesar schemas (msar, __msar, mathesar_types) can be removed from the database too.',
    `${terminal.style.yellow('Warning:')} deleting them also deletes database objects that depend on them. This is no issue where no data uses Mathesar's custom types. What depends on them is looked up first: if anything does, it is listed and nothing is removed.`,
  ]) {
    terminal.explain(line)
  }
  return askYesNo('Remove the Mathesar schemas too?', false, invocation)
}

async function confirmPlan(plan: RemovePlan, invocation: Invocation): Promise<boolean> {
  const { terminal, globals } = invocation
  const { printable } = await import('../../render/printable.ts')
  const name = printable(plan.name, false)
  const say = terminal.interactive && !globals.yes ? terminal.explain : terminal.say
  if (plan.unreachable) {
    say(`${printable(plan.unreachable.message)} Only the record of "${name}" will be removed.`)
  } else if (plan.schemas) {
    say(describeSchemas(plan))
    if (plan.schemas.kind === 'foreign') {
      terminal.warn(
        'mathesarctl did not install these schemas; a Mathesar that uses them will no longer work on this database.',
      )
    }
  }
  if (globals.yes) return true
  if (!terminal.interactive) throw needsYes(plan.name)
  const { askYesNo } = await import('../../prompts/ask.ts')
  const question = plan.schemas
    ? `Drop these schemas and remove the stored credentials of "${name}"?`
    : `Remove the stored credentials of "${name}"? The database itself is not touched.`
  return askYesNo(question, false, invocation)
}

function describeSchemas({ schemas, settings }: RemovePlan): string {
  const list = schemas?.schemas.map((schema) => `${schema.name} (${schema.objects} objects)`).join(', ')
  return list
    ? `In database "${settings?.database}": ${list}. Nothing outside depends on them.`
    : `Database "${settings?.database}" has no Mathesar schemas (any more).`
}

function showRemoved(result: RemoveDatabaseResult, { terminal }: Invocation): void {
  if (result.status === 'planned') {
    const what = [...result.dropped, `the stored credentials of "${result.name}"`].join(', ')
    terminal.say(`Nothing was changed; without --dry-run this would remove ${what}.`)
    return
  }
  for (const object of result.dropped) terminal.detail(`dropped ${object}`)
  const suffix = result.schemaRemoved
    ? ' The Mathesar schemas are gone from the database.'
    : result.forgotten
      ? ' The server was not asked: the Mathesar schemas may still be in the database.'
      : ' The database was not touched.'
  terminal.say(`${terminal.style.green('Removed')} "${result.name}".${suffix}`)
}
