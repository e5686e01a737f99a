import { Command } from 'commander'
import type { RemoveDatabaseResult, RemovePlan } from '../../../../databases/remove.ts'
import { usageError } from '../../../../errors.ts'
import { connectTimeoutOption, runOptions } from '../../../flags/connection.ts'
import {
  addRemovalFlags,
  addTrialFlags,
  checkRemovalFlags,
  confirmationMissing,
  REMOVAL_EXPLANATION,
  type RemovalFlags,
} from '../../../flags/removal.ts'
import { removalLockTimeoutOption } from '../../../flags/schema.ts'
import { withExamples, withExplanation } from '../../../help.ts'
import { type Invocation, startInvocation } from '../../../invocation.ts'
import type { RemovalDialogue } from '../../../prompts/removal/index.ts'
import { printable } from '../../../render/printable.ts'
import type { Workspace } from '../../../workspace.ts'

interface RemoveFlags extends RemovalFlags {
  removeSchema?: boolean
  sharedSchema?: boolean
  forgetUnreachable?: boolean
  connectTimeout?: number
}

export function dbRemoveCommand(): Command {
  const command = new Command('remove')
    .alias('rm')
    .description('Remove a stored database: the Mathesar schemas first if asked, then the credentials')
    .argument('<name>', 'name under which it is stored')
    .option('--remove-schema', 'also drop the Mathesar schemas in the database, before the credentials')
  addTrialFlags(
    addRemovalFlags(command)
      .option(
        '--shared-schema',
        'drop them also where other stored databases are the same database (default: ask at a terminal, otherwise refuse)',
      )
      .option('--forget-unreachable', 'if the server or the database is gone, remove the record all the same')
      .addOption(connectTimeoutOption())
      .addOption(removalLockTimeoutOption()),
  ).action(async (name: string, flags: RemoveFlags) => run(await startInvocation(command), name, flags))
  withExplanation(command, [
    'Without --remove-schema only the record goes: the server is never reached, and the Mathesar schemas and your data stay as they are.',
    'With --remove-schema the Mathesar schemas are dropped first, in one transaction; only then the credentials are deleted. If that fails for any reason, nothing is changed and the credentials stay.',
    'If the same database is stored under other names too, however they spell its host, those lose the schemas as well. Nothing is changed then and the exit status is 8, unless --shared-schema is given or you say yes at a terminal.',
    ...REMOVAL_EXPLANATION,
  ])
  return withExamples(command, [
    { command: 'mathesarctl db remove library', purpose: 'Be asked whether the schemas go too' },
    {
      command: 'mathesarctl db remove library --remove-schema --dry-run',
      purpose: 'See what depends on the schemas',
    },
    {
      command: 'mathesarctl db remove lib --remove-schema --on-dependents convert --rehearse',
      purpose: 'Run all of it, roll it back, and see how long it holds its locks',
    },
    {
      command: 'mathesarctl db remove library --remove-schema --on-dependents convert --yes',
      purpose: 'Make plain columns of those of Mathesar types, with every value kept',
    },
    {
      command: 'mathesarctl db remove library --remove-schema --keep-types --yes',
      purpose: 'Leave the types, and the columns of them',
    },
    {
      command: 'mathesarctl db remove old --remove-schema --forget-unreachable --yes',
      purpose: 'The server is gone for good',
    },
  ])
}

