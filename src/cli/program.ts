import { Command, CommanderError, Option } from 'commander'
import { type OperatorError, usageError } from '../errors.ts'
import { VERSION } from '../version.ts'
import { globalOptions, walk } from './command-line.ts'
import { buildCommand } from './commands/build/index.ts'
import { completeCommand, completionCommand } from './commands/completion.ts'
import { readAddOptions } from './commands/db/add/flags.ts'
import { runDbAdd } from './commands/db/add/index.ts'
import { dbCommand } from './commands/db/index.ts'
import { schemaCommand } from './commands/schema/index.ts'
import { secretKeyCommand } from './commands/secret-key/index.ts'
import { setupCommand } from './commands/setup/index.ts'
import { missingError } from './flags/missing.ts'
import { HELP_WIDTH, helpLayout, withExamples, withExplanation } from './help.ts'
import { addGlobalFlags, type GlobalFlags } from './settings/globals.ts'
import { flagMeant, unknownCommand } from './suggestions.ts'

/** Writes what the program answers by itself: the help of a command, in parts, and the version. */
export interface AnswerWriter {
  help(part: string, command: Command): void
  version(): void
}

const TEXT_WRITER: AnswerWriter = {
  help: (part) => process.stdout.write(part),
  version: () => process.stdout.write(`${VERSION}\n`),
}

/**
 * Returns the whole command tree. Help, man pages and completions are generated from it, so that they cannot
 * disagree.
 *
 * @param helpWidth columns of every help text
 */
export function buildProgram(helpWidth: number = HELP_WIDTH, writer: AnswerWriter = TEXT_WRITER): Command {
  const program = new Command('mathesarctl')
    .description('Add user databases to Mathesar, and remove them again')
    .helpCommand('help [command]', 'Print help for a command')
  program.addOption(new VersionOption()).on('option:version', () => {
    writer.version()
    throw new CommanderError(0, 'commander.version', VERSION)
  })
  addGlobalFlags(program)
  withExplanation(program, [
    'A user database is a PostgreSQL database with your own data, which people work on through ' +
      'Mathesar. To add one, mathesarctl checks the connection and the privileges, installs the ' +
      'Mathesar schemas in it, and stores the credentials in the internal database, encrypted with the ' +
      'secret key. To remove one, it drops the Mathesar schemas if you wish, and then deletes the ' +
      'credentials.',
    'Every question has a flag. If standard input is not a terminal, or with --no-input or CI set, ' +
      'mathesarctl never asks: values that are missing are one error that names their flags.',
  ])
  withExamples(program, [
    { command: 'mathesarctl setup', purpose: 'First run: create the secret key and the internal database' },
    { command: 'mathesarctl db add', purpose: 'Add a database; the command asks for everything it needs' },
    { command: 'mathesarctl db list', purpose: 'List the stored databases' },
    {
      command: 'mathesarctl db remove library',
      purpose: 'Remove one; the command asks whether to drop the schemas too',
    },
  ])
  program.addCommand(setupCommand((invocation) => runDbAdd(invocation, readAddOptions(undefined, {}))))
  program.addCommand(dbCommand())
  program.addCommand(schemaCommand())
  program.addCommand(secretKeyCommand())
  program.addCommand(buildCommand())
  program.addCommand(completionCommand())
  program.addCommand(
    completeCommand(() => program),
    { hidden: true },
  )
  prepare(program, helpWidth, writer)
  return program
}

/** Configures every command of the tree. */
function prepare(command: Command, helpWidth: number, writer: AnswerWriter): void {
  command
    .configureHelp({
      showGlobalOptions: true,
      ...helpLayout(helpWidth),
      sortSubcommands: false,
      // The flags of a group that is a command itself are not those of its subcommands.
      visibleGlobalOptions: globalOptions,
    })
    .configureOutput({
      // The program reports errors itself. What else commander writes to stderr is the help of a group
      // without a subcommand, which is an answer and no error.
      outputError: () => {},
      writeErr: (text) => {
        refuseHelpAsDocument(command)
        writer.help(text, command)
      },
      writeOut: (text) => writer.help(text, command),
      getOutHelpWidth: () => helpWidth,
      getErrHelpWidth: () => helpWidth,
    })
    .helpOption('-h, --help', 'print help')
    .exitOverride()
    .showSuggestionAfterError(true)
  for (const child of command.commands) prepare(child, helpWidth, writer)
}

