import type { Reporter } from '../terminal.ts'

/** Returns the mark of a step that succeeded: the one that prompts draw before a question with its answer. */
export function tick({ style, hasUnicode }: Pick<Reporter, 'style' | 'hasUnicode'>): string {
  return style.green(hasUnicode ? '✔' : '*')
}
