import type { RemovePlan } from '../../../../databases/remove/index.ts'
import type { OperatorError } from '../../../../errors.ts'
import type { Prompts } from '../../../prompts/prompts.ts'
import { printableBlock, quotedName } from '../../../render/printable.ts'
import type { Reporter } from '../../../terminal.ts'

export interface ConfirmContext {
  /** `null` if nothing may be asked. */
  prompts: Prompts | null
  reporter: Reporter
  /** Every confirmation is answered with yes. */
  yes: boolean
  /** The error where a confirmation is needed and nothing may be asked. */
  needsYes: () => OperatorError
}

/** Asks for consent to a removal of the record alone. Errors: that of `needsYes`. */
export async function confirmRecord(
  plan: RemovePlan,
  { prompts, reporter, yes, needsYes }: ConfirmContext,
): Promise<boolean> {
  const name = quotedName(plan.name)
  if (plan.unreachable) {
    const write = prompts === null || yes ? reporter.info : reporter.explain
    write(`${printableBlock(plan.unreachable.message)} Only the record of ${name} will be removed.`)
  }
  if (yes) return true
  if (prompts === null) throw needsYes()
  reporter.explain('The database itself is not touched.')
  return prompts.yesNo(`Remove the stored credentials of ${name}?`, false)
}