/** Errors: `USAGE` if a group without a subcommand would print its help where --json asks for a document. */
function refuseHelpAsDocument(command: Command): void {
  if (!command.optsWithGlobals<GlobalFlags>().json) return
  const group = command.parent === null ? '' : ` to "${command.name()}"`
  const names = command.commands.filter((child) => !child.name().startsWith('_')).map((child) => child.name())
  throw usageError(
    `No command given${group}, so that there is no JSON document to print.`,
    `Add one of: ${names.join(', ')}.`,
  )
}

/**
 * The program's --version, which commander accepts anywhere, except where a command has a --version of its
 * own.
 */
class VersionOption extends Option {
  #yields = false

  constructor() {
    super('-V, --version', 'print the version')
  }

  yield(): void {
    this.#yields = true
  }

  /** Whether a word is this option; commander calls it for each word. */
  is(flag: string): boolean {
    return flag === this.short || (flag === this.long && !this.#yields)
  }
}

/**
 * Runs the command of a command line. Errors: `CommanderError` for usage, help and version; those of the
 * command.
 *
 * @param args the words after the program's name
 */
export async function parse(program: Command, args: readonly string[]): Promise<void> {
  const { command } = walk(program, args.slice(0, Math.max(args.indexOf('--version'), 0)))
  if (command !== program && command.options.some(({ long }) => long === '--version')) {
    program.options.find((option) => option instanceof VersionOption)?.yield()
  }
  await program.parseAsync([...withoutHelpCommand(program, args)], { from: 'user' })
}

/**
 * Turns `help db add` into `db add --help`: commander follows one word alone, and answers a wrong one with
 * the help of the group. Errors: `USAGE` if no such command exists.
 */
function withoutHelpCommand(program: Command, args: readonly string[]): readonly string[] {
  const at = args.indexOf('help')
  if (at === -1 || args.some((word) => word.startsWith('-') && word !== '--json')) return args
  const above = walk(program, args.slice(0, at))
  // Elsewhere it is an argument: the name of a database, for instance.
  if (above.positionals.length > 0 || above.command.commands.length === 0) return args
  const words = args.filter((word) => word !== 'help')
  if (walk(program, words).positionals.length === 0) return [...words, '--help']
  throw unknownCommand(program, words)
}

/**
 * Converts commander's errors into `USAGE`; `null` for those that are no errors (help and version were
 * printed).
 *
 * @param args the words after the program's name
 */
export function asUsageError(error: unknown, program: Command, args: readonly string[]): unknown {
  if (!(error instanceof CommanderError)) return error
  if (error.exitCode === 0 || error.code === 'commander.help') return null
  if (error.code === 'commander.unknownCommand') return unknownCommand(program, args)
  if (error.code === 'commander.missingArgument') return missingArgument(program, args)
  const text = error.message.replace(/^error: /, '').trim()
  const [sentence = text, ...rest] = text.split('\n')
  const meant = error.code === 'commander.unknownOption' ? flagMeant(program, args) : null
  const suggestion = meant === null ? rest.join(' ').replace(/^\(|\)$/g, '') : `Did you mean ${meant}?`
  const message = `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`
  return usageError(
    /[.?!]$/.test(message) ? message : `${message}.`,
    suggestion === '' ? 'The flag --help shows how to use the command.' : suggestion,
  )
}

/** Returns the error for arguments that are missing, with their choices. */
function missingArgument(program: Command, args: readonly string[]): OperatorError {
  const { command, positionals } = walk(program, args)
  const missing = command.registeredArguments.slice(positionals.length).filter(({ required }) => required)
  return missingError(
    missing.map((argument) => ({
      field: argument.name(),
      what: `the argument ${argument.name()}`,
      add: argument.argChoices
        ? `one of ${argument.argChoices.join(', ')} as an argument`
        : `the ${argument.description} as an argument`,
    })),
  )
}
