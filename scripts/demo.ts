/** The demonstration behind scripts/demo: every command is the real program, on a real server. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { type RunningCluster, startCluster } from '../test/support/postgres.ts'

const launcher = join(dirname(fileURLToPath(import.meta.url)), '../bin/mathesarctl.js')
const colours = process.stdout.isTTY && !process.env.NO_COLOR
const bold = (text: string) => (colours ? `\x1b[1m${text}\x1b[0m` : text)
const dim = (text: string) => (colours ? `\x1b[2m${text}\x1b[0m` : text)

const home = mkdtempSync(join(tmpdir(), 'mathesarctl-demo-'))
const passwordFile = join(home, 'password.txt')
const password = 'a "pass:word" with % @ / ? # & é'

const LIBRARY = `
  CREATE TABLE authors (id integer PRIMARY KEY, name text NOT NULL);
  CREATE TABLE books (id integer PRIMARY KEY, title text NOT NULL, author_id integer REFERENCES authors);
  CREATE TABLE patrons (id integer PRIMARY KEY, name text NOT NULL, email text);
  INSERT INTO authors VALUES (1, 'Ursula K. Le Guin'), (2, 'Octavia E. Butler');
  INSERT INTO books VALUES (1, 'The Dispossessed', 1), (2, 'Kindred', 2), (3, 'The Lathe of Heaven', 1);
  INSERT INTO patrons VALUES (1, 'Ann', 'ann@example.net'), (2, 'Bo', 'bo@example.org');
`

function say(text: string): void {
  process.stdout.write(`\n${dim(`# ${text}`)}\n`)
}

/** Prints a command, runs it, and insists on its exit status. */
function run(args: readonly string[], expected = 0): void {
  const shown = args.map((word) => (/^[\w./=:@-]+$/.test(word) ? word : `'${word}'`)).join(' ')
  process.stdout.write(`${bold(`$ mathesarctl ${shown}`)}\n`)
  const { status, error } = spawnSync(process.execPath, [launcher, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    // Nothing of the operator's own settings may play a part.
    env: {
      PATH: process.env.PATH,
      HOME: home,
      LANG: process.env.LANG ?? 'C.UTF-8',
      TERM: process.env.TERM,
      ...(process.env.NO_COLOR ? { NO_COLOR: process.env.NO_COLOR } : {}),
    },
  })
  if (error) throw error
  if (status !== expected) throw new Error(`mathesarctl ended with status ${status}, not ${expected}`)
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

  say('First run: the secret key and the internal database.')
  run(['setup'])
  say('Add the library. The role owns the database; its password comes from a file.')
  run(['db', 'add', 'library', '--dsn', library, '--password-file', passwordFile])
  say('What is stored, and whether it works.')
  run(['db', 'list'])
  run(['db', 'test', 'library'])
  say('Somebody makes use of a Mathesar type: ALTER TABLE patrons ALTER email TYPE mathesar_types.email')
  await query(
    cluster,
    'library',
    'SET ROLE librarian; ALTER TABLE patrons ALTER email TYPE mathesar_types.email',
  )
  run(['schema', 'dependents', '--dsn', library, '--password-file', passwordFile])
  say('So removing the schemas is refused, and nothing changes.')
  run(['db', 'remove', 'library', '--remove-schema', '--yes'], 8)
  say('The column can become a plain one instead, with every value kept.')
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
  say('Done: the server and its files are deleted. The program itself is ready: bin/mathesarctl.js')
} finally {
  await cleanUp()
}
