import type { AddPlan } from '../../../../databases/add/index.ts'
import type { Prompts } from '../../../prompts/prompts.ts'
import { quotedName } from '../../../render/printable.ts'
import { stderrWidth } from '../../../render/stderr-width.ts'
import { summary } from '../../../render/summary.ts'
import type { Reporter } from '../../../terminal.ts'
import { planRows } from './render.ts'

/** Shows what an add will do and asks whether it should; with `yes` the answer is known. */
export async function confirmPlan(
  plan: AddPlan,
  { prompts, reporter, yes }: { prompts: Prompts; reporter: Reporter; yes: boolean },
): Promise<boolean> {
  const write = yes ? reporter.info : reporter.explain
  write()
  write(summary(planRows(plan), { width: stderrWidth(), style: reporter.style }), { isWhole: true })
  write()
  return yes || prompts.yesNo(plan.update ? `Update ${quotedName(plan.name)}?` : 'Add this database?', true)
}
