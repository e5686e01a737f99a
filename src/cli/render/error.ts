import type { ChalkInstance } from 'chalk'
import { OperatorError } from '../../errors.ts'
import type { Dependent } from '../../schema/types.ts'
import { VERSION } from '../../version.ts'
import { hintToRepeat } from '../settings/repeated-flags.ts'
import { hintText } from './hint.ts'
import { printableBlock } from './printable.ts'
import { stderrWidth } from './stderr-width.ts'
import { wrap } from './wrap.ts'

/** Returns the error as the published JSON object; `details` adds facts for programs, never a secret. */
export function errorDocument(error: OperatorError): object {
  const { sqlstate, field, data = {} } = error.details
  return {
    error: {
      code: error.code,
      message: error.message,
      hint: hintToRepeat(error.hint),
      ...(sqlstate ? { sqlstate } : {}),
      ...(field ? { field } : {}),
      ...data,
    },
  }
}

/** Returns the error for people: what is wrong, then what to do about it. */
export function errorText(
  error: OperatorError,
  style: ChalkInstance,
  width: number | null = stderrWidth(),
): string {
  // Answering no is no error, and neither is pressing Ctrl-C.
  if (error.code === 'ABORTED') return sentencesText(error.message, width)
  const lines = [wrap(`${style.red('error:')} ${printableBlock(error.message)}`, width, '  ')]
  if (error.hint) {
    lines.push(hintText(error.hint, (line) => wrap(line, width, '  '), `${style.cyan('hint:')} `))
  }
  return lines.join('\n')
}

/** Returns sentences that are no error by themselves. */
export function sentencesText(sentences: string, width: number | null = stderrWidth()): string {
  return hintText(sentences, (line) => wrap(line, width))
}

/** Converts a fault of this program into an error that can be reported, without values. */
export function faultError(fault: unknown): OperatorError {
  if (fault instanceof OperatorError) return fault
  const message = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault)
  return new OperatorError(
    'INTERNAL',
    `mathesarctl ${VERSION} failed with an internal error: ${message}`,
    'Nothing was left half done. Run the command again; if it happens again, report it with the ' +
      'output of --verbose.',
    { cause: fault },
  )
}

/**
 * Returns the dependents in the facts of an error: all, or those that can't be converted; empty if it has
 * none.
 */
export function errorDependents(error: OperatorError, which: 'dependents' | 'refused'): Dependent[] {
  const dependents = error.details.data?.[which]
  return Array.isArray(dependents) ? (dependents as Dependent[]) : []
}
