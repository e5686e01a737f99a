import type { Command, Option } from 'commander'

/**
 * What may stand where the last of `words` is being typed: subcommands, flags, a flag's choices, or — where a command
 * takes the name of a stored database — `names()`. `words` are those after the program's name; the last one may be
 * empty.
 */
export async function candidates(
  program: Command,
  words: readonly string[],
  names: () => Promise<readonly string[]>,
): Promise<string[]> {
  const current = words.at(-1) ?? ''
  const { command, positionals, pending } = walk(program, words.slice(0, -1))
  const inline = /^(--[^=]+)=(.*)$/.exec(current)
  if (inline?.[1] !== undefined) {
    const option = findOption(command, inline[1])
    return starting(option?.argChoices ?? [], inline[2] ?? '').map((choice) => `${inline[1]}=${choice}`)
  }
  if (pending) return starting(pending.argChoices ?? [], current)
  if (current.startsWith('-')) return starting(flagsOf(command), current)
  if (command.commands.length > 0) return starting(visibleCommands(command), current)
  const argument = command.registeredArguments[positionals]
  if (argument?.argChoices) return starting(argument.argChoices, current)
  if (argument?.name() === 'name' && takesStoredName(command)) return starting(await names(), current)
  return []
}

/** Follows the words down the tree; `pending` is a flag whose value comes next. */
function walk(program: Command, words: readonly string[]) {
  let command = program
  let positionals = 0
  let pending: Option | null = null
  for (const word of words) {
    if (pending) {
      pending = null
    } else if (word.startsWith('-')) {
      const option = findOption(command, word)
      pending = option && (option.required || option.optional) && !word.includes('=') ? option : null
    } else {
      const child = command.commands.find(
        (candidate) => candidate.name() === word || candidate.aliases().includes(word),
      )
      if (child) command = child
      else positionals++
    }
  }
  return { command, positionals, pending }
}

function lineage(command: Command): Command[] {
  return command.parent ? [command, ...lineage(command.parent)] : [command]
}

function findOption(command: Command, word: string): Option | null {
  const flag = word.split('=')[0]
  for (const owner of lineage(command)) {
    const option = owner.options.find(({ short, long }) => short === flag || long === flag)
    if (option) return option
  }
  return null
}

function flagsOf(command: Command): string[] {
  const own = lineage(command).flatMap(({ options }) => options)
  return [
    ...new Set([...own.flatMap(({ long, hidden }) => (long && !hidden ? [long] : [])), '--help']),
  ].sort()
}

function visibleCommands(command: Command): string[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((child) => child.name())
}

/** `db add NAME` makes a new name; the others take one that is stored. */
function takesStoredName(command: Command): boolean {
  return command.parent?.name() === 'db' && command.name() !== 'add'
}

function starting(list: readonly string[], prefix: string): string[] {
  return list.filter((item) => item.startsWith(prefix))
}
