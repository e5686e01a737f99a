import type { SchemaRemovalResult } from '../../databases/removal.ts'
import type { Invocation } from '../invocation.ts'
import type { Terminal } from '../terminal.ts'
import { printable } from './printable.ts'

/**
 * Shows what a removal of the Mathesar schemas did, one object a line on stdout; of a dry run what depends on them, and
 * what it would do. `alsoGone` is what goes beside the schemas.
 */
export async function showRemoval(
  result: SchemaRemovalResult & { status: string },
  { terminal }: Invocation,
  alsoGone: readonly string[],
): Promise<void> {
  const { cascadeText, convertText, plannedText, removalLines } = await import('./removal.ts')
  if (result.status !== 'planned') {
    const rehearsed = result.status === 'rehearsed'
    for (const line of removalLines(result, { rehearsed })) terminal.result(line)
    if (rehearsed) return
    for (const note of result.notes) terminal.say(`note: ${printable(note)}`)
    return
  }
  const dependents = result.dependents?.filter(({ kind }) => kind !== 'mention') ?? []
  if (dependents.length > 0) {
    const { dependentsTable } = await import('./dependents.ts')
    terminal.result(dependentsTable(dependents, { width: terminal.columns, style: terminal.resultStyle }))
    if (result.cost && result.strategy !== 'refuse') {
      const survey = { ...result.cost, dependents }
      terminal.say(result.strategy === 'convert' ? convertText(survey) : cascadeText(survey))
    }
  }
  terminal.say(`Nothing was changed; without --dry-run this would ${plannedText(result, alsoGone)}.`)
}

/** Shows how a rehearsal went; what it would do, one object a line, is the result. */
export async function showRehearsed(
  rehearsed: SchemaRemovalResult,
  { terminal }: Invocation,
  tell: Terminal['say'] = terminal.say,
): Promise<void> {
  const { rehearsedText } = await import('./rehearsal.ts')
  for (const note of rehearsed.notes) tell(`note: ${printable(note)}`)
  tell(`${terminal.style.green('Rehearsed.')} ${rehearsedText(rehearsed)}`)
}
