import type { Command } from 'commander'
import { buildProgram } from '../../src/cli/program.ts'

/**
 * Returns the texts for command lines with a fixed output: the version, and the help of each command. The
 * keys are the words of the command line, joined with NUL.
 */
export function answers(version: string): Record<string, string> {
  const texts: Record<string, string> = {}
  const answer = (line: readonly string[], text: string) => {
    texts[line.join('\0')] = text
  }
  const addHelp = (command: Command, path: readonly string[]) => {
    const text = helpOf(command)
    if (path.length === 0) answer([], text)
    for (const flag of ['--help', '-h']) answer([...path, flag], text)
    for (const child of command.createHelp().visibleCommands(command)) {
      if (child.name() !== 'help') addHelp(child, [...path, child.name()])
    }
  }
  for (const flag of ['--version', '-V']) answer([flag], `${version}\n`)
  addHelp(buildProgram(), [])
  return texts
}

/** Returns the complete help, including the examples at its end. */
function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
    getOutHasColors: () => false,
  })
  command.outputHelp()
  return text
}
