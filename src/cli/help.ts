import type { Command } from 'commander'
import { breakLine } from '../break-lines.ts'

/** Columns of every help text. */
export const HELP_WIDTH = 80

/** An example: a command line and what it is for. */
export interface Example {
  command: string
  purpose: string
}

const examples = new WeakMap<Command, readonly Example[]>()

/** Sets the examples of a command; its help and its man page end with them. */
export function withExamples(command: Command, list: readonly Example[]): Command {
  examples.set(command, list)
  return command.addHelpText('after', () => {
    const lines = list.map(({ command: line, purpose }) => `  # ${purpose}\n  ${line}`)
    return `\nExamples:\n${lines.join('\n\n')}`
  })
}

/** Returns the examples of a command, for the man pages. */
export function examplesOf(command: Command): readonly Example[] {
  return examples.get(command) ?? []
}

const explanations = new WeakMap<Command, readonly string[]>()

/** Sets the paragraphs that explain a command in its help and its man page. */
export function withExplanation(command: Command, paragraphs: readonly string[]): Command {
  explanations.set(command, paragraphs)
  return command.addHelpText(
    'after',
    () => `\n${paragraphs.map((paragraph) => breakLine(paragraph, { width: HELP_WIDTH })).join('\n\n')}`,
  )
}

/** Returns the paragraphs of a command, for the man pages. */
export function explanationOf(command: Command): readonly string[] {
  return explanations.get(command) ?? []
}
