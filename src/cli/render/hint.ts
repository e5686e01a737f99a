import { isLineToRun } from '../../hint.ts'
import { hintToRepeat } from '../settings/repeated-flags.ts'
import { printable } from './printable.ts'

/**
 * Returns a hint in printable form: its sentences broken to fit, and its statements and commands unbroken, so
 * that they can be copied. Commands of this program repeat the flags that chose the internal database.
 * Lines after the first are indented.
 *
 * @param breakLine breaks one line
 * @param before what stands before the hint on its first line
 */
export function hintText(hint: string, breakLine: (line: string) => string, before = ''): string {
  return hintToRepeat(hint)
    .split('\n')
    .map((line, index) => {
      const shown = printable(line, false)
      if (index === 0) return breakLine(before + shown)
      return isLineToRun(line) ? `  ${shown}` : breakLine(`  ${shown}`)
    })
    .join('\n')
}
