import type { Command, HelpConfiguration } from 'commander'
import { breakCommand, breakLine } from '../break-lines.ts'
import { HELP_WIDTH } from './help-width.ts'

export { HELP_WIDTH } from './help-width.ts'

/** What commander begins a help text with. */
const USAGE = 'Usage: '

/** A narrower column of descriptions is hard to read. */
const NARROWEST_DESCRIPTIONS = 32

/** Returns how commander lays out a help text of `width` columns. */
export function helpLayout(width: number): HelpConfiguration {
  return {
    helpWidth: width,
    minWidthToWrap: 1,
    styleUsage: (usage) =>
      breakLine(usage, { width: width - USAGE.length, indent: ' '.repeat(USAGE.length) }),
    formatItem: (term, termWidth, description) => {
      const indent = ' '.repeat(termWidth + 4)
      if (width - indent.length >= NARROWEST_DESCRIPTIONS) {
        const text = breakLine(description, { width: width - indent.length })
        return `  ${term.padEnd(termWidth)}  ${text.replaceAll('\n', `\n${indent}`)}`.trimEnd()
      }
      const below = ' '.repeat(6)
      const text = breakLine(description, { width: width - below.length })
      return text === '' ? `  ${term}` : `  ${term}\n${below}${text.replaceAll('\n', `\n${below}`)}`
    },
  }
}

/** Returns the columns of a command's help. */
function widthOf(command: Command): number {
  return command.configureHelp().helpWidth ?? HELP_WIDTH
}

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
    const width = widthOf(command)
    const lines = list.map(({ command: line, purpose }) =>
      [breakLine(`  # ${purpose}`, { width, indent: '# ' }), breakCommand(`  ${line}`, width)].join('\n'),
    )
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
    () =>
      `\n${paragraphs.map((paragraph) => breakLine(paragraph, { width: widthOf(command) })).join('\n\n')}`,
  )
}

/** Returns the paragraphs of a command, for the man pages. */
export function explanationOf(command: Command): readonly string[] {
  return explanations.get(command) ?? []
}
