import { Command } from 'commander'
import { addConnectionFlags, type ConnectionFlags } from '../../../flags/connection.ts'
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
import { withTarget } from '../../../target.ts'

interface RemoveFlags extends ConnectionFlags, RemovalFlags {}

export function schemaRemoveCommand(): Command {
  const command = new Command('remove').description('Remove the Mathesar schemas')
  addTrialFlags(addRemovalFlags(addConnectionFlags(command)).addOption(removalLockTimeoutOption())).action(
    async (flags: RemoveFlags) => run(await startInvocation(command), flags),
  )
  withExplanation(command, ['One transaction: all or nothing.', ...REMOVAL_EXPLANATION])
  return withExamples(command, [
    {
      command: 'mathesarctl schema remove --dsn service=library --dry-run',
      purpose: 'See first what would go',
    },
    {
      command: 'mathesarctl schema remove --dsn service=lib --on-dependents convert --rehearse',
      purpose: 'Run all of it, roll it back, and see how long it holds its locks',
    },
    {
      command: 'mathesarctl schema remove --dsn service=lib --on-dependents convert --yes',
      purpose: 'Make plain columns of those of Mathesar types, with every value kept',
    },
    {
      command: 'mathesarctl schema remove --dsn service=lib --on-dependents cascade',
      purpose: 'Drop what depends on them; the name of the database is asked for',
    },
  ])
}

async function run(invocation: Invocation, flags: RemoveFlags): Promise<void> {
  const { terminal } = invocation
  checkRemovalFlags(flags)
  const [{ removeSchemaFrom }, { aborted }, { removalDialogue }, { showRehearsed, showRemoval }] =
    await Promise.all([
      import('../../../../databases/schema.ts'),
      import('../../../../databases/removal.ts'),
      import('../../../prompts/removal/index.ts'),
      import('../../../render/removal-result.ts'),
    ])
  const rehearse = flags.rehearse === true
  let isTold = false
  const result = await withTarget(invocation, flags, (settings, options, stop) => {
    const { choose, confirm, goOn } = removalDialogue(invocation, {
      flags,
      stop,
      mayLeave: false,
      question: ({ survey }) => `Drop ${survey.schemas.join(', ')}?`,
      needsYes: () =>
        confirmationMissing(`${rehearse ? 'Rehearsing the removal of' : 'Removing'} the Mathesar schemas`),
    })
    isTold = goOn !== undefined
    return removeSchemaFrom(
      settings,
      {
        dryRun: flags.dryRun === true,
        rehearse,
        keepTypes: flags.keepTypes === true,
        ...(flags.onDependents ? { onDependents: flags.onDependents } : {}),
        ...(choose ? { choose } : {}),
        ...(goOn ? { goOn } : {}),
        confirm,
      },
      options,
    )
  })
  const { status } = result
  if (status === 'declined') throw aborted()
  if (terminal.json) {
    terminal.document('schema remove', { ...result, status, ...terminal.collected() })
    return
  }
  if (result.status === 'absent') {
    terminal.say(
      result.typesKept
        ? 'The database has neither msar nor __msar; mathesar_types stays. Nothing was changed.'
        : 'The database has no Mathesar schemas. Nothing was changed.',
    )
    return
  }
  await showRemoval(result, invocation, [])
  // The question that follows a rehearsal has told how it went.
  if (result.status === 'rehearsed' && !isTold) await showRehearsed(result, invocation)
  if (result.status !== 'removed') return
  const what = result.typesKept
    ? 'the schemas msar and __msar; mathesar_types stays.'
    : 'the Mathesar schemas.'
  terminal.say(`${terminal.style.green('Removed')} ${what}`)
}
