/** Adds, lists, tests and removes a database with a given Node or a single executable, on a new server. */
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { checkJson } from '../test/support/json.ts'
import { startCluster } from '../test/support/postgres.ts'

/** The arguments are a Node and the launcher, or only the single executable, which contains both. */
const [file = '', ...first] = process.argv.slice(2).map((path) => resolve(path))
const home = mkdtempSync(join(tmpdir(), 'mathesarctl-smoke-'))
const cluster = await startCluster({ version: '18' })

function run(args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(file, [...first, ...args], {
    env: { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8' },
    input,
    encoding: 'utf8',
  })
  if (error) throw error
  checkJson(args, { status, stdout, stderr })
  assert.equal(status, 0, `${args.join(' ')}: ${stderr}`)
  return stdout
}

function nodeVersion(): string {
  return spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout.trim()
}

try {
  const target = [
    '--host',
    cluster.host,
    '--port',
    String(cluster.port),
    '--database',
    'smoke',
    '--user',
    cluster.superuser,
  ]
  const version = run(['--version']).trim()
  run(['setup', '--no-input'])
  const added: unknown = JSON.parse(
    run(
      ['db', 'add', 'smoke', ...target, '--password-stdin', '--create-database', '--json'],
      cluster.password,
    ),
  )
  assert.equal((added as { status: string }).status, 'added')
  assert.match(run(['db', 'list']), /smoke/)
  assert.match(run(['db', 'test', '--all']), /ok/)
  const removed: unknown = JSON.parse(run(['db', 'remove', 'smoke', '--remove-schema', '--yes', '--json']))
  assert.equal((removed as { schemaRemoved: boolean }).schemaRemoved, true)
  const runtime = first.length === 0 ? 'as an executable' : `on Node ${nodeVersion()}`
  process.stdout.write(`mathesarctl ${version} works ${runtime}\n`)
} finally {
  await cluster.stop()
  rmSync(home, { recursive: true, force: true })
}
