import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { cli } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { add, preparedHome } from '../support/installed.ts'
import { shellCommand } from '../support/program.ts'
import { startTerminal, type TerminalRun } from '../support/terminal.ts'

type Shell = 'bash' | 'zsh' | 'fish'

/** How to start each shell like a user's own, with the script in its startup file. */
const SHELLS: Record<Shell, { args: (home: string) => string[]; settings: string; file: string }> = {
  bash: {
    args: (home) => ['--noprofile', '--rcfile', join(home, '.rc'), '-i'],
    settings: "PS1='ready> '\nbind 'set bell-style none'\nbind 'set show-all-if-ambiguous on'\n",
    file: '.rc',
  },
  zsh: {
    args: () => ['-i'],
    settings: "PS1='ready> '\nautoload -Uz compinit\ncompinit -u\nsetopt no_menu_complete no_auto_menu\n",
    file: '.zshrc',
  },
  fish: {
    args: (home) => ['--no-config', '--init-command', `source ${join(home, '.rc')}`, '-i'],
    settings:
      "function fish_prompt\n echo -n 'ready> '\nend\n" +
      'set -g fish_greeting\nset -g fish_autosuggestion_enabled 0\n',
    file: '.rc',
  },
}

/** The text before Tab, and the line after it; the same in every shell. */
const LINES: readonly [typed: string, line: string][] = [
  ['mathesarctl sch', 'mathesarctl schema'],
  ['mathesarctl db show my', 'mathesarctl db show my\\ library'],
  ['mathesarctl db show my\\ l', 'mathesarctl db show my\\ library'],
  ['mathesarctl db show "my l', 'mathesarctl db show "my library"'],
  ['mathesarctl db show a', 'mathesarctl db show a:b\\ c'],
  ['mathesarctl db show a:', 'mathesarctl db show a:b\\ c'],
  ['mathesarctl db show it', "mathesarctl db show it\\'s\\ \\$5"],
  ['mathesarctl db add --sslmode req', 'mathesarctl db add --sslmode require'],
  ['mathesarctl db add --sslmode=req', 'mathesarctl db add --sslmode=require'],
  ['mathesarctl db add --sslrootcert "somef', 'mathesarctl db add --sslrootcert "somefile"'],
  ['mathesarctl help sch', 'mathesarctl help schema'],
  ['~/bin/mathesarctl sch', '~/bin/mathesarctl schema'],
  // The shell does not expand it, which might run something; the program on the PATH answers.
  ['$HOME/bin/mathesarctl sch', '$HOME/bin/mathesarctl schema'],
  ['mathesarctl db list > somef', 'mathesarctl db list > somefile'],
  ['mathesarctl build npm --platform linux-a', 'mathesarctl build npm --platform linux-arm64'],
  ['mathesarctl build npm --out so', 'mathesarctl build npm --out some\\ directory/'],
  ['mathesarctl build npm --out=so', 'mathesarctl build npm --out=some\\ directory/'],
  ['mathesarctl db list --env-file mathesar.e', 'mathesarctl db list --env-file mathesar.env'],
  [
    'mathesarctl db show --internal-db ~/other.sqlite3 f',
    'mathesarctl db show --internal-db ~/other.sqlite3 films',
  ],
]

/** Creates a home directory with databases that have awkward names, and the program on the PATH. */
async function home(): Promise<string> {
  const directory = await preparedHome()
  const settings = await ownedDatabase()
  for (const name of ['my library', 'a:b c', "it's $5"]) {
    expect(await add(name, settings, { home: directory })).toMatchObject({ status: 0 })
  }
  const other = ['--internal-db', join(directory, 'other.sqlite3')]
  expect(await add('films', settings, { home: directory, flags: other })).toMatchObject({ status: 0 })
  for (const name of ['bin', 'some directory']) mkdirSync(join(directory, name))
  writeFileSync(join(directory, 'somefile'), '')
  writeFileSync(join(directory, 'mathesar.env'), '')
  const program = join(directory, 'bin/mathesarctl')
  writeFileSync(program, `#!/bin/sh\nexec ${shellCommand} "$@"\n`)
  chmodSync(program, 0o755)
  return directory
}

/** `read` is the startup file; by default, it contains the settings of the shell and the script. */
async function start(shell: Shell, directory: string, read?: string): Promise<TerminalRun> {
  const { args, settings, file } = SHELLS[shell]
  const script = await cli(['completion', shell], { home: directory })
  writeFileSync(join(directory, file), read ?? settings + script.stdout)
  const terminal = startTerminal(args(directory), {
    home: directory,
    file: shell,
    columns: 120,
    env: { PATH: `${join(directory, 'bin')}:${process.env.PATH}`, TERM: 'xterm' },
  })
  await terminal.see('ready>')
  return terminal
}

/** Returns the line of the current prompt. */
function typedLine(terminal: TerminalRun): string {
  const prompts = terminal.screen().split('\n')
  return prompts.findLast((line) => line.startsWith('ready>'))?.slice('ready> '.length) ?? ''
}

/** Types a line and Tab at an empty prompt, waits for the completed line, and empties the prompt again. */
async function tab(terminal: TerminalRun, typed: string, expected: (screen: string) => boolean) {
  terminal.type(typed)
  await until(() => typedLine(terminal) === typed.trimEnd(), terminal)
  terminal.type('\t')
  await until(() => expected(terminal.screen()), terminal)
  // Move to the end of the line, and delete everything before it.
  terminal.type('\x05\x15')
  await until(() => typedLine(terminal) === '', terminal)
}

async function until(isDone: () => boolean, terminal: TerminalRun): Promise<void> {
  for (let attemptsLeft = 400; attemptsLeft > 0; attemptsLeft--) {
    if (isDone()) return
    await pause(25)
  }
  throw new Error(`The terminal stays like this:\n${terminal.screen()}`)
}

describe.each(['bash', 'zsh', 'fish'] as const)('in %s', (shell) => {
  test('completes commands, flags, choices, names with spaces and colons, and paths', async () => {
    const terminal = await start(shell, await home())
    for (const [typed, line] of LINES) {
      await tab(terminal, typed, () => typedLine(terminal) === line)
    }
    terminal.process.kill('SIGKILL')
  })

  test('lists ambiguous words, with descriptions in zsh and fish', async () => {
    const terminal = await start(shell, await home())
    const listed = /list\b[\s\S]*\bremove/
    const described = /remove.*Remove a stored database/
    await tab(terminal, 'mathesarctl db ', (screen) => (shell === 'bash' ? listed : described).test(screen))
    terminal.process.kill('SIGKILL')
  })
})

test('zsh finds the script in its directory for completions, where packages install it', async () => {
  const directory = await home()
  const script = await cli(['completion', 'zsh'], { home: directory })
  mkdirSync(join(directory, 'functions'))
  writeFileSync(join(directory, 'functions/_mathesarctl'), script.stdout)
  const terminal = await start('zsh', directory, `fpath=(~/functions $fpath)\n${SHELLS.zsh.settings}`)
  for (const [typed, line] of LINES.slice(0, 3))
    await tab(terminal, typed, () => typedLine(terminal) === line)
  terminal.process.kill('SIGKILL')
})
