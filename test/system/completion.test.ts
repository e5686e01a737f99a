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

/** How the shells are started as somebody's own, with the script in what they read first. */
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
      "function fish_prompt\n echo -n 'ready> '\nend\nset -g fish_greeting\nset -g fish_autosuggestion_enabled 0\n",
    file: '.rc',
  },
}

/** What is typed before Tab, and what the line is then; the same in every shell. */
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
  // It is not looked up, which might run something: the one on the PATH answers.
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

/** A home with databases of awkward names, and the program on the PATH. */
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

/** `read`: what the shell reads first; its settings and the script if it is not given. */
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

/** The line of the prompt that is being typed at. */
function typedLine(terminal: TerminalRun): string {
  const prompts = terminal.screen().split('\n')
  return prompts.findLast((line) => line.startsWith('ready>'))?.slice('ready> '.length) ?? ''
}

/** Types a line and Tab at an empty prompt, waits for what it becomes, and empties the prompt again. */
async function tab(terminal: TerminalRun, typed: string, expected: (screen: string) => boolean) {
  terminal.type(typed)
  await until(() => typedLine(terminal) === typed.trimEnd(), terminal)
  terminal.type('\t')
  await until(() => expected(terminal.screen()), terminal)
  // To the end of the line, and all before it away.
  terminal.type('\x05\x15')
  await until(() => typedLine(terminal) === '', terminal)
}

async function until(done: () => boolean, terminal: TerminalRun): Promise<void> {
  for (let left = 400; left > 0; left--) {
    if (done()) return
    await pause(25)
  }
  throw new Error(`The terminal stays like this:\n${terminal.screen()}`)
}

describe.each(['bash', 'zsh', 'fish'] as const)('in %s', (shell) => {
  test('lines are completed: commands, flags, choices, names with spaces and colons, paths', async () => {
    const terminal = await start(shell, await home())
    for (const [typed, line] of LINES) {
      await tab(terminal, typed, () => typedLine(terminal) === line)
    }
    terminal.process.kill('SIGKILL')
  })

  test('what is no unambiguous word is listed; zsh and fish say what it is', async () => {
    const terminal = await start(shell, await home())
    const listed = /list\b[\s\S]*\bremove/
    const described = /remove.*Remove a stored database/
    await tab(terminal, 'mathesarctl db ', (screen) => (shell === 'bash' ? listed : described).test(screen))
    terminal.process.kill('SIGKILL')
  })
})

test('zsh finds the script in a directory of its own, where packages put it', async () => {
  const directory = await home()
  const script = await cli(['completion', 'zsh'], { home: directory })
  mkdirSync(join(directory, 'functions'))
  writeFileSync(join(directory, 'functions/_mathesarctl'), script.stdout)
  const terminal = await start('zsh', directory, `fpath=(~/functions $fpath)\n${SHELLS.zsh.settings}`)
  for (const [typed, line] of LINES.slice(0, 3))
    await tab(terminal, typed, () => typedLine(terminal) === line)
  terminal.process.kill('SIGKILL')
})
