import type { Argument, Command, Option } from 'commander'
import { findOption, globalOptions, walk } from '../command-line.ts'

/** The completions of a word of a command line. */
export interface Completion {
  readonly candidates: readonly Candidate[]
  /** The paths that the shell itself completes, if there are no candidates. */
  readonly paths: 'files' | 'directories' | null
}

export interface Candidate {
  readonly word: string
  /** A short description; empty if the word explains itself. */
  readonly about: string
}

/**
 * Completes the last of `words`: with subcommands, flags, choices of a flag or an argument, or stored names
 * where a command accepts one.
 *
 * @param words the words after the program's name; the last one may be empty
 * @param names returns the names of the stored databases; called only where one may stand
 */
export async function complete(
  program: Command,
  words: readonly string[],
  names: () => Promise<readonly string[]>,
): Promise<Completion> {
  const current = words.at(-1) ?? ''
  const { command, positionals, pending, hasEndOfFlags } = walk(program, words.slice(0, -1))
  if (!hasEndOfFlags) {
    const [, flag, value = ''] = /^(--[^=]+)=(.*)$/s.exec(current) ?? []
    if (flag !== undefined) return inline(flag, valuesOf(findOption(command, flag), [], value))
    // A flag with several values may be complete: then another flag begins.
    const isAnotherFlag = pending?.option.variadic && pending.values.length > 0 && current.startsWith('-')
    if (pending && !isAnotherFlag) return valuesOf(pending.option, pending.values, current)
    if (current.startsWith('-')) return starting(flagsOf(command), current)
  }
  if (positionals[0] === 'help' && command.commands.length > 0) {
    return starting(helpTopics(command, positionals.slice(1)), current)
  }
  const subcommands = positionals.length === 0 && !hasEndOfFlags ? subcommandsOf(command) : []
  const argument = argumentAt(command, positionals.length)
  if (argument?.name() === 'name' && hasStoredNameArgument(command)) {
    return starting((await names()).map(plain), current)
  }
  const choices = (argument?.argChoices ?? []).filter((choice) => !positionals.includes(choice))
  return starting([...choices.map(plain), ...subcommands], current)
}

/**
 * Returns the values of a flag; of a flag with several values, those that the command line does not have yet.
 */
function valuesOf(option: Option | null, present: readonly string[], current: string): Completion {
  if (option?.argChoices) {
    return starting(option.argChoices.filter((choice) => !present.includes(choice)).map(plain), current)
  }
  const value = /[<[](.+?)(?:\.\.\.)?[>\]]/.exec(option?.flags ?? '')?.[1]
  if (value === 'bundled|path') {
    const isWord = current !== '' && 'bundled'.startsWith(current)
    return isWord ? starting([plain('bundled')], current) : { candidates: [], paths: 'files' }
  }
  if (value === 'path' || value === 'path|url' || value === 'file') return { candidates: [], paths: 'files' }
  return { candidates: [], paths: value === 'dir' ? 'directories' : null }
}

/** Returns the values after the flag and an equals sign. */
function inline(flag: string, { candidates, paths }: Completion): Completion {
  return { candidates: candidates.map(({ word, about }) => ({ word: `${flag}=${word}`, about })), paths }
}

function argumentAt(command: Command, position: number): Argument | undefined {
  const { registeredArguments } = command
  const last = registeredArguments.at(-1)
  return registeredArguments[position] ?? (last?.variadic ? last : undefined)
}

function flagsOf(command: Command): Candidate[] {
  const own = command.options.filter(({ hidden }) => !hidden)
  const flags = [...own, ...globalOptions(command)].flatMap(({ long, description }) =>
    long ? [{ word: long, about: description }] : [],
  )
  return [...flags, { word: '--help', about: 'print help' }].sort((one, other) =>
    one.word < other.word ? -1 : 1,
  )
}

function subcommandsOf(command: Command): Candidate[] {
  if (command.commands.length === 0) return []
  return command
    .createHelp()
    .visibleCommands(command)
    .map((child) => ({ word: child.name(), about: child.description() }))
}

/** Returns the commands that `help` may continue with. */
function helpTopics(command: Command | undefined, names: readonly string[]): Candidate[] {
  if (!command) return []
  const [name, ...others] = names
  if (name === undefined) return subcommandsOf(command).filter(({ word }) => word !== 'help')
  return helpTopics(
    command.commands.find((child) => child.name() === name),
    others,
  )
}

const OTHER_NAMES = new Set(['add', 'import'])

/** `db add` creates a name, and `db import` reads those of the source; the others accept a stored one. */
function hasStoredNameArgument(command: Command): boolean {
  return ['db', 'schema'].includes(command.parent?.name() ?? '') && !OTHER_NAMES.has(command.name())
}

function plain(word: string): Candidate {
  return { word, about: '' }
}

function starting(candidates: readonly Candidate[], prefix: string): Completion {
  return { candidates: candidates.filter(({ word }) => word.startsWith(prefix)), paths: null }
}
