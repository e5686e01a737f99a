import type { Command, Option } from 'commander'

/** The place in the command tree that the words of a command line lead to. */
export interface Place {
  readonly command: Command
  /** The arguments of that command, without flags and their values. */
  readonly positionals: readonly string[]
  /** The flag that the next word is, or may be, a value of, and the values that it has. */
  readonly pending: { readonly option: Option; readonly values: readonly string[] } | null
  /** After `--`: no word is a flag. */
  readonly hasEndOfFlags: boolean
}

/** Follows words down the command tree. */
export function walk(program: Command, words: readonly string[]): Place {
  let command = program
  let positionals: string[] = []
  let pending: Place['pending'] = null
  let hasEndOfFlags = false
  for (const word of words) {
    if (pending && (!word.startsWith('-') || (pending.option.required && pending.values.length === 0))) {
      const values: readonly string[] = [...pending.values, word]
      pending = pending.option.variadic ? { option: pending.option, values } : null
    } else if (word === '--' && !hasEndOfFlags) {
      pending = null
      hasEndOfFlags = true
    } else if (word.startsWith('-') && word !== '-' && !hasEndOfFlags) {
      const option = findOption(command, word)
      const hasValue = option !== null && (option.required || option.optional) && !word.includes('=')
      pending = hasValue ? { option, values: [] } : null
    } else {
      pending = null
      const child =
        positionals.length === 0
          ? command.commands.find((one) => one.name() === word || one.aliases().includes(word))
          : undefined
      if (child) {
        command = child
        positionals = []
      } else {
        positionals = [...positionals, word]
      }
    }
  }
  return { command, positionals, pending, hasEndOfFlags }
}

/** Returns a command and its parents, up to the program. */
export function lineage(command: Command): Command[] {
  return command.parent ? [command, ...lineage(command.parent)] : [command]
}

/**
 * Returns the flags of the program itself, which every command accepts, without those that the command
 * replaces.
 */
export function globalOptions(command: Command): Option[] {
  const program = lineage(command).at(-1)
  if (!program || program === command) return []
  return program.options.filter(
    ({ long, hidden }) => !hidden && !command.options.some((own) => own.long === long),
  )
}

/** Returns the flag that a word names, with a value or without: `--sslmode=require`. */
export function findOption(command: Command, word: string): Option | null {
  const flag = word.split('=')[0]
  for (const owner of lineage(command)) {
    const option = owner.options.find(({ short, long }) => short === flag || long === flag)
    if (option) return option
  }
  return null
}
