import { Command } from 'commander'
import { REMOVAL_EXPLANATION } from '../../../flags/removal.ts'
import { withExamples, withExplanation } from '../../../help.ts'
import { type Invocation, startInvocation } from '../../../invocation.ts'
import { addRemoveFlags, checkRemoveFlags, type RemoveFlags } from './flags.ts'

export function dbRemoveCommand(): Command {
  const command = new Command('remove')
    .alias('rm')
    .description('Remove a stored database: the Mathesar schemas first if asked, then the credentials')
    .argument('<name>', 'name under which it is stored')
  addRemoveFlags(command).action(async (name: string, flags: RemoveFlags) => {
    await runDbRemove(await startInvocation(command), name, flags)
  })
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

async function runDbRemove(invocation: Invocation, name: string, flags: RemoveFlags): Promise<void> {
  const { globals, prompts, signal, terminal } = invocation
  const { yes } = globals
  checkRemoveFlags(flags, prompts !== null && !yes)
  const [{ withWorkspace }, { removeDatabase }, { reportProgress }, { runOptions }, { showRemoved }] =
    await Promise.all([
      import('../../../workspace.ts'),
      import('../../../../databases/remove.ts'),
      import('../../../progress.ts'),
      import('../../../run-options.ts'),
      import('./render.ts'),
    ])
  const { removalInput } = await import('./run.ts')
  const progress = reportProgress(terminal)
  const rehearse = flags.rehearse === true
  const access = {
    create: false,
    // At a terminal the removal itself may follow the rehearsal.
    readOnly: rehearse && (prompts === null || yes),
    settle: !rehearse,
    dryRun: flags.dryRun === true,
  }
  const context = { name, flags, prompts, reporter: terminal, yes, stop: progress.stop }
  const { result, isRehearsalShown } = await withWorkspace(invocation, access, async (workspace) => {
    const { input, isRehearsalShown } = await removalInput(workspace, context)
    const options = runOptions({
      connectTimeoutMs: flags.connectTimeout,
      lockTimeoutMs: flags.lockTimeout,
      signal,
      onProgress: progress.event,
    })
    return { result: await removeDatabase(workspace.store, input, options), isRehearsalShown }
  }).finally(progress.stop)
  showRemoved(result, terminal, isRehearsalShown)
}
