import { confirm, password, search, select } from '@inquirer/prompts'
import { trimSpace } from '../../ascii-space.ts'
import { askInterruptibly } from './interruptible.ts'
import { type LiveInputConfig, liveInput } from './live-input.ts'

/** A choice of a list; the description is shown while the choice is marked. */
export interface Choice<T> {
  value: T
  name: string
  description?: string
}

/** Returns how many choices fit beside the lines of the question, of the description and of the keys. */
function pageSize(): number {
  return Math.max(4, Math.min(16, (process.stderr.rows ?? 24) - 6))
}

export function askText(config: LiveInputConfig, signal: AbortSignal): Promise<string> {
  return askInterruptibly(signal, config.message, (context) => liveInput(config, context))
}

/** Asks for a password, and shows a star for each character. */
export function askPassword(message: string, signal: AbortSignal): Promise<string> {
  return askInterruptibly(signal, message, (context) => password({ message, mask: '*' }, context))
}

export function askYesNo(message: string, isYesPreset: boolean, signal: AbortSignal): Promise<boolean> {
  return askInterruptibly(signal, message, (context) => confirm({ message, default: isYesPreset }, context))
}

/** Asks a question whose third answer is to rehearse first; Enter means no. */
export async function askYesNoRehearse(message: string, signal: AbortSignal): Promise<boolean | 'rehearse'> {
  const answers = ['yes', 'no', 'rehearse']
  const meant = (text: string) =>
    answers.find((answer) => text !== '' && answer.startsWith(text.toLowerCase()))
  const typed = await askText(
    {
      message: `${message} (y/N/r)`,
      check: (text) =>
        trimSpace(text) === '' || meant(trimSpace(text))
          ? null
          : 'Answer y for yes, n for no, or r to rehearse it first.',
    },
    signal,
  )
  const answer = meant(trimSpace(typed)) ?? 'no'
  return answer === 'rehearse' ? answer : answer === 'yes'
}

export function askChoice<T>(
  message: string,
  choices: readonly Choice<T>[],
  preset: T,
  signal: AbortSignal,
): Promise<T> {
  return askInterruptibly(signal, message, (context) =>
    select<T>({ message, choices: [...choices], default: preset, pageSize: pageSize() }, context),
  )
}

export function askSearch<T>(
  message: string,
  choices: readonly Choice<T>[],
  signal: AbortSignal,
): Promise<T> {
  const source = (typed = '') => {
    const wanted = typed.trim().toLowerCase()
    return choices.filter(({ name }) => name.toLowerCase().includes(wanted))
  }
  return askInterruptibly(signal, message, (context) =>
    search<T>({ message: `${message} (type to filter)`, source, pageSize: pageSize() }, context),
  )
}
