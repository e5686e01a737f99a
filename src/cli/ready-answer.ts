import { readAnswers } from './answers.ts'

const FLAGS = ['--help', '-h', '--version', '-V']

/**
 * The answer to a command line that is always answered the same, help or the version, as the build wrote it down:
 * so the whole command tree need not be made for it. `null` for any other command line.
 */
export function readyAnswer(args: readonly string[]): string | null {
  const last = args.at(-1)
  if (last !== undefined && !FLAGS.includes(last)) return null
  try {
    const answers = JSON.parse(readAnswers()) as Record<string, string>
    // No word of a command line can hold a NUL.
    return answers[args.join('\0')] ?? null
  } catch {
    // A tree that was not built; the command tree has the same answers.
    return null
  }
}
