import { styleText } from 'node:util'
import { confirm, password, select } from '@inquirer/prompts'
import { isDamaged } from '../../files/decode-text.ts'
import { printable } from '../render/printable.ts'
import { stderrWidth } from '../render/stderr-width.ts'
import { wrap } from '../render/wrap.ts'
import type { Choice } from './choice.ts'
import { filteredList } from './filtered-list.ts'
import { askInterruptibly } from './interruptible.ts'
import { type LiveInputConfig, liveInput } from './live-input.ts'
import { NOT_UTF8 } from './not-utf8.ts'
import { fitAnswer, fitQuestion } from './question.ts'
import { promptTheme } from './theme.ts'

/** Returns how many choices fit beside the lines of the question, of the description and of the keys. */
function pageSize(): number {
  return Math.max(4, Math.min(16, (process.stderr.rows ?? 24) - 6))
}

export function askText(config: LiveInputConfig, signal: AbortSignal): Promise<string> {
  return askInterruptibly(signal, shown(config.message).message, (context) => liveInput(config, context))
}

/** Asks for a password, and shows a star for each character. */
export function askPassword(message: string, signal: AbortSignal): Promise<string> {
  const question = shown(message)
  return askInterruptibly(signal, question.message, (context) =>
    password({ ...question, mask: '*', validate: (typed) => !isDamaged(typed) || NOT_UTF8 }, context),
  )
}

export function askYesNo(message: string, isYesPreset: boolean, signal: AbortSignal): Promise<boolean> {
  const question = shown(message, ' (y/N)')
  return askInterruptibly(signal, question.message, (context) =>
    confirm({ ...question, default: isYesPreset }, context),
  )
}

export function askChoice<T>(
  message: string,
  choices: readonly Choice<T>[],
  preset: T,
  signal: AbortSignal,
): Promise<T> {
  const question = shown(message)
  return askInterruptibly(signal, question.message, (context) =>
    select<T>(
      { ...question, choices: choices.map(shownChoice), default: preset, pageSize: pageSize() },
      context,
    ),
  )
}

export async function askSearch<T>(
  message: string,
  choices: readonly Choice<T>[],
  signal: AbortSignal,
): Promise<T> {
  const shownChoices = choices.map(shownChoice)
  const question = printable(`${message} (type to filter)`, false)
  const index = await askInterruptibly(signal, question, (context) =>
    filteredList({ message: question, choices: shownChoices, pageSize: pageSize() }, context),
  )
  const chosen = shownChoices[index]
  if (chosen === undefined) throw new Error('the list has no such choice')
  return chosen.value
}

/**
 * Returns a question in printable form, as it fits the terminal, with the theme of all questions.
 *
 * @param behind what the prompt shows behind the question
 */
function shown(message: string, behind = '') {
  const question = fitQuestion(printable(message, false), behind)
  const theme = promptTheme()
  const answer = (given: string) => styleText('cyan', fitAnswer(given, question))
  return { message: question, theme: { ...theme, style: { ...theme.style, answer } } }
}

function shownChoice<T>({ value, name, description }: Choice<T>): Choice<T> {
  const choice = { value, name: printable(name, false) }
  if (description === undefined) return choice
  return { ...choice, description: wrap(printable(description), stderrWidth()) }
}
