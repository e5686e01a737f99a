import { mentionsWarning } from '../../databases/removal/index.ts'
import type { RemovalSurvey } from '../../schema/types.ts'
import type { Terminal } from '../terminal.ts'
import { layOutDependents, type WholeSource } from './dependents.ts'
import { countText, REMEDY_HEADING, REMEDY_WARNING, remedyLines } from './removal.ts'

/**
 * Writes what depends on the Mathesar schemas, the statements that clear the way, and what mentions them.
 *
 * @param stored the name of the database, if it is a stored one
 */
export function showDependents(
  { dependents, mentions }: Pick<RemovalSurvey, 'dependents' | 'mentions'>,
  { keepTypes, stored }: { keepTypes: boolean; stored: string | null },
  terminal: Terminal,
): void {
  const schemas = keepTypes ? 'msar or __msar' : 'the Mathesar schemas'
  if (dependents.length === 0) terminal.info(`Nothing depends on ${schemas}.`)
  else {
    const whole: WholeSource = stored === null ? { kind: 'same command' } : { kind: 'stored', name: stored }
    const options = { width: terminal.columns, style: terminal.resultStyle, whole }
    const { text, omission } = layOutDependents(dependents, options)
    terminal.result(text)
    terminal.info(`${countText(dependents)} ${dependents.length === 1 ? 'depends' : 'depend'} on ${schemas}.`)
    if (omission !== null) terminal.info(terminal.style.dim(omission), { isWhole: true })
  }
  const remedies = remedyLines(dependents)
  if (remedies.length > 0) {
    terminal.info(`Not all of it can be converted. ${REMEDY_HEADING}`)
    for (const line of remedies) terminal.info(line, { isWhole: true })
    terminal.info(REMEDY_WARNING)
  }
  if (mentions.length > 0) {
    const { message, hint } = mentionsWarning(mentions)
    terminal.warn(message, hint)
  }
}