async function run(invocation: Invocation, name: string, flags: RemoveFlags): Promise<void> {
  const { terminal, globals } = invocation
  checkFlags(flags, invocation)
  const [{ withWorkspace }, { removeDatabase }, { reportProgress }] = await Promise.all([
    import('../../../workspace.ts'),
    import('../../../../databases/remove.ts'),
    import('../../../progress.ts'),
  ])
  const report = reportProgress(terminal)
  const rehearse = flags.rehearse === true
  // At a terminal the removal itself may follow.
  const goesOn = terminal.interactive && !invocation.globals.yes
  const access = {
    create: false,
    readOnly: rehearse && !goesOn,
    settle: !rehearse,
    dryRun: flags.dryRun === true,
  }
  let dialogue: RemovalDialogue | null = null
  const result = await withWorkspace(invocation, access, async (workspace) => {
    const removeSchema = flags.removeSchema ?? (await askSchema(workspace, name, invocation, report.stop))
    const needsYes = () =>
      confirmationMissing(`${rehearse ? 'Rehearsing the removal of' : 'Removing'} "${name}"`)
    const asked = removeSchema
      ? (await import('../../../prompts/removal/index.ts')).removalDialogue(invocation, {
          flags,
          stop: report.stop,
          mayLeave: true,
          question: () =>
            `Drop these schemas and remove the stored credentials of "${printable(name, false)}"?`,
          needsYes,
        })
      : null
    dialogue = asked
    return removeDatabase(
      workspace.store,
      {
        name,
        removeSchema,
        forgetUnreachable: flags.forgetUnreachable === true,
        dryRun: flags.dryRun === true,
        rehearse,
        recovered: workspace.recovered,
        sharedSchema: flags.sharedSchema === true,
        ...(terminal.interactive && !globals.yes && !flags.dryRun
          ? { acceptSharing: (names) => askSharing(names, invocation, report.stop) }
          : {}),
        keepTypes: flags.keepTypes === true,
        ...(flags.onDependents ? { onDependents: flags.onDependents } : {}),
        ...(asked?.choose ? { choose: asked.choose } : {}),
        ...(asked?.goOn ? { goOn: asked.goOn } : {}),
        confirm: (plan, stage) => {
          report.stop()
          return plan.removal && asked
            ? asked.confirm(plan.removal, stage)
            : confirmRecord(plan, invocation, needsYes)
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
    terminal.document('db remove', { ...result, ...terminal.collected() })
  } else {
    await showRemoved(result, invocation, dialogue)
  }
}

/** What concerns the schemas means nothing where they stay and nobody can be asked about them. */
function checkFlags(flags: RemoveFlags, { terminal, globals }: Invocation): void {
  checkRemovalFlags(flags)
  if (flags.rehearse && !flags.removeSchema) {
    throw usageError(
      '--rehearse has no effect without --remove-schema: only the record would go.',
      'Add --remove-schema to rehearse the removal of the Mathesar schemas too, or leave --rehearse out.',
      'rehearse',
    )
  }
  if (flags.rehearse && flags.forgetUnreachable) {
    throw usageError(
      'A rehearsal removes no record: --forget-unreachable has no effect with --rehearse.',
      'Use one of them.',
      'forget-unreachable',
    )
  }
  if (flags.removeSchema || (terminal.interactive && !globals.yes)) return
  const without =
    flags.onDependents && flags.onDependents !== 'refuse'
      ? 'on-dependents'
      : flags.keepTypes
        ? 'keep-types'
        : flags.sharedSchema
          ? 'shared-schema'
          : null
  if (without === null) return
  throw usageError(
    `--${without} has no effect without --remove-schema: only the record would go.`,
    `Add --remove-schema to drop the Mathesar schemas too, or leave --${without} out.`,
    without,
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
  const { askYesNo } = await import('../../../prompts/ask.ts')
  stop()
  for (const line of [
    'The Mathesar schemas (msar, __msar, mathesar_types) can be removed from the database too.',
    `${terminal.style.yellow('Warning:')} database objects may depend on them. This is no issue where no data uses Mathesar's custom types. What depends on them is listed first, and you choose what becomes of it: it is converted with every value kept, it stays with the types, or it is deleted with them.`,
  ]) {
    terminal.explain(line)
  }
  return askYesNo('Remove the Mathesar schemas too?', false, invocation)
}

/** The question whether other stored databases may lose the schemas too; default no. */
async function askSharing(
  names: readonly string[],
  invocation: Invocation,
  stop: () => void,
): Promise<boolean> {
  const { askYesNo } = await import('../../../prompts/ask.ts')
  stop()
  const list = names.map((name) => `"${printable(name, false)}"`).join(' and ')
  invocation.terminal.explain(
    `The same database is also stored as ${list}. Without the Mathesar schemas a Mathesar can't use it there either.`,
  )
  return askYesNo('Drop the schemas all the same?', false, invocation)
}

/** Where only the record goes. */
async function confirmRecord(
  plan: RemovePlan,
  invocation: Invocation,
  needsYes: () => Error,
): Promise<boolean> {
  const { terminal, globals } = invocation
  const name = printable(plan.name, false)
  if (plan.unreachable) {
    const say = terminal.interactive && !globals.yes ? terminal.explain : terminal.say
    say(`${printable(plan.unreachable.message)} Only the record of "${name}" will be removed.`)
  }
  if (globals.yes) return true
  if (!terminal.interactive) throw needsYes()
  const { askYesNo } = await import('../../../prompts/ask.ts')
  return askYesNo(
    `Remove the stored credentials of "${name}"? The database itself is not touched.`,
    false,
    invocation,
  )
}

async function showRemoved(
  result: RemoveDatabaseResult,
  invocation: Invocation,
  dialogue: RemovalDialogue | null,
): Promise<void> {
  const { terminal } = invocation
  const { showRehearsed, showRemoval } = await import('../../../render/removal-result.ts')
  await showRemoval(result, invocation, [`the stored credentials of "${result.name}"`])
  // The question that follows a rehearsal has told how it went.
  if (result.status === 'rehearsed' && !dialogue?.goOn) await showRehearsed(result, invocation)
  if (result.status !== 'removed') return
  const suffix = result.schemaRemoved
    ? result.typesKept
      ? ' The schemas msar and __msar are gone from the database; mathesar_types stays.'
      : ' The Mathesar schemas are gone from the database.'
    : result.forgotten
      ? ' The server was not asked: the Mathesar schemas may still be in the database.'
      : ' The database was not touched.'
  terminal.say(`${terminal.style.green('Removed')} "${printable(result.name, false)}".${suffix}`)
}
