import { existsSync, readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { mathesarctl, type Run, run } from './process.ts'
import type { World } from './types.ts'

/** Returns the path of the psql on the PATH; `null` if there is none. */
export function findPsql(): string | null {
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '')
  return directories.map((directory) => join(directory, 'psql')).find(existsSync) ?? null
}

/**
 * Returns the path of the newest psql behind the one on the PATH, which on Debian and Ubuntu is a Perl script
 * that chooses among the installed versions and starts much more slowly; `null` if psql is the program
 * itself.
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

/** Returns the psql that people start and, if that is a script, the program behind it. */
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
 * Writes what `schema print` prints to a file, without BEGIN and COMMIT, which psql -1 adds. Returns its
 * path.
 */
export async function writeInstallSql({ home }: World): Promise<string> {
  const { stdout } = await mathesarctl(['schema', 'print'], { home })
  const sql = stdout.replace(/^BEGIN\b.*;$/m, '').replace(/^COMMIT;$/m, '')
  const file = join(home, 'install.sql')
  writeFileSync(file, sql)
  return file
}

/** Runs `psql -1 -q -f FILE`, as a DBA would run the SQL, without the user's own settings. */
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

/** Runs psql with almost nothing to do, which measures its start and its login. */
export function runNothing(psql: string, settings: ConnectionSettings, home: string): Promise<Run> {
  return run(psql, ['-X', '-q', '-o', '/dev/null', '-c', 'SELECT 1'], {
    home,
    env: libpqEnvironment(settings),
  })
}

/** Returns connection settings as the environment variables that libpq reads. */
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
