import { confirm, password, select } from '@inquirer/prompts'
import { isDamaged } from '../../files/decode-text.ts'
import { printable } from '../render/printable.ts'
import { stderrWidth } from '../render/stderr-width.ts'
import { wrap } from '../render/wrap.ts'
import type { Choice } from './choice.ts'
import { filteredList } from './filtered-list.ts'
import { type AskContext, askInterruptibly } from './interruptible.ts'
import { type LiveInputConfig, liveInput, type TypedLine } from './live-input.ts'
import { notUtf8 } from './not-utf8.ts'
import { fitAnswer, fitQuestion } from './question.ts'
import { promptTheme } from './theme.ts'

/** Returns how many choices fit beside the lines of the question, of the description and of the keys. */
function pageSize(): number {
  return Math.max(4, Math.min(16, (process.stderr.rows ?? 24) - 6))
}

export function askText(config: LiveInputConfig, context: AskContext): Promise<string> {
  const line = typedLine()
  return askInterruptibly(context, shown(config.message, context).message, (prompt) =>
    liveInput({ ...config, ...line(), style: context.style }, prompt),
  )
}

/** Asks for a password, and shows a star for each character. */
export function askPassword(message: string, context: AskContext): Promise<string> {
  const question = shown(message, context)
  return askInterruptibly(context, question.message, (prompt) =>
    password(
      { ...question, mask: '*', validate: (typed) => !isDamaged(typed) || notUtf8('password') },
      prompt,
    ),
  )
}

export function askYesNo(message: string, isYesPreset: boolean, context: AskContext): Promise<boolean> {
  const question = shown(message, context, ' (y/N)')
  return askInterruptibly(context, question.message, (prompt) =>
    confirm({ ...question, default: isYesPreset }, prompt),
  )
}

export function askChoice<T>(
  message: string,
  choices: readonly Choice<T>[],
  preset: T,
  context: AskContext,
): Promise<T> {
  const question = shown(message, context)
  return askInterruptibly(context, question.message, (prompt) =>
    select<T>(
      { ...question, choices: choices.map(shownChoice), default: preset, pageSize: pageSize() },
      prompt,
    ),
  )
}

export async function askSearch<T>(
  message: string,
  choices: readonly Choice<T>[],
  context: AskContext,
): Promise<T> {
  const shownChoices = choices.map(shownChoice)
  const question = printable(`${message} (type to filter)`, false)
  const line = typedLine()
  const index = await askInterruptibly(context, question, (prompt) =>
    filteredList(
      { message: question, choices: shownChoices, pageSize: pageSize(), ...line(), style: context.style },
      prompt,
    ),
  )
  const chosen = shownChoices[index]
  if (chosen === undefined) throw new Error('the list has no such choice')
  return chosen.value
}

/** Returns a function that returns the line of a question with what was typed so far. */
function typedLine(): () => TypedLine {
  let typed = ''
  const onType = (line: string) => {
    typed = line
  }
  return () => ({ typed, onType })
}

/**
 * Returns a question in printable form, as it fits the terminal, with the theme of all questions.
 *
 * @param behind what the prompt shows behind the question
 */
function shown(message: string, { style }: AskContext, behind = '') {
  const question = fitQuestion(printable(message, false), behind)
  const theme = promptTheme(style)
  const answer = (given: string) => style.cyan(fitAnswer(given, question))
  return { message: question, theme: { ...theme, style: { ...theme.style, answer } } }
}

function shownChoice<T>({ name, description, ...choice }: Choice<T>): Choice<T> {
  const shown = { ...choice, name: printable(name, false) }
  if (description === undefined) return shown
  return { ...shown, description: wrap(printable(description), stderrWidth()) }
}
