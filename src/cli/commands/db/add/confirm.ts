import type { AddPlan } from '../../../../databases/add/index.ts'
import { type Confirmation, confirmSummary } from '../../../prompts/confirm-summary.ts'
import { quotedName } from '../../../render/printable.ts'
import { planRows } from './render.ts'

/** Explains why an add can only register the database in this Mathesar, and asks whether it should. */
export async function confirmRegistration({ prompts, reporter, yes }: Confirmation): Promise<boolean> {
  const write = yes ? reporter.info : reporter.explain
  write(
    'This Mathesar needs the SQL of its own release in the database, which this version of mathesarctl ' +
      'does not have. The command can check the connection and store it (--register-only). Mathesar then ' +
      "lists the database, and asks for the role's login again before it installs its SQL.",
  )
  write()
  return yes || prompts.yesNo('Register the database only?', true)
}

/** Shows what an add will do and asks whether it should. */
export function confirmPlan(plan: AddPlan, confirmation: Confirmation): Promise<boolean> {
  const question = plan.isUpdate ? `Update ${quotedName(plan.name)}?` : 'Add this database?'
  return confirmSummary(planRows(plan), question, confirmation)
}
