import { getAsset } from 'node:sea'

/** Replaces answers.ts in the single executable, which contains the file (scripts/build.ts). */
export function readAnswers(): string {
  return getAsset('answers.json', 'utf8')
}
