/** Runs the demonstration of scripts/demo: every command runs the real program, on a real server. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { breakCommand, breakLine } from '../src/break-lines.ts'
import { type RunningCluster, startCluster } from '../test/support/postgres.ts'
import { ENTER, startTerminal, type TerminalRun } from '../test/support/terminal.ts'
import { answerAdd } from './lib/add-dialogue.ts'

const launcher = join(dirname(fileURLToPath(import.meta.url)), '../bin/mathesarctl.js')
const hasColors = process.stdout.isTTY && !process.env.NO_COLOR
const bold = (text: string) => (hasColors ? `\x1b[1m${text}\x1b[0m` : text)
const dim = (text: string) => (hasColors ? `\x1b[2m${text}\x1b[0m` : text)

const home = mkdtempSync(join(tmpdir(), 'mathesarctl-demo-'))
const passwordFile = join(home, 'password.txt')
const password = 'a "pass:word" with % @ / ? # & é'

/** How long somebody seems to read a question, and how fast to type. */
const THINKING_MS = 400
const TYPING_MS = 40

const LIBRARY = `
  CREATE TABLE authors (id integer PRIMARY KEY, name text NOT NULL);
  CREATE TABLE books (id integer PRIMARY KEY, title text NOT NULL, author_id integer REFERENCES authors);
  CREATE TABLE patrons (id integer PRIMARY KEY, name text NOT NULL, email text);
  INSERT INTO authors VALUES (1, 'Ursula K. Le Guin'), (2, 'Octavia E. Butler');
  INSERT INTO books VALUES (1, 'The Dispossessed', 1), (2, 'Kindred', 2), (3, 'The Lathe of Heaven', 1);
  INSERT INTO patrons VALUES (1, 'Ann', 'ann@example.net'), (2, 'Bo', 'bo@example.org');
`

function printNote(text: string): void {
  const width = process.stdout.isTTY ? process.stdout.columns : 110
  process.stdout.write(`\n${dim(breakLine(`# ${text}`, { width, indent: '# ' }))}\n`)
}

/** The environment of the program: it must not see the operator's own settings. */
const environment = {
  PATH: process.env.PATH ?? '',
  HOME: home,
  LANG: process.env.LANG ?? 'C.UTF-8',
  ...(process.env.TERM ? { TERM: process.env.TERM } : {}),
  ...(process.env.NO_COLOR ? { NO_COLOR: process.env.NO_COLOR } : {}),
}

function printCommand(args: readonly string[]): void {
  const shown = args.map((word) => (/^[\w./=:@-]+$/.test(word) ? word : `'${word}'`)).join(' ')
  const width = process.stdout.isTTY ? process.stdout.columns : 110
  process.stdout.write(`${bold(breakCommand(`$ mathesarctl ${shown}`, width))}\n`)
}

/**
 * Prints a command that asks questions, runs it in a pseudo-terminal, and shows its screen: on a terminal
 * while somebody seems to type the answers, otherwise as it is at the end.
 */
async function runDialogue(
  args: readonly string[],
  converse: (terminal: TerminalRun) => Promise<void>,
): Promise<void> {
  printCommand(args)
  const { isTTY, columns } = process.stdout
  const { PATH: _path, HOME: _home, ...env } = environment
  const terminal = startTerminal(args, { home, env, columns: isTTY ? columns : 80, rows: 60 })
  if (!isTTY) {
    await converse(terminal)
    process.stdout.write(`${terminal.screen()}\n`)
    return
  }
  terminal.process.onData((text) => process.stdout.write(text))
  const answer = async (question: string | RegExp, text: string) => {
    await terminal.see(question)
    await setTimeout(THINKING_MS)
    for (const character of text) {
      terminal.type(character)
      await setTimeout(TYPING_MS)
    }
    terminal.type(ENTER)
  }
  await converse({ ...terminal, answer })
}

/** Prints a command and runs it. Throws an error if its exit status is not the expected one. */
function run(args: readonly string[], expected = 0): void {
  printCommand(args)
  const { status, error } = spawnSync(process.execPath, [launcher, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment,
  })
  if (error) throw error
  if (status !== expected) throw new Error(`mathesarctl exited with status ${status}, not ${expected}`)
  if (expected !== 0) process.stdout.write(`${dim(`(exit status ${expected})`)}\n`)
}

async function query(cluster: RunningCluster, database: string, text: string): Promise<void> {
  const client = new pg.Client({
    host: cluster.host,
    port: cluster.port,
    database,
    user: 'postgres',
    password: cluster.password,
  })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

async function demonstrate(cluster: RunningCluster): Promise<void> {
  const library = `postgresql://librarian@${cluster.host}:${cluster.port}/library`
  await query(cluster, 'postgres', `CREATE ROLE librarian LOGIN PASSWORD ${pg.escapeLiteral(password)}`)
  await query(cluster, 'postgres', 'CREATE DATABASE library OWNER librarian')
  await query(cluster, 'library', `SET ROLE librarian; ${LIBRARY}`)
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })

  printNote('On the first run, create the secret key and the internal database.')
  run(['setup'])
  printNote('Add the library. The command asks for every value; here a script types the answers.')
  await runDialogue(['db', 'add'], (terminal) =>
    answerAdd(
      {
        name: 'library',
        host: cluster.host,
        port: String(cluster.port),
        database: 'library',
        user: 'librarian',
        password,
      },
      terminal,
    ),
  )
  printNote('A script passes the same values as flags. Running it again changes nothing.')
  run(['db', 'add', 'library', '--dsn', library, '--password-file', passwordFile])
  printNote('List the stored databases, and test this one.')
  run(['db', 'list'])
  run(['db', 'test', 'library'])
  printNote('Somebody uses a Mathesar type: ALTER TABLE patrons ALTER email TYPE mathesar_types.email')
  await query(
    cluster,
    'library',
    'SET ROLE librarian; ALTER TABLE patrons ALTER email TYPE mathesar_types.email',
  )
  run(['schema', 'dependents', '--dsn', library, '--password-file', passwordFile])
  printNote('So the command refuses to remove the schemas, and changes nothing.')
  run(['db', 'remove', 'library', '--remove-schema', '--yes'], 8)
  printNote('The command can instead convert the column to a plain type, and keep every value.')
  run(['db', 'remove', 'library', '--remove-schema', '--on-dependents', 'convert', '--yes'])
  run(['db', 'list'])
}

process.stdout.write('Starting a PostgreSQL server for the demonstration ...\n')
const cluster = await startCluster({ version: '18' })
const cleanUp = async () => {
  await cluster.stop()
  rmSync(home, { recursive: true, force: true })
}
process.on('SIGINT', () => void cleanUp().then(() => process.exit(130)))
try {
  await demonstrate(cluster)
} finally {
  await cleanUp()
}
printNote(
  'The demonstration is over: its server and its files are deleted. The program is bin/mathesarctl.js',
)
