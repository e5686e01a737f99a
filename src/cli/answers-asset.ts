import { getAsset } from 'node:sea'

/** Stands in for answers.ts in the single executable, which carries the file in itself (scripts/build.ts). */
export function readAnswers(): string {
  return getAsset('answers.json', 'utf8')
}
