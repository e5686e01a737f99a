import { trimSpace } from '../../ascii-space.ts'
import type { LiveInputConfig } from './live-input.ts'

const ANSWERS = ['yes', 'no', 'rehearse']

/** Returns a question whose third answer is to rehearse first; Enter means no. */
export function rehearseQuestion(message: string): LiveInputConfig {
  return {
    message: `${message} (y/N/r)`,
    check: (text) =>
      trimSpace(text) === '' || meaning(text)
        ? null
        : 'Answer y for yes, n for no, or r to rehearse it first.',
  }
}

/** Returns the meaning of a valid answer to such a question. */
export function rehearseAnswer(typed: string): boolean | 'rehearse' {
  const answer = meaning(typed) ?? 'no'
  return answer === 'rehearse' ? answer : answer === 'yes'
}

function meaning(text: string): string | undefined {
  const start = trimSpace(text).toLowerCase()
  return start === '' ? undefined : ANSWERS.find((answer) => answer.startsWith(start))
}
