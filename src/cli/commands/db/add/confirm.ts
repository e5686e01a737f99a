import type { AddPlan } from '../../../../databases/add/index.ts'
import { type Confirmation, confirmSummary } from '../../../prompts/confirm-summary.ts'
import { quotedName } from '../../../render/printable.ts'
import { planRows } from './render.ts'

/** Shows what an add will do and asks whether it should. */
export function confirmPlan(plan: AddPlan, confirmation: Confirmation): Promise<boolean> {
  const question = plan.isUpdate ? `Update ${quotedName(plan.name)}?` : 'Add this database?'
  return confirmSummary(planRows(plan), question, confirmation)
}
