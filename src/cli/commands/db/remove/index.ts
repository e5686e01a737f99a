import { Command } from 'commander'
import { ADMIN_EXPLANATION, adminLogin } from '../../../flags/admin.ts'
import { CONFIRMATION_MISSING, REMOVAL_EXPLANATION, withConfirmationHint } from '../../../flags/removal.ts'
import { withExamples, withExplanation } from '../../../help.ts'
import { type Invocation, startInvocation } from '../../../invocation.ts'
import { storedName, withStoredName } from '../../../stored-name.ts'
import { addRemoveFlags, checkRemoveFlags, type RemoveFlags } from './flags.ts'

export function dbRemoveCommand(): Command {
  const command = new Command('remove')
    .alias('rm')
    .description('Remove a stored database: the Mathesar schemas first if you wish, then the credentials')
    .argument('[name]', 'name under which the database is stored')
  addRemoveFlags(command).action(async (name: string | undefined, flags: RemoveFlags) => {
    await runDbRemove(await startInvocation(command), name, flags)
  })
  withExplanation(command, [
    'Unless you pass --remove-schema, or answer yes at a terminal, the command removes only the ' +
      'record. It then does not connect to the server, and the Mathesar schemas and your data stay as ' +
      'they are.',
    'With --remove-schema, the command first drops the Mathesar schemas, in one transaction, and only ' +
      'then deletes the credentials. If the transaction fails for any reason, nothing changes and the ' +
      'credentials stay.',
    'If the same database is stored under other names too, however they spell its host, they lose the ' +
      'schemas as well. In that case the command changes nothing and exits with status 8, unless you ' +
      'pass --shared-schema or answer yes at a terminal.',
    ADMIN_EXPLANATION,
    ...REMOVAL_EXPLANATION,
  ])
  return withExamples(command, [
    {
      command: 'mathesarctl db remove library',
      purpose: 'Let the command ask whether to drop the schemas too',
    },
    {
      command: 'mathesarctl db remove library --remove-schema --dry-run',
      purpose: 'List what depends on the schemas',
    },
    {
      command: 'mathesarctl db remove library --remove-schema --on-dependents convert --rehearse',
      purpose: 'Run the removal, roll it back, and report how long it holds its locks',
    },
    {
      command: 'mathesarctl db remove library --remove-schema --on-dependents convert --yes',
      purpose: 'Convert columns of Mathesar types to plain types, and keep every value',
    },
    {
      command: 'mathesarctl db remove library --remove-schema --keep-types --yes',
      purpose: 'Keep the types, and the columns that use them',
    },
    {
      command: 'mathesarctl db remove library --remove-schema --on-dependents cascade',
      purpose: 'Drop what depends on the schemas; the command asks for the name of the database',
    },
    {
      command: 'mathesarctl db remove old --remove-schema --forget-unreachable --yes',
      purpose: 'Remove the record of a server that no longer exists',
    },
  ])
}

async function runDbRemove(
  invocation: Invocation,
  given: string | undefined,
  flags: RemoveFlags,
): Promise<void> {
  const { globals, prompts, terminal } = invocation
  const { yes } = globals
  checkRemoveFlags(flags, prompts !== null && !yes)
  const isConsentMissing = !yes && !flags.dryRun
  const name = await storedName(invocation, given, {
    verb: 'remove',
    others: isConsentMissing ? [CONFIRMATION_MISSING] : [],
  })
  const [{ withWorkspace }, { removeDatabase }, { reportProgress }, { storedRunOptions }, { showRemoved }] =
    await Promise.all([
      import('../../../workspace.ts'),
      import('../../../../databases/remove/index.ts'),
      import('../../../progress.ts'),
      import('../../../run-options.ts'),
      import('./render.ts'),
    ])
  const [{ removalInput }, { removerAtHand }] = await Promise.all([
    import('./run.ts'),
    import('../../../settings/remover.ts'),
  ])
  const progress = reportProgress(terminal)
  const rehearse = flags.rehearse === true
  const access = {
    create: false,
    // At a terminal the removal itself may follow the rehearsal.
    readOnly: rehearse && (prompts === null || yes),
    settle: !rehearse,
    dryRun: flags.dryRun === true,
  }
  const admin = await adminLogin(flags, invocation, progress.stop)
  const context = { flags, prompts, reporter: terminal, yes, stop: progress.stop }
  const remove = (chosen: string) =>
    withWorkspace(invocation, access, async (workspace) => {
      const { input, ...dialogue } = await removalInput(workspace, { ...context, name: chosen })
      const options = storedRunOptions(invocation, flags, progress.event)
      const { generation } = workspace.store.capabilities
      const remover = input.removeSchema ? await removerAtHand(invocation, workspace.store) : null
      const result = await removeDatabase(workspace.store, { ...input, admin, remover }, options)
      return { result, ...dialogue, generation }
    })
  const { result, ...dialogue } = await withStoredName(invocation, name, remove, progress.stop)
    .catch((error: unknown) => {
      throw withConfirmationHint(error, { flags, canAsk: prompts !== null, yes })
    })
    .finally(progress.stop)
  showRemoved(result, terminal, dialogue)
}
