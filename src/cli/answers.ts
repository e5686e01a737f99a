import { readFileSync } from 'node:fs'

/**
 * Returns the JSON that the build has written: the output for each command line whose output never varies.
 */
export function readAnswers(): string {
  return readFileSync(new URL('./answers.json', import.meta.url), 'utf8')
}
