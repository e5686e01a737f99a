import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { cli, type Run, startCli } from '../support/cli.ts'
import { createDatabase, sql, uniqueName } from '../support/database.ts'
import { ALL_SCHEMAS, add, mathesarSchemas, storedNames } from '../support/installed.ts'
import { startProxy } from '../support/proxy.ts'
import { startTerminal } from '../support/terminal.ts'
import {
  internalPath,
  journalRows,
  killAfterCommit,
  lastBackends,
  namesInStore,
  type World,
  world,
} from './support.ts'

/**
 * What happens to an operation whose process was killed when the user database has changed since: only proof
 * that the operation was done, or was not, ends it.
 */

/** Returns a removal that the server has committed, killed before it could delete the credentials. */
async function committedRemoval(): Promise<World> {
  const place = await world()
  expect(await add('x', place.settings, { home: place.home })).toMatchObject({ status: 0 })
  await killAfterCommit(place, place.arguments('remove'))
  expect(await mathesarSchemas(place.settings.database)).toEqual([])
  expect([await namesInStore(place.home), await journalRows(place.home)]).toEqual([['x'], 1])
  return place
}

/** Runs a command that writes, about another name: it settles what it can. */
async function write(place: World): Promise<Run> {
  const run = await cli(['db', 'remove', 'other', '--yes'], { home: place.home })
  expect(run.status, run.stderr).toBe(7)
  return run
}

async function waits(place: World, why: string): Promise<void> {
  const run = await write(place)
  expect(run.stderr).toContain(why)
  expect(run.stderr).toContain('The credentials stay stored')
  expect(run.stderr).toContain('This removes them:\n    mathesarctl db remove x\n')
  expect([await storedNames(place.home), await journalRows(place.home)]).toEqual([['x'], 1])
}

async function isFinished(place: World): Promise<void> {
  expect((await write(place)).stderr).toContain('it is finished now')
  expect([await namesInStore(place.home), await journalRows(place.home)]).toEqual([[], 0])
}

async function isUndone(place: World): Promise<void> {
  expect((await write(place)).stderr).toContain('the record stays')
  expect([await namesInStore(place.home), await journalRows(place.home)]).toEqual([['x'], 0])
}

const rename = (from: string, to: string) => sql('postgres', `ALTER DATABASE "${from}" RENAME TO "${to}"`)

/** Changes the journal by hand. */
function changeJournal(place: World, change: string, ...values: string[]): void {
  const file = new Database(internalPath(place.home))
  file.prepare(`UPDATE mathesarctl_operation SET ${change}`).run(values)
  file.close()
}

describe('an interrupted removal that had committed', () => {
  it('an interrupted removal that had committed is finished by the next command that writes', async () => {
    await isFinished(await committedRemoval())
  })

  it('waits while the database has another name, and is finished when it has its name back', async () => {
    const place = await committedRemoval()
    const { database } = place.settings
    const other = uniqueName('renamed')
    await rename(database, other)
    await waits(place, 'has no database')
    await rename(other, database)
    await isFinished(place)
  })

  it('waits while another database has the name', async () => {
    const place = await committedRemoval()
    const { database, user } = place.settings
    const other = uniqueName('renamed')
    await rename(database, other)
    await createDatabase({ name: database, owner: user })
    await waits(place, 'nothing proves that that run removed them')
    await sql('postgres', `DROP DATABASE "${database}"`)
    await rename(other, database)
    await isFinished(place)
  })

  it('waits during a restore of the database, and keeps its record afterwards', async () => {
    const place = await committedRemoval()
    const { database, user } = place.settings
    await sql('postgres', `DROP DATABASE "${database}"`)
    await waits(place, 'has no database')
    await createDatabase({ name: database, owner: user })
    await waits(place, 'nothing proves')
    // The dump had the schemas.
    await sql(
      database,
      'CREATE SCHEMA msar; CREATE FUNCTION msar.f() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
    )
    await isUndone(place)
  })

  it('waits while the server does not answer', async () => {
    const place = await world()
    const proxy = await startProxy({ target: place.settings })
    const settings = { ...place.settings, port: proxy.port }
    expect(await add('x', settings, { home: place.home })).toMatchObject({ status: 0 })
    // Through the watched proxy, which is in between.
    await killAfterCommit(place, place.arguments('remove'))
    await proxy.close()
    await waits(place, 'refused')
  })

  it('an interrupted removal that had committed is finished after a restart of the server, which its identifier survives', async () => {
    const place = await committedRemoval()
    changeJournal(place, `commit_mark = json_set(commit_mark, '$.startedAt', '1')`)
    await isFinished(place)
  })

  it('waits on a server that may be another one', async () => {
    const place = await committedRemoval()
    const { database } = place.settings
    changeJournal(place, `commit_mark = json_set(commit_mark, '$.startedAt', '1', '$.systemIdentifier', '1')`)
    await waits(place, 'nothing proves')
    // A role that may not read the identifier can't distinguish a restarted server from another one.
    await sql(database, 'REVOKE EXECUTE ON FUNCTION pg_control_system() FROM public')
    await waits(place, 'nothing proves')
  })

  it('waits on a server that was restored to a moment before it', async () => {
    const place = await committedRemoval()
    changeJournal(place, `commit_mark = json_set(commit_mark, '$.transactionId', '99999999999')`)
    await waits(place, 'nothing proves')
  })

  it('waits when an earlier version wrote its entry, and db remove finishes it', async () => {
    const place = await committedRemoval()
    changeJournal(place, `phase = 'unknown', commit_mark = NULL`)
    await waits(place, 'nothing proves')
    const again = await cli(place.arguments('remove').args, { home: place.home })
    expect(again, again.stderr).toMatchObject({ status: 0 })
    expect([await namesInStore(place.home), await journalRows(place.home)]).toEqual([[], 0])
  })

  it('ends when db edit finds the database under its new name', async () => {
    const place = await committedRemoval()
    const { database } = place.settings
    const other = uniqueName('renamed')
    await rename(database, other)
    const edit = await cli(['db', 'edit', 'x', '--database', other, '--json'], { home: place.home })
    expect(edit, edit.stderr).toMatchObject({ status: 0 })
    expect([await storedNames(place.home), await journalRows(place.home)]).toEqual([['x'], 0])
  })

  it('shows no more progress at a terminal once it waits', async () => {
    const place = await committedRemoval()
    await rename(place.settings.database, uniqueName('renamed'))
    const terminal = startTerminal(['db', 'remove', 'other', '--yes'], { home: place.home })
    await terminal.see('The credentials stay stored')
    expect(await terminal.ended()).toEqual({ status: 7, signal: 0 })
    const raw = terminal.raw()
    expect(raw.slice(raw.indexOf('stay stored'))).not.toContain('Connecting')
  })

  it('ends only with --forget-unreachable when db remove --remove-schema finds no database', async () => {
    const place = await committedRemoval()
    await rename(place.settings.database, uniqueName('renamed'))
    const { args } = place.arguments('remove')
    expect(await cli(args, { home: place.home })).toMatchObject({ status: 3 })
    expect([await storedNames(place.home), await journalRows(place.home)]).toEqual([['x'], 1])
    expect(await cli([...args, '--forget-unreachable'], { home: place.home })).toMatchObject({ status: 0 })
    expect([await storedNames(place.home), await journalRows(place.home)]).toEqual([[], 0])
  })
})

