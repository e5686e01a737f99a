import { Argument, Command, Option } from 'commander'
import { COMPLETE, COMPLETION_SCRIPTS, PATHS, SHELLS, type Shell } from '../../completion-scripts.ts'
import { withExamples, withExplanation } from '../help.ts'
import { startInvocation } from '../invocation.ts'
import type { GlobalFlags } from '../settings/globals.ts'

export function completionCommand(): Command {
  const command = new Command('completion')
    .description('Print a shell completion script')
    .addArgument(new Argument('<shell>', 'shell that the script is for').choices(SHELLS))
    .action(async (shell: Shell) => {
      const script = COMPLETION_SCRIPTS[shell]
      if (!command.optsWithGlobals<GlobalFlags>().json) {
        process.stdout.write(script)
        return
      }
      const { terminal } = await startInvocation(command)
      terminal.document('completion', { shell, script })
    })
  withExplanation(command, [
    'The script completes subcommands, flags, their choices, and the names of stored databases.',
  ])
  return withExamples(command, [
    { command: 'source <(mathesarctl completion bash)', purpose: 'Load it from ~/.bashrc' },
    {
      command: 'mathesarctl completion zsh > ~/.zfunc/_mathesarctl',
      purpose: 'Write it to a directory of your fpath',
    },
    {
      command: 'mathesarctl completion fish > ~/.config/fish/completions/mathesarctl.fish',
      purpose: 'Write it to the directory of fish',
    },
  ])
}

/**
 * Returns the command that the scripts call: it prints the candidates for the last of the words, one a line.
 * Without a shell the words are plain, and so are the candidates: the scripts of 0.3.0 and before expect
 * that.
 */
export function completeCommand(program: () => Command): Command {
  return new Command(COMPLETE)
    .argument('[words...]')
    .addOption(new Option('--shell <shell>').choices(SHELLS))
    .option('--breaks <characters>')
    .action(async (typedWords: string[], flags: { shell?: Shell; breaks?: string }) => {
      const { completionLines } = await import('../completion/lines.ts')
      for (const line of await completionLines(program(), typedWords, flags, PATHS)) {
        process.stdout.write(`${line}\n`)
      }
    })
}
