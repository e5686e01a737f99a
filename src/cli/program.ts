import { Command, CommanderError, Option } from 'commander'
import { usageError } from '../errors.ts'
import { VERSION } from '../version.ts'
import { globalOptions, walk } from './command-line.ts'
import { buildCommand } from './commands/build/index.ts'
import { completeCommand, completionCommand } from './commands/completion.ts'
import { readAddOptions } from './commands/db/add/flags.ts'
import { runDbAdd } from './commands/db/add/index.ts'
import { dbCommand } from './commands/db/index.ts'
import { schemaCommand } from './commands/schema/index.ts'
import { setupCommand } from './commands/setup/index.ts'
import { HELP_WIDTH, withExamples, withExplanation } from './help.ts'
import { addGlobalFlags } from './settings/globals.ts'

/** The whole command tree. Help, man pages and completions are made from it, so that they cannot disagree. */
export function buildProgram(): Command {
  const program = new Command('mathesarctl')
    .description('Adds user databases to Mathesar, and removes them again')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
  program.addOption(new VersionOption()).on('option:version', () => {
    process.stdout.write(`${VERSION}\n`)
    throw new CommanderError(0, 'commander.version', VERSION)
  })
  addGlobalFlags(program)
  withExplanation(program, [
    'A user database is a PostgreSQL database with your own data, which people work on through Mathesar. Adding one proves the connection and the privileges, installs the Mathesar schemas in it, and stores the credentials in the internal database, encrypted with the secret key. Removing one takes the Mathesar schemas out again if you wish, and then the credentials.',
    'Every question has a flag. When standard input is no terminal, or with --no-input or CI set, nothing is ever asked: a missing value is an error that names the flag.',
  ])
  withExamples(program, [
    { command: 'mathesarctl setup', purpose: 'First run: create the secret key and the internal database' },
    { command: 'mathesarctl db add', purpose: 'Add a database; asks for everything it needs' },
    { command: 'mathesarctl db list', purpose: 'See what is stored' },
    { command: 'mathesarctl db remove library', purpose: 'Remove one; asks whether the schemas go too' },
  ])
  program.addCommand(setupCommand((invocation) => runDbAdd(invocation, readAddOptions(undefined, {}))))
  program.addCommand(dbCommand())
  program.addCommand(schemaCommand())
  program.addCommand(buildCommand())
  program.addCommand(completionCommand())
  program.addCommand(
    completeCommand(() => program),
    { hidden: true },
  )
  prepare(program)
  return program
}

/** What holds for every command of the tree. */
function prepare(command: Command): void {
  command
    .configureHelp({
      showGlobalOptions: true,
      helpWidth: HELP_WIDTH,
      sortSubcommands: false,
      // The flags of a group that is a command itself are not those of its subcommands.
      visibleGlobalOptions: globalOptions,
    })
    .configureOutput({
      // Errors are ours to show; what else commander writes there is the help of a group without a subcommand,
      // which is an answer and no error.
      outputError: () => {},
      writeErr: (text) => process.stdout.write(text),
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
    })
    .exitOverride()
    .showSuggestionAfterError(true)
  for (const child of command.commands) prepare(child)
}

/** The program's --version, which commander takes wherever it stands, but where a command has a --version of its own. */
class VersionOption extends Option {
  #yields = false

  constructor() {
    super('-V, --version', 'print the version')
  }

  yield(): void {
    this.#yields = true
  }

  /** What commander asks of each option for each word. */
  is(flag: string): boolean {
    return flag === this.short || (flag === this.long && !this.#yields)
  }
}

/**
 * Runs the command of a command line; what commander has to say is thrown as a `CommanderError`.
 *
 * @param args those after the program's name
 */
export async function parse(program: Command, args: readonly string[]): Promise<void> {
  const { command } = walk(program, args.slice(0, Math.max(args.indexOf('--version'), 0)))
  if (command !== program && command.options.some(({ long }) => long === '--version')) {
    program.options.find((option) => option instanceof VersionOption)?.yield()
  }
  await program.parseAsync([...withoutHelpCommand(program, args)], { from: 'user' })
}

/**
 * `help db add` as `db add --help`: commander follows one word alone, and answers a wrong one with the help of what is above.
 *
 * Errors: `USAGE` where there is no such command.
 */
function withoutHelpCommand(program: Command, args: readonly string[]): readonly string[] {
  const at = args.indexOf('help')
  if (at === -1 || args.some((word) => word.startsWith('-'))) return args
  const above = walk(program, args.slice(0, at))
  // Elsewhere it is an argument: the name of a database, for instance.
  if (above.positionals.length > 0 || above.command.commands.length === 0) return args
  const words = args.filter((word) => word !== 'help')
  const [unknown] = walk(program, words).positionals
  if (unknown === undefined) return [...words, '--help']
  throw usageError(`Unknown command '${unknown}'.`, 'The flag --help shows which commands there are.')
}

/** commander's own errors as ours; `null` for those that are none (help and version were printed). */
export function asUsageError(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error
  if (error.exitCode === 0 || error.code === 'commander.help') return null
  const text = error.message.replace(/^error: /, '').trim()
  const [sentence = text, ...rest] = text.split('\n')
  const suggestion = rest.join(' ').replace(/^\(|\)$/g, '')
  const message = `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`
  return usageError(
    /[.?!]$/.test(message) ? message : `${message}.`,
    suggestion === '' ? 'The flag --help shows how the command is used.' : suggestion,
  )
}
