import { existsSync, readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { mathesarctl, type Run, run } from './process.ts'
import type { World } from './types.ts'

/** psql on the PATH, or `null`. */
export function findPsql(): string | null {
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '')
  return directories.map((directory) => join(directory, 'psql')).find(existsSync) ?? null
}

/**
 * On Debian and Ubuntu psql is a Perl script that chooses among the versions installed: the newest psql
 * behind it, which starts much faster. `null` where psql is the program itself.
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

/** psql as people start it; and where that is a script, the program behind it. */
export function findReferences(): { name: string; path: string }[] {
  const psql = findPsql()
  if (psql === null) return []
  const behind = findPsqlBehindWrapper(psql)
  return [
    { name: 'psql -1 -q -f', path: psql },
    ...(behind === null ? [] : [{ name: 'psql without its wrapper', path: behind }]),
  ]
}

/**
 * Returns a file with what `schema print` prints, without the BEGIN and COMMIT that psql -1 puts around it.
 */
export async function writeInstallSql({ home }: World): Promise<string> {
  const { stdout } = await mathesarctl(['schema', 'print'], { home })
  const sql = stdout.replace(/^BEGIN\b.*;$/m, '').replace(/^COMMIT;$/m, '')
  const file = join(home, 'install.sql')
  writeFileSync(file, sql)
  return file
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
    env: libpqEnvironment(settings),
  })
}

/** Measures psql with almost nothing to do: its start and its login. */
export function runNothing(psql: string, settings: ConnectionSettings, home: string): Promise<Run> {
  return run(psql, ['-X', '-q', '-o', '/dev/null', '-c', 'SELECT 1'], {
    home,
    env: libpqEnvironment(settings),
  })
}

/** Settings as the variables that libpq reads. */
export function libpqEnvironment(settings: ConnectionSettings): Record<string, string> {
  return {
    PGHOST: settings.host,
    PGPORT: String(settings.port),
    PGDATABASE: settings.database,
    PGUSER: settings.user,
    PGPASSWORD: settings.password ?? '',
    PGSSLMODE: settings.sslmode,
  }
}
