/**
 * `npm run screenshot`: creates docs/terminal.svg, the README's picture, from a real run in a
 * pseudo-terminal.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startCluster } from '../test/support/postgres.ts'
import { startTerminal } from '../test/support/terminal.ts'
import { answerAdd } from './lib/add-dialogue.ts'
import { screenToSvg } from './lib/screen-svg.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const home = mkdtempSync(join(tmpdir(), 'mathesarctl-screenshot-'))
const cluster = await startCluster({ version: '18' })
try {
  const client = new pg.Client({
    host: cluster.host,
    port: cluster.port,
    database: 'postgres',
    user: 'postgres',
    password: cluster.password,
  })
  await client.connect()
  await client.query("CREATE ROLE librarian LOGIN PASSWORD 'open sesame'")
  await client.query('CREATE DATABASE library OWNER librarian')
  await client.end()
  const setup = startTerminal(['setup', '--no-input'], { home })
  await setup.ended()
  const env = { PGHOST: cluster.host, PGPORT: String(cluster.port) }
  const terminal = startTerminal(['db', 'add'], { home, env, columns: 80, rows: 44 })
  await answerAdd(
    { name: 'library', host: '', port: '', database: 'library', user: 'librarian', password: 'open sesame' },
    terminal,
  )
  writeFileSync(join(root, 'docs/terminal.svg'), screenToSvg(terminal.emulator, '$ mathesarctl db add'))
} finally {
  await cluster.stop()
  rmSync(home, { recursive: true, force: true })
}
