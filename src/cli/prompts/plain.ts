import { trimSpace } from '../../ascii-space.ts'
import { isDamaged } from '../../files/decode-text.ts'
import { printable } from '../render/printable.ts'
import { stderrWidth } from '../render/stderr-width.ts'
import { wrap } from '../render/wrap.ts'
import type { Choice } from './choice.ts'
import type { AskContext } from './interruptible.ts'
import type { LiveInputConfig } from './live-input.ts'
import { notUtf8 } from './not-utf8.ts'
import { readHiddenLine, readLine } from './read-line.ts'

/**
 * The questions of ask.ts for a terminal that moves no cursor: each is one line of text, and so is its
 * answer.
 */

export async function askText(config: LiveInputConfig, context: AskContext): Promise<string> {
  const { answers, default: preset, note } = config
  const question = [
    config.message,
    ...(answers === undefined ? [] : [`(${answers})`]),
    ...(preset === undefined ? [] : [`(${preset})`]),
    ...(note === undefined ? [] : [note]),
  ].join(' ')
  for (;;) {
    const typed = await ask(question, context)
    const answer = typed === '' ? (preset ?? '') : typed
    const wrong = config.check(answer)
    if (wrong === null) return answer
    write(`> ${printable(wrong, false)}`)
  }
}

/** Asks for a password, and shows nothing of it. */
export async function askPassword(message: string, context: AskContext): Promise<string> {
  for (;;) {
    const password = await readHiddenLine(lineOf(message), context.signal).finally(() => write(''))
    if (!isDamaged(password)) return password
    write(`> ${notUtf8('password')}`)
  }
}

export async function askYesNo(message: string, preset: boolean, context: AskContext): Promise<boolean> {
  for (;;) {
    const typed = trimSpace(await ask(`${message} (${preset ? 'Y/n' : 'y/N'})`, context)).toLowerCase()
    if (typed === '') return preset
    if ('yes'.startsWith(typed)) return true
    if ('no'.startsWith(typed)) return false
    write('> Answer y for yes or n for no.')
  }
}

/** Lists the choices with numbers, and asks for one of these; Enter chooses `preset`. */
export function askChoice<T>(
  message: string,
  choices: readonly Choice<T>[],
  preset: T,
  context: AskContext,
): Promise<T> {
  return askNumber(
    message,
    choices,
    choices.findIndex(({ value }) => value === preset),
    context,
  )
}

export function askSearch<T>(
  message: string,
  choices: readonly Choice<T>[],
  context: AskContext,
): Promise<T> {
  return askNumber(message, choices, -1, context)
}

/** `preset` is the index of the choice that Enter makes; -1 if there is none. */
async function askNumber<T>(
  message: string,
  choices: readonly Choice<T>[],
  preset: number,
  context: AskContext,
): Promise<T> {
  write(printable(message, false))
  for (const [index, { name, description }] of choices.entries()) {
    write(`${String(index + 1).padStart(3)}) ${printable(name, false)}`)
    if (description) write(indented(printable(description)))
  }
  const chosen = (typed: string) => (/^\d+$/.test(trimSpace(typed)) ? choices[Number(typed) - 1] : undefined)
  const typed = await askText(
    {
      message: 'Number',
      ...(preset < 0 ? {} : { default: String(preset + 1) }),
      check: (text) => (chosen(text) ? null : `Answer with a number from 1 to ${choices.length}.`),
    },
    context,
  )
  const choice = chosen(typed)
  if (choice === undefined) throw new Error('the answer was checked')
  return choice.value
}

function ask(question: string, context: AskContext): Promise<string> {
  return readLine(lineOf(question), context.signal)
}

/** Returns the question as the beginning of the line on which it is answered. */
function lineOf(question: string): string {
  const shown = printable(question, false)
  return `${shown}${/[?:]$|\((?:Y\/n|y\/N)[^)]*\)$/.test(shown) ? '' : ':'} `
}

/** Indents a text below its choice, and breaks it to fit the terminal. */
function indented(text: string): string {
  const width = stderrWidth()
  const indent = '     '
  return wrap(text.replaceAll('\n', ' '), width === null ? null : width - indent.length)
    .split('\n')
    .map((line) => indent + line)
    .join('\n')
}

function write(line: string): void {
  process.stderr.write(`${line}\n`)
}
