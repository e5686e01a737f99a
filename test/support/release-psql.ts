import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { temporaryDirectory } from './cli.ts'
import { type ReleaseOptions, releaseFiles } from './release-tree.ts'

/** Writes all files of a release as one script, and returns its path. */
export function writeReleaseScript(version: string, options: ReleaseOptions = {}): string {
  const path = join(temporaryDirectory(), 'release.sql')
  const { files } = releaseFiles(version, options)
  writeFileSync(path, files.map(({ sql }) => sql).join('\n'), { mode: 0o644 })
  return path
}

/** Runs a script as one transaction with psql, and returns its exit status. */
export function installWithPsql(settings: ConnectionSettings, script: string): Promise<number | null> {
  const { host, port, user, password, database } = settings
  const login = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password ?? '' }
  const child = spawn('psql', ['-X1qf', script, '-v', 'ON_ERROR_STOP=1', database], {
    env: { ...process.env, ...login },
    stdio: 'ignore',
  })
  return new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
}
