import { readFileSync } from 'node:fs'

/** The JSON that the build wrote down: the answer to each command line that is always answered the same. */
export function readAnswers(): string {
  return readFileSync(new URL('./answers.json', import.meta.url), 'utf8')
}
