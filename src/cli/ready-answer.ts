import { readAnswers } from './answers.ts'
import { HELP_WIDTH, outputHelpWidth } from './help-width.ts'

const FLAGS = ['--help', '-h', '--version', '-V']

/**
 * Returns the output for a command line whose output never varies (help and version), as the build has
 * written it. This spares the program loading the command tree. `null` for any other command line, and on a
 * terminal that is too narrow for that output.
 */
export function readyAnswer(args: readonly string[]): string | null {
  const last = args.at(-1)
  if (last !== undefined && !FLAGS.includes(last)) return null
  if (outputHelpWidth() < HELP_WIDTH) return null
  try {
    const answers = JSON.parse(readAnswers()) as Record<string, string>
    // No word of a command line can hold a NUL.
    return answers[args.join('\0')] ?? null
  } catch {
    // The checkout was not built; the command tree prints the same.
    return null
  }
}
