import { describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { cli, document, errorOf, startCli } from '../support/cli.ts'
import { createRole, ownedDatabase, sql } from '../support/database.ts'
import { recordVersion } from '../support/earlier-install.ts'
import { add, preparedHome, storedLibrary, storedNames } from '../support/installed.ts'
import { CTRL_C, DOWN, ENTER, startTerminal } from '../support/terminal.ts'

interface Upgraded {
  status: string
  databases: { name: string; action: string; from: string | null; to: string | null; ok: boolean }[]
  upgraded: number
  failed: number
}

interface Place {
  home: string
  settings: ConnectionSettings
}

/** A home whose database `library` has the schemas of an earlier version. */
async function earlierLibrary(): Promise<Place> {
  const place = await storedLibrary()
  await recordVersion(place.settings.database, '0.0.0')
  return place
}

/** Stores another database with the schemas of an earlier version. */
async function addEarlier(home: string, name: string): Promise<ConnectionSettings> {
  const settings = await ownedDatabase()
  expect(await add(name, settings, { home })).toMatchObject({ status: 0 })
  await recordVersion(settings.database, '0.0.0')
  return settings
}

async function versionOf({ database }: ConnectionSettings): Promise<string> {
  const [row] = await sql<{ version: string }>(
    database,
    `SELECT substring(obj_description('msar'::regnamespace, 'pg_namespace') FROM 'version=(\\S+)') AS version`,
  )
  return row?.version ?? ''
}

describe('db upgrade', () => {
  it('prints one JSON document, with the versions of each database', async () => {
    const { home, settings } = await earlierLibrary()
    const run = await cli(['db', 'upgrade', '--all', '--json'], { home })
    expect(run, run.stderr).toMatchObject({ status: 0, stderr: '' })
    const version = await versionOf(settings)
    expect(version).not.toBe('0.0.0')
    expect(document<Upgraded>(run)).toEqual({
      status: 'done',
      databases: [{ name: 'library', action: 'upgrade', from: '0.0.0', to: version, ok: true, error: null }],
      upgraded: 1,
      failed: 0,
    })
    const again = await cli(['db', 'upgrade', 'library', '--json'], { home })
    expect(document<Upgraded>(again)).toMatchObject({ databases: [{ action: 'none' }], upgraded: 0 })
  })

  it('prints the plan, a line for each database, and then the failures with their hints', async () => {
    const { home, settings } = await earlierLibrary()
    const gone = await addEarlier(home, 'archive')
    await sql('postgres', `DROP DATABASE "${gone.database}" WITH (FORCE)`)
    const run = await cli(['db', 'upgrade', '--all'], { home })
    expect(run, run.stderr).toMatchObject({ status: 3, stdout: '' })
    const version = await versionOf(settings)
    const lines = run.stderr.split('\n')
    expect(lines[0]).toMatch(/^NAME +FROM +TO +ACTION$/)
    expect(lines[1]).toMatch(/^archive +- +- +DATABASE_DOES_NOT_EXIST$/)
    expect(lines[2]).toBe(`library  bundled 0.0.0  bundled ${version}  upgrade`)
    expect(lines[4]).toBe('2 databases: 1 to upgrade and 1 blocked.')
    expect(run.stderr).toContain(`✔ library: upgraded, bundled 0.0.0 -> bundled ${version}\n`)
    expect(run.stderr).toMatch(/\narchive\nerror: .*\n(hint: .*\n)+/)
    expect(lines.at(-2)).toBe('Upgraded 1 database; 1 database failed.')
  })

  it('shows before its question why databases are blocked, and not again at the end', async () => {
    const { home } = await earlierLibrary()
    const gone = await addEarlier(home, 'archive')
    await sql('postgres', `DROP DATABASE "${gone.database}" WITH (FORCE)`)
    const declined = startTerminal(['db', 'upgrade', '--all'], { home })
    await declined.see('1 to upgrade and 1 blocked.')
    await declined.see('error: ')
    await declined.see('mathesarctl db remove archive --forget-unreachable')
    await declined.see('Internal database:')
    await declined.answer('Upgrade 1 database?', 'n')
    expect(await declined.ended()).toMatchObject({ status: 10 })
    const terminal = startTerminal(['db', 'upgrade', '--all'], { home })
    await terminal.answer('Upgrade 1 database?', 'y')
    await terminal.see('archive: failed, DATABASE_DOES_NOT_EXIST')
    await terminal.see('Upgraded 1 database; 1 database failed.')
    expect(await terminal.ended()).toMatchObject({ status: 3 })
    expect(terminal.screen().split('error: ')).toHaveLength(2)
  })

  it('shows the plan as a dry run on standard output, and changes nothing', async () => {
    const { home, settings } = await earlierLibrary()
    const run = await cli(['db', 'upgrade', 'library', '--dry-run'], { home })
    expect(run).toMatchObject({ status: 0 })
    expect(run.stdout).toMatch(/^NAME +FROM +TO +ACTION\nlibrary +bundled 0\.0\.0 +bundled \S+ +upgrade\n$/)
    expect(run.stderr).toBe('1 database: 1 to upgrade.\n')
    expect(await versionOf(settings)).toBe('0.0.0')
  })

  it('exits with the status of the failures where they agree, else with 1', async () => {
    const { home, settings } = await earlierLibrary()
    const second = await addEarlier(home, 'second')
    await sql('postgres', `ALTER ROLE "${second.user}" PASSWORD 'another'`)
    expect(await cli(['db', 'upgrade', '--all', '--dry-run'], { home })).toMatchObject({ status: 4 })
    await sql('postgres', `DROP DATABASE "${settings.database}" WITH (FORCE)`)
    expect(await cli(['db', 'upgrade', '--all', '--dry-run'], { home })).toMatchObject({ status: 1 })
    const { user } = await createRole()
    await sql('postgres', `ALTER DATABASE "${second.database}" OWNER TO "${user}"`)
  })

  it('refuses flags that mean nothing together, and values that are none', async () => {
    const { home } = await storedLibrary()
    const wrong = [
      [],
      ['library', '--all'],
      ['library', '--shard', '0/2'],
      ['--shard', '2/2'],
      ['--shard', '0/0'],
      ['--shard', '1'],
      ['--shard', '-1/2'],
      ['--all', '--concurrency', '0'],
      ['--all', '--concurrency', '17'],
      ['--all', '--concurrency', 'x'],
    ]
    for (const flags of wrong) {
      const run = await cli(['db', 'upgrade', ...flags, '--json'], { home })
      expect(run, flags.join(' ')).toMatchObject({ status: 2, stdout: '' })
      expect(errorOf(run).code).toBe('USAGE')
    }
    const missing = await cli(['db', 'upgrade', 'archive', '--json'], { home })
    expect(missing).toMatchObject({ status: 7 })
  })

  it('works on the databases of a shard alone, and the shards together on all', async () => {
    const { home } = await earlierLibrary()
    await addEarlier(home, 'second')
    await addEarlier(home, 'third')
    const names: string[] = []
    for (const shard of ['0/2', '1/2']) {
      const run = await cli(['db', 'upgrade', '--shard', shard, '--json'], { home })
      expect(run, run.stderr).toMatchObject({ status: 0 })
      names.push(...document<Upgraded>(run).databases.map(({ name }) => name))
    }
    expect(names.sort()).toEqual(await storedNames(home))
  })

  it('upgrades a stored database with the SQL of another version only once, by two runs at a time', async () => {
    const { home, settings } = await earlierLibrary()
    const runs = await Promise.all(
      [1, 2].map(() => cli(['db', 'upgrade', '--all', '--json', '--lock-timeout', '60'], { home })),
    )
    for (const run of runs) expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(await versionOf(settings)).not.toBe('0.0.0')
  })

  it('rolls back what runs when it is interrupted, and states what is done', async () => {
    const { home, settings } = await earlierLibrary()
    const { child, done } = startCli(['db', 'upgrade', '--all', '--lock-timeout', '60'], { home })
    const holder = sql(
      settings.database,
      `BEGIN; SELECT pg_advisory_xact_lock(1836278130, 1); SELECT pg_sleep(5); ROLLBACK`,
    )
    // Of this database alone: the sessions of other tests wait too.
    const waiting = `SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
      WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted`
    await expect.poll(() => sql(settings.database, waiting)).not.toEqual([])
    child.kill('SIGINT')
    const run = await done
    expect(run).toMatchObject({ status: 130 })
    expect(run.stderr).toContain('No database was upgraded. 1 database is as before.')
    await holder
    expect(await versionOf(settings)).toBe('0.0.0')
  })

  it('asks at a terminal which database, shows the plan and asks once', async () => {
    const { home, settings } = await earlierLibrary()
    const second = await addEarlier(home, 'second')
    const terminal = startTerminal(['db', 'upgrade'], { home })
    await terminal.see('Database to upgrade')
    await terminal.see('All of them')
    terminal.type(`${DOWN}${DOWN}${ENTER}`)
    await terminal.see('2 databases: 2 to upgrade.')
    await terminal.answer('Upgrade 2 databases?', 'y')
    await terminal.see('Upgraded 2 databases.')
    expect(await terminal.ended()).toMatchObject({ status: 0 })
    const version = await versionOf(settings)
    expect(terminal.screen()).toMatch(
      new RegExp(`library: upgraded, bundled 0\\.0\\.0 -> bundled ${version}`),
    )
    expect(await versionOf(second)).toBe(version)
  })

  it('changes nothing where the answer is no, or Ctrl-C', async () => {
    const { home, settings } = await earlierLibrary()
    const declined = startTerminal(['db', 'upgrade', 'library'], { home })
    await declined.answer('Upgrade 1 database?', 'n')
    await declined.see('Nothing was upgraded.')
    expect(await declined.ended()).toMatchObject({ status: 10 })
    const interrupted = startTerminal(['db', 'upgrade', 'library'], { home })
    await interrupted.see('Upgrade 1 database?')
    interrupted.type(CTRL_C)
    expect(await interrupted.ended()).toMatchObject({ status: 130 })
    expect(await versionOf(settings)).toBe('0.0.0')
  })

  it('asks nothing at a terminal with --yes, nor where there is nothing to do', async () => {
    const { home } = await earlierLibrary()
    for (const text of ['Upgraded 1 database.', '1 database is up to date.']) {
      const terminal = startTerminal(['db', 'upgrade', '--all', '--yes'], { home })
      await terminal.see(text)
      expect(await terminal.ended()).toMatchObject({ status: 0 })
    }
  })

  it('has nothing to do where nothing is stored', async () => {
    const home = await preparedHome()
    const run = await cli(['db', 'upgrade', '--all'], { home })
    expect(run).toMatchObject({ status: 0, stdout: '' })
    expect(run.stderr).toBe('No database is stored yet. Add one with: mathesarctl db add\n')
  })
})
