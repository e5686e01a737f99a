import type { OperatorError } from '../../errors.ts'
import { errorText } from '../render/error.ts'
import type { Reporter } from '../terminal.ts'
import { dialogueHint } from './dialogue-hint.ts'

/** A longer hint takes more than three lines of a usual terminal, and is not repeated. */
const LONGEST_REPEATED = 240

/** The long hints that a run has shown. */
const shown = new WeakMap<Reporter, Set<string>>()

/**
 * Shows an error in a dialogue that can ask for other values.
 *
 * @param explained flags that the dialogue explains itself
 */
export function showError(error: OperatorError, reporter: Reporter, explained: readonly string[] = []): void {
  const hint = hintOnce(dialogueHint(error, explained), reporter)
  reporter.explain(errorText(error.with({ hint }), reporter.style), { isWhole: true })
}

/** Returns the hint; if it is long and the run has shown it before, a reference to it. */
function hintOnce(hint: string, reporter: Reporter): string {
  if (hint.length <= LONGEST_REPEATED) return hint
  const hints = shown.get(reporter) ?? new Set()
  shown.set(reporter, hints)
  if (hints.has(hint)) return 'The hint of the earlier error, above, applies to this one too.'
  hints.add(hint)
  return hint
}
