import type { Command } from 'commander'
import { buildProgram } from '../../src/cli/program.ts'

/**
 * What the program answers to command lines whose answer is always the same: the version, and the help of each command.
 * By the words of the command line, with a NUL between two.
 */
export function answers(version: string): Record<string, string> {
  const found: Record<string, string> = {}
  const answer = (line: readonly string[], text: string) => {
    found[line.join('\0')] = text
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
  return found
}

/** The whole help, with the examples after it. */
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
