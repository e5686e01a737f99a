import { trimSpace } from '../../ascii-space.ts'
import type { LiveInputConfig } from './live-input.ts'

/** How the answer to rehearse first is shown. */
export const REHEARSE_ANSWER = 'Rehearse it first'

const ANSWERS = { yes: 'Yes', no: 'No', rehearse: REHEARSE_ANSWER } as const
type Answer = keyof typeof ANSWERS

/** Returns a question whose third answer is to rehearse first; Enter means no. */
export function rehearseQuestion(message: string): LiveInputConfig {
  return {
    message,
    answers: 'y/N/r',
    shownAnswer: (text) => ANSWERS[meaning(text) ?? 'no'],
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

function meaning(text: string): Answer | undefined {
  const start = trimSpace(text).toLowerCase()
  const answers = Object.keys(ANSWERS) as Answer[]
  return start === '' ? undefined : answers.find((answer) => answer.startsWith(start))
}
