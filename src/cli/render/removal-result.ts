import { aborted, type SchemaRemovalResult } from '../../databases/removal/index.ts'
import type { Reporter, Terminal } from '../terminal.ts'
import { layOutDependents } from './dependents.ts'
import { hintText } from './hint.ts'
import { quantity } from './quantity.ts'
import { rehearsedText } from './rehearsal.ts'
import { cascadeText, convertText, plannedText, recreatedText, removalLines } from './removal.ts'
import { stderrWidth } from './stderr-width.ts'
import { wrap } from './wrap.ts'

/**
 * Writes what a removal of the Mathesar schemas did, one object a line on stdout; of a dry run what depends
 * on them, and what it would do.
 *
 * @param alsoRemoved what the command removes beside the schemas
 * @param recreated the objects that the removal dropped and restored
 */
export function showRemoval(
  result: SchemaRemovalResult & { status: string },
  terminal: Terminal,
  { alsoRemoved, recreated }: { alsoRemoved: readonly string[]; recreated: readonly string[] },
): void {
  if (result.status === 'planned') {
    showPlanned(result, terminal, alsoRemoved)
    return
  }
  const isRehearsal = result.status === 'rehearsed'
  for (const line of removalLines(result, { isRehearsal })) terminal.result(line)
  if (isRehearsal) return
  if (recreated.length > 0) terminal.info(recreatedText('Recreated', recreated))
  if (result.converted.length > 0) {
    terminal.info(
      'The removal compared the values of the converted columns before and after: all are the same.',
    )
  }
  for (const note of result.notes) terminal.info(noteText(note), { isWhole: true })
}

function showPlanned(result: SchemaRemovalResult, terminal: Terminal, alsoRemoved: readonly string[]): void {
  const dependents = result.dependents?.filter(({ kind }) => kind !== 'mention') ?? []
  if (dependents.length > 0) {
    const whole = { kind: 'same command' } as const
    const options = { width: terminal.columns, style: terminal.resultStyle, whole }
    const { text, omission } = layOutDependents(dependents, options)
    terminal.result(text)
    if (omission !== null) terminal.info(terminal.style.dim(omission), { isWhole: true })
    if (result.cost && result.strategy !== 'refuse') {
      const survey = { ...result.cost, dependents }
      terminal.info(result.strategy === 'convert' ? convertText(survey) : cascadeText(survey))
    }
    if (result.rebuilt?.length) terminal.info(recreatedText('It recreates', result.rebuilt))
  }
  for (const line of removalLines(result, { isRehearsal: true })) terminal.result(line)
  if (result.objects) terminal.info(`The schemas contain ${quantity(result.objects, 'object')}.`)
  terminal.info(`Nothing was changed; without --dry-run this would ${plannedText(result, alsoRemoved)}.`)
}

/**
 * Writes how a run ends that only rehearsed.
 *
 * @param isShown whether the dialogue has shown how the rehearsal went: then the operator declined the
 *   removal
 */
export function showRehearsalEnd(result: SchemaRemovalResult, terminal: Terminal, isShown: boolean): void {
  if (isShown) terminal.explain(aborted(true).message)
  else showRehearsed(result, terminal, terminal.info)
}

/** Writes the result of a rehearsal, with `write`. */
export function showRehearsed(
  rehearsed: SchemaRemovalResult,
  { style }: Reporter,
  write: Reporter['info'],
): void {
  for (const note of rehearsed.notes) write(noteText(note), { isWhole: true })
  write(`${style.green('Rehearsed.')} ${rehearsedText(rehearsed)}`)
}

function noteText(note: string): string {
  const width = stderrWidth()
  return hintText(note, (line) => wrap(line, width, '  '), 'note: ')
}
