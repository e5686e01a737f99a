import type { OperatorError } from '../../errors.ts'
import { errorText } from '../render/error.ts'
import type { Reporter } from '../terminal.ts'
import { dialogueHint } from './dialogue-hint.ts'

/** Shows an error in a dialogue that can ask for other values. */
export function showError(error: OperatorError, reporter: Reporter): void {
  reporter.explain(errorText(error.with({ hint: dialogueHint(error) }), reporter.style), { isWhole: true })
}
