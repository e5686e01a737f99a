import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { document, errorOf } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { add, mathesarSchemas, preparedHome } from '../support/installed.ts'
import { freePort } from '../support/postgres.ts'

/** Starts a real PgBouncer in front of the test's server. PgBouncer refuses to run as root. */
async function startPgBouncer(
  settings: Awaited<ReturnType<typeof ownedDatabase>>,
  mode: string,
): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'pgbouncer-'))
  chmodSync(directory, 0o755)
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const port = await freePort()
  writeFileSync(join(directory, 'users.txt'), `"${settings.user}" "${settings.password}"\n`)
  writeFileSync(
    join(directory, 'pgbouncer.ini'),
    [
      '[databases]',
      `* = host=${settings.host} port=${settings.port}`,
      '[pgbouncer]',
      'listen_addr=127.0.0.1',
      `listen_port=${port}`,
      'unix_socket_dir=',
      'auth_type=scram-sha-256',
      `auth_file=${directory}/users.txt`,
      `pool_mode=${mode}`,
      '',
    ].join('\n'),
  )
  const isRoot = process.getuid?.() === 0
  const user = isRoot ? Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' })) : undefined
  const child = spawn('/usr/sbin/pgbouncer', [join(directory, 'pgbouncer.ini')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await new Promise<void>((resolve, reject) => {
    let log = ''
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`pgbouncer ended with ${code}: ${log}`)))
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      if (log.includes('process up')) resolve()
    })
  })
  return port
}

test.each(['transaction', 'statement'])('reports PgBouncer in %s mode as POOLED_CONNECTION', async (mode) => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const run = await add('x', { ...settings, port: await startPgBouncer(settings, mode) }, { home })
  expect([run.status, errorOf(run).code]).toEqual([3, 'POOLED_CONNECTION'])
  expect(await mathesarSchemas(settings.database)).toEqual([])
})

test('accepts PgBouncer in session mode', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const run = await add('x', { ...settings, port: await startPgBouncer(settings, 'session') }, { home })
  expect(run, run.stderr).toMatchObject({ status: 0 })
  expect(document(run)).toMatchObject({ status: 'added' })
})
