import stringWidth from 'string-width'
import { stderrWidth } from '../render/stderr-width.ts'
import { wrap } from '../render/wrap.ts'

/** Columns for the mark before a question, and for the cursor behind it. */
const RESERVED = 3

/**
 * Returns the text of a question with line breaks between words where it does not fit the terminal. Prompts
 * themselves break it within a word.
 *
 * @param behind what the prompt shows behind the question, such as the answers to choose from
 */
export function fitQuestion(message: string, behind = ''): string {
  const width = stderrWidth()
  return width === null ? message : wrap(message, width - RESERVED - behind.length, '  ')
}

/**
 * Returns the answer behind the last line of a question that `fitQuestion` returned, with line breaks between
 * words where the two do not fit the terminal together.
 */
export function fitAnswer(answer: string, question: string): string {
  const last = question.split('\n').at(-1) ?? ''
  const before = 'x'.repeat(stringWidth(last) + RESERVED - 1)
  return wrap(`${before} ${answer}`, stderrWidth(), '  ').slice(before.length).replace(/^ /, '')
}
