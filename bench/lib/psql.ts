import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { type Run, run } from './process.ts'

/** psql on the PATH, or `null`. */
export function findPsql(): string | null {
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '')
  return directories.map((directory) => join(directory, 'psql')).find(existsSync) ?? null
}

/**
 * On Debian and Ubuntu psql is a Perl script that chooses among the versions installed: the newest psql behind it, which
 * starts much faster. `null` where psql is the program itself.
 */
export function findPsqlBehindWrapper(psql: string): string | null {
  const versions = '/usr/lib/postgresql'
  if (basename(realpathSync(psql)) !== 'pg_wrapper' || !existsSync(versions)) return null
  return (
    readdirSync(versions)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(versions, version, 'bin/psql'))
      .find(existsSync) ?? null
  )
}

export async function psqlVersion(): Promise<string | null> {
  const psql = findPsql()
  if (psql === null) return null
  const { stdout } = await run(psql, ['--version'], { home: '/' })
  return /\d+(\.\d+)*/.exec(stdout)?.[0] ?? null
}

/** `psql -1 -q -f FILE`, the way a DBA would run the SQL; nothing of the user's own settings plays a part. */
export function runFile(
  psql: string,
  file: string,
  settings: ConnectionSettings,
  home: string,
): Promise<Run> {
  return run(psql, ['-X', '-1', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', file], {
    home,
    env: {
      PGHOST: settings.host,
      PGPORT: String(settings.port),
      PGDATABASE: settings.database,
      PGUSER: settings.user,
      PGPASSWORD: settings.password ?? '',
      PGSSLMODE: settings.sslmode,
    },
  })
}
