import { Argument, Command } from 'commander'
import { COMPLETE, COMPLETION_SCRIPTS, SHELLS, type Shell } from '../../completion-scripts.ts'
import { withExamples, withExplanation } from '../help.ts'

export function completionCommand(): Command {
  const command = new Command('completion')
    .description('Print a shell completion script')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: Shell) => {
      process.stdout.write(COMPLETION_SCRIPTS[shell])
    })
  withExplanation(command, [
    'The script completes subcommands, flags, their choices, and the names of stored databases.',
  ])
  return withExamples(command, [
    { command: 'source <(mathesarctl completion bash)', purpose: 'In ~/.bashrc' },
    { command: 'mathesarctl completion zsh > ~/.zfunc/_mathesarctl', purpose: 'A directory of your fpath' },
    {
      command: 'mathesarctl completion fish > ~/.config/fish/completions/mathesarctl.fish',
      purpose: 'For fish',
    },
  ])
}

/** What the scripts call: prints the candidates for the last of the words, one a line. Not for people. */
export function completeCommand(program: () => Command): Command {
  return new Command(COMPLETE).argument('[words...]').action(async (words: string[]) => {
    const { candidates } = await import('../complete.ts')
    for (const candidate of await candidates(program(), words, () => storedNames(words))) {
      process.stdout.write(`${candidate}\n`)
    }
  })
}

/** The stored names; needs no key, and is silent about everything that may go wrong. */
async function storedNames(words: readonly string[]): Promise<readonly string[]> {
  try {
    const [{ resolveGlobals }, { openStore }] = await Promise.all([
      import('../globals.ts'),
      import('../../store/index.ts'),
    ])
    const typed = words[words.indexOf('--internal-db') + 1]
    const flags = words.includes('--internal-db') && typed !== undefined ? { internalDb: typed } : {}
    const { internalDb } = await resolveGlobals(flags, process.env)
    if (internalDb.location === null) return []
    const store = await openStore(internalDb.location, () => '', { create: false })
    try {
      return await store.names()
    } finally {
      await store.close()
    }
  } catch {
    return []
  }
}
