import { Command } from 'commander'
import type { SchemaRemovalPlan } from '../../../../databases/removal/index.ts'
import type { RemoveSchemaResult } from '../../../../databases/schema.ts'
import { addConnectionFlags } from '../../../flags/connection.ts'
import {
  addRemovalFlags,
  addTrialFlags,
  CONFIRMATION_MISSING,
  checkRemovalFlags,
  confirmationMissing,
  REMOVAL_EXPLANATION,
  type RemovalFlags,
  withConfirmationHint,
} from '../../../flags/removal.ts'
import { roleOption } from '../../../flags/role.ts'
import { removalLockTimeoutOption, targetArgument } from '../../../flags/schema.ts'
import { schemaSourceOptions } from '../../../flags/schema-source.ts'
import { withExamples, withExplanation } from '../../../help.ts'
import { type Invocation, startInvocation } from '../../../invocation.ts'
import { namedSource } from '../../../named-source.ts'
import { quotedName } from '../../../render/printable.ts'
import type { SourceFlags } from '../../../settings/schema-source.ts'
import { type TargetFlags, withTarget } from '../../../target.ts'

interface RemoveFlags extends TargetFlags, RemovalFlags, SourceFlags {}

export function schemaRemoveCommand(): Command {
  const command = new Command('remove').description('Remove the Mathesar schemas from a database')
  addConnectionFlags(command.addArgument(targetArgument())).addOption(roleOption())
  addTrialFlags(addRemovalFlags(command).addOption(removalLockTimeoutOption()))
  for (const option of schemaSourceOptions()) command.addOption(option)
  command.action(async (name: string | undefined, flags: RemoveFlags) => {
    await runSchemaRemove(await startInvocation(command), name, flags)
  })
  withExplanation(command, [
    'The command removes everything in one transaction, or nothing.',
    ...REMOVAL_EXPLANATION,
    "With --schema-source or --release, the command runs that release's own removal function, and then drops " +
      'what that leaves. Without them it drops what the catalog lists in the schemas.',
  ])
  return withExamples(command, [
    {
      command: 'mathesarctl schema remove --dsn service=library --dry-run',
      purpose: 'Show first what would be removed',
    },
    {
      command: 'mathesarctl schema remove --dsn service=library --on-dependents convert --rehearse',
      purpose: 'Run the removal, roll it back, and report how long it holds its locks',
    },
    {
      command: 'mathesarctl schema remove --dsn service=library --on-dependents convert --yes',
      purpose: 'Convert columns of Mathesar types to plain types, and keep every value',
    },
    {
      command: 'mathesarctl schema remove --dsn service=library --on-dependents cascade',
      purpose: 'Drop what depends on them; the command asks for the name of the database',
    },
  ])
}

async function runSchemaRemove(
  invocation: Invocation,
  name: string | undefined,
  flags: RemoveFlags,
): Promise<void> {
  const { globals, prompts, terminal } = invocation
  checkRemovalFlags(flags)
  const [{ removeSchemaFrom }, { aborted }, { removalDialogue }, { removerOf }, { showRemovedSchema }] =
    await Promise.all([
      import('../../../../databases/schema.ts'),
      import('../../../../databases/removal/index.ts'),
      import('../../../prompts/removal/index.ts'),
      import('../../../settings/remover.ts'),
      import('./render.ts'),
    ])
  const source = await namedSource(invocation, flags)
  const rehearse = flags.rehearse === true
  let shown = { isRehearsalShown: false, recreated: (): readonly string[] => [] }
  const isConsentMissing = !globals.yes && flags.dryRun !== true
  const request = {
    name,
    flags,
    others: isConsentMissing ? [CONFIRMATION_MISSING] : [],
    writes: flags.dryRun !== true && !rehearse,
    schemaAfter: ({ status }: RemoveSchemaResult) => (status === 'removed' ? null : undefined),
  }
  const result = await withTarget(invocation, request, (settings, options, stop, stored) => {
    const drop = ({ database, survey }: SchemaRemovalPlan) =>
      `${survey.schemas.join(', ')} from database ${quotedName(database)}` +
      (stored === null ? '' : ` (stored as ${quotedName(stored)})`)
    const { choose, confirm, confirmAfterRehearsal, recreated } = removalDialogue({
      flags,
      reporter: terminal,
      prompts,
      yes: globals.yes,
      stop,
      stored,
      canLeave: false,
      question: (plan) => `Drop ${drop(plan)}?`,
      consequence: (plan) => `The removal drops ${drop(plan)}.`,
      needsYes: () =>
        confirmationMissing(`${rehearse ? 'Rehearsing the removal of' : 'Removing'} the Mathesar schemas`),
    })
    shown = { isRehearsalShown: confirmAfterRehearsal !== undefined, recreated }
    return removeSchemaFrom(
      settings,
      {
        dryRun: flags.dryRun === true,
        rehearse,
        keepTypes: flags.keepTypes === true,
        remover: removerOf(source),
        ...(flags.onDependents ? { onDependents: flags.onDependents } : {}),
        ...(choose ? { choose } : {}),
        ...(confirmAfterRehearsal ? { confirmAfterRehearsal } : {}),
        confirm,
      },
      options,
    )
  }).catch((error: unknown) => {
    throw withConfirmationHint(error, { flags, canAsk: prompts !== null, yes: globals.yes })
  })
  const { status } = result
  if (status === 'declined') throw aborted(result.isRehearsed)
  showRemovedSchema({ ...result, status }, terminal, shown)
}
