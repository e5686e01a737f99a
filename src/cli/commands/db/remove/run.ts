import type { RemoveDatabaseInput, RemovePlan } from '../../../../databases/remove/index.ts'
import { resolveStoredName } from '../../../../databases/stored-name.ts'
import { confirmationMissing } from '../../../flags/removal.ts'
import type { Prompts } from '../../../prompts/prompts.ts'
import { removalDialogue } from '../../../prompts/removal/index.ts'
import { lossText } from '../../../render/belongings.ts'
import { internalDatabaseLine } from '../../../render/internal-database.ts'
import { listed } from '../../../render/listed.ts'
import { quotedName } from '../../../render/printable.ts'
import type { Reporter } from '../../../terminal.ts'
import type { Workspace } from '../../../workspace.ts'
import { askSchema, askSharing } from './ask.ts'
import { confirmRecord } from './confirm.ts'
import type { RemoveFlags } from './flags.ts'

/** What a run of `db remove` works with: plain values, resolved from flags and environment. */
export interface RemoveRun {
  /** The name of the stored database. */
  name: string
  flags: RemoveFlags
  /** `null` if nothing may be asked. */
  prompts: Prompts | null
  reporter: Reporter
  /** Every confirmation is answered with yes. */
  yes: boolean
  /** Ends the animation of the progress before something is asked. */
  stop: () => void
}

/**
 * Returns the input of the use case, with the questions that it asks while it runs. Asks first whether the
 * schemas go too, where no flag says so.
 *
 * @returns `isRehearsalShown`: the dialogue shows how a rehearsal goes; `recreated` returns the objects that
 *   the agreed removal recreates
 */
export async function removalInput(
  { store, recovered }: Workspace,
  run: RemoveRun,
): Promise<{ input: RemoveDatabaseInput; isRehearsalShown: boolean; recreated: () => readonly string[] }> {
  const { flags, prompts, reporter, yes, stop } = run
  const name = await resolveStoredName(store, run.name, recovered)
  const rehearse = flags.rehearse === true
  const asking = yes || prompts === null ? null : { prompts, reporter }
  const mayAsk = flags.removeSchema === undefined && asking !== null && (await store.names()).includes(name)
  // A server that is gone has nothing to remove, which shows only then.
  const isAskedLater = mayAsk && flags.forgetUnreachable === true
  const removeSchema = flags.removeSchema ?? (mayAsk && (isAskedLater || (await ask(asking, stop))))
  const needsYes = () =>
    confirmationMissing(`${rehearse ? 'Rehearsing the removal of' : 'Removing'} ${quotedName(name)}`)
  const dialogue = removeSchema
    ? removalDialogue({
        ...run,
        stored: name,
        canLeave: true,
        question: ({ survey }) =>
          `${survey.schemas.length === 0 ? 'Remove' : 'Drop these schemas and remove'} the stored ` +
          `credentials of ${quotedName(name)}?`,
        consequence: ({ survey }) =>
          `The removal ${survey.schemas.length === 0 ? '' : `drops ${listed(survey.schemas)}, and `}` +
          `removes the stored credentials of ${quotedName(name)}.`,
        needsYes,
      })
    : null
  let isBeginningShown = false
  const input: RemoveDatabaseInput = {
    name,
    removeSchema,
    forgetUnreachable: flags.forgetUnreachable === true,
    dryRun: flags.dryRun === true,
    rehearse,
    recovered,
    sharedSchema: flags.sharedSchema === true,
    keepTypes: flags.keepTypes === true,
    role: flags.role,
    ...(flags.onDependents ? { onDependents: flags.onDependents } : {}),
    ...(dialogue?.choose ? { choose: dialogue.choose } : {}),
    ...(dialogue?.confirmAfterRehearsal ? { confirmAfterRehearsal: dialogue.confirmAfterRehearsal } : {}),
    confirm: (plan, stage) => {
      stop()
      const place = prompts === null ? [] : [internalDatabaseLine(store.location)]
      const beginning = isBeginningShown ? [] : [...place, ...beginningOf(plan)]
      isBeginningShown = true
      for (const sentence of beginning) (asking === null ? reporter.info : reporter.explain)(sentence)
      return plan.removal && dialogue
        ? dialogue.confirm(plan.removal, stage)
        : confirmRecord(plan, { prompts, reporter, yes, needsYes })
    },
  }
  if (isAskedLater) {
    let answer: Promise<boolean> | null = null
    input.chooseSchema = () => {
      answer ??= ask(asking, stop)
      return answer
    }
  }
  if (asking !== null && !flags.dryRun) {
    input.acceptSharing = (names) => {
      stop()
      return askSharing(names, asking)
    }
  }
  return {
    input,
    isRehearsalShown: dialogue?.confirmAfterRehearsal !== undefined,
    recreated: dialogue?.recreated ?? (() => []),
  }
}

/** Returns what is shown before the plan of a removal, as sentences. */
function beginningOf(plan: RemovePlan): string[] {
  const loss = lossText(plan)
  return [
    ...(plan.role === undefined ? [] : [`The removal of the schemas runs as role ${quotedName(plan.role)}.`]),
    ...(loss === '' ? [] : [loss]),
  ]
}

function ask(asking: { prompts: Prompts; reporter: Reporter }, stop: () => void): Promise<boolean> {
  stop()
  return askSchema(asking)
}
