import { Argument, Command } from 'commander'
import { withExamples, withExplanation } from '../help.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

/** The word that asks for candidates; the scripts call it, people do not. */
const COMPLETE = '__complete'

/**
 * Each script asks the program itself what may come next, so that completion never lags behind the command tree.
 * A name is one candidate a line, whatever characters it has.
 */
const SCRIPTS: Record<Shell, string> = {
  bash: `# bash completion for mathesarctl
_mathesarctl() {
    local IFS=$'\\n' candidate current="\${COMP_WORDS[COMP_CWORD]}"
    COMPREPLY=()
    # bash breaks a line at "=" and ":"; what stands before them is not to be repeated.
    while IFS= read -r candidate; do
        COMPREPLY+=("$(printf '%q' "$candidate")")
    done < <("\${COMP_WORDS[0]}" ${COMPLETE} -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" "$current" 2>/dev/null)
    if [ "\${#COMPREPLY[@]}" -eq 0 ]; then
        compopt -o default 2>/dev/null
    fi
}
complete -F _mathesarctl mathesarctl
`,
  zsh: `#compdef mathesarctl
# zsh completion for mathesarctl
_mathesarctl() {
    local -a candidates
    candidates=("\${(@f)$("\${words[1]}" ${COMPLETE} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if (( \${#candidates} == 0 )) || [[ -z "\${candidates[1]}" ]]; then
        _files
    else
        compadd -Q -- "\${(@q)candidates}"
    fi
}
if [[ "\${funcstack[1]}" == _mathesarctl ]]; then
    _mathesarctl "$@"
else
    compdef _mathesarctl mathesarctl
fi
`,
  fish: `# fish completion for mathesarctl
function __mathesarctl_complete
    set -l words (commandline -opc)
    $words[1] ${COMPLETE} -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c mathesarctl -a '(__mathesarctl_complete)'
`,
}

export function completionCommand(): Command {
  const command = new Command('completion')
    .description('Print a shell completion script')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: Shell) => {
      process.stdout.write(SCRIPTS[shell])
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
