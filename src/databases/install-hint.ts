import { shellQuoted, toRun } from '../hint.ts'

/** Returns a hint with the command that installs or completes the Mathesar schemas of a stored database. */
export function installHint(sentence: string, name: string): string {
  return toRun(sentence, `mathesarctl schema install ${shellQuoted(name)}`)
}