describe('an interrupted removal that had not committed', () => {
  it('ends without a connection to the server, and the record stays', async () => {
    const place = await world()
    expect(await add('x', place.settings, { home: place.home })).toMatchObject({ status: 0 })
    place.watch(({ bytes }) => (bytes.includes('mathesarctl progress') ? 'hold' : 'pass'))
    const { child, done } = startCli(place.arguments('remove').args, { home: place.home })
    await expect.poll(() => journalRows(place.home)).toBe(1)
    child.kill('SIGKILL')
    await done
    await expect.poll(() => lastBackends(place)).toBe(0)
    const other = uniqueName('renamed')
    await rename(place.settings.database, other)
    await isUndone(place)
    expect(await mathesarSchemas(other)).toEqual(ALL_SCHEMAS)
  })

  it('keeps the record when another program has dropped the schemas since', async () => {
    const place = await committedRemoval()
    const [row] = await sql<{ id: string }>(
      place.settings.database,
      'BEGIN; CREATE TABLE t (); CREATE TEMP TABLE n AS SELECT 1; SELECT pg_current_xact_id()::text AS id',
    )
    changeJournal(place, `commit_mark = json_set(commit_mark, '$.transactionId', ?)`, row?.id ?? '')
    await isUndone(place)
  })
})

describe('an interrupted addition that had committed', () => {
  async function committedAddition(): Promise<World> {
    const place = await world()
    await killAfterCommit(place, place.arguments('add'))
    expect([await namesInStore(place.home), await journalRows(place.home)]).toEqual([[], 1])
    return place
  }

  it('keeps its credentials while the database has another name, and is stored when it has its name back', async () => {
    const place = await committedAddition()
    const { database, user } = place.settings
    const other = uniqueName('renamed')
    await rename(database, other)
    expect((await write(place)).stderr).toContain('has no database')
    await createDatabase({ name: database, owner: user })
    expect((await write(place)).stderr).toContain('nothing proves that they were never installed')
    expect(await journalRows(place.home)).toBe(1)
    await sql('postgres', `DROP DATABASE "${database}"`)
    await rename(other, database)
    expect((await write(place)).stderr).toContain('it is finished now')
    expect(await storedNames(place.home)).toEqual(['x'])
    expect(await cli(['db', 'test', 'x'], { home: place.home })).toMatchObject({ status: 0 })
  })

  it('an interrupted addition that had committed is stored even when Mathesar has created the schemas again since, without their record', async () => {
    const place = await committedAddition()
    const { database } = place.settings
    for (const schema of ALL_SCHEMAS) await sql(database, `COMMENT ON SCHEMA "${schema}" IS NULL`)
    expect((await write(place)).stderr).toContain('it is finished now')
    expect(await storedNames(place.home)).toEqual(['x'])
  })

  it('an interrupted addition that had committed is replaced by the same db add for another database of that name', async () => {
    const place = await committedAddition()
    const { database, user } = place.settings
    await rename(database, uniqueName('renamed'))
    await createDatabase({ name: database, owner: user })
    const { args, input } = place.arguments('add')
    const again = await cli(args, { home: place.home, input })
    expect(again, again.stderr).toMatchObject({ status: 0 })
    expect([await storedNames(place.home), await journalRows(place.home)]).toEqual([['x'], 0])
    expect(await mathesarSchemas(database)).toEqual(ALL_SCHEMAS)
  })

  it('ends when db remove drops it, which stores nothing and succeeds', async () => {
    const place = await committedAddition()
    await rename(place.settings.database, uniqueName('renamed'))
    const run = await cli(['db', 'remove', 'x', '--yes', '--json'], { home: place.home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect([await storedNames(place.home), await journalRows(place.home)]).toEqual([[], 0])
  })
})
