import { stderrWidth } from '../render/stderr-width.ts'
import { summary } from '../render/summary.ts'
import type { Reporter } from '../terminal.ts'
import type { Prompts } from './prompts.ts'

/** Whom to ask; with `yes` the answer is known. */
export interface Confirmation {
  readonly prompts: Prompts
  readonly reporter: Reporter
  readonly yes: boolean
}

/** Shows what a command is about to do and asks whether it should. */
export async function confirmSummary(
  rows: readonly (readonly [label: string, value: string])[],
  question: string,
  { prompts, reporter, yes }: Confirmation,
): Promise<boolean> {
  const write = yes ? reporter.info : reporter.explain
  write()
  write(summary(rows, { width: stderrWidth(), style: reporter.style }), { isWhole: true })
  write()
  return yes || prompts.yesNo(question, true)
}
