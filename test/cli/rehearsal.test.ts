import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { RemoveDatabaseResult } from '../../src/databases/remove/index.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { journalRows } from '../fault/support.ts'
import { cli, connectionArguments, document, errorOf, startCli } from '../support/cli.ts'
import { ownedDatabase, sql, superuserSettings } from '../support/database.ts'
import {
  ALL_SCHEMAS,
  add,
  mathesarSchemas,
  preparedHome,
  remove,
  storedLibrary,
  storedNames,
} from '../support/installed.ts'
import { startProxy } from '../support/proxy.ts'
import { CTRL_C, ENTER, startTerminal, UP } from '../support/terminal.ts'

const CLEAR_LINE = '\x15'

interface Place {
  home: string
  settings: ConnectionSettings
}

const TABLE = `CREATE TABLE people (id int, mail mathesar_types.email, price mathesar_types.multicurrency_money);
  INSERT INTO people SELECT i, 'a' || i || '@b.c', ROW(i, 'EUR')::mathesar_types.multicurrency_money
    FROM generate_series(1, 50) i;
  CREATE VIEW mails AS SELECT mail FROM people;`

async function inUse(text = TABLE): Promise<Place> {
  const place = await storedLibrary()
  await sql(place.settings.database, text, [], place.settings)
  return place
}

async function isUntouched({ home, settings }: Place): Promise<void> {
  expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
  expect(
    await sql(
      settings.database,
      `SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute
       WHERE attrelid = 'public.people'::regclass AND attnum > 0 ORDER BY attnum`,
    ),
  ).toEqual([
    { type: 'integer' },
    { type: 'mathesar_types.email' },
    { type: 'mathesar_types.multicurrency_money' },
  ])
  expect(await sql(settings.database, 'SELECT count(*)::int AS n FROM mails')).toEqual([{ n: 50 }])
  expect(await storedNames(home)).toEqual(['library'])
  expect(await journalRows(home)).toBe(0)
}

const REHEARSE = ['--remove-schema', '--rehearse']

describe('--rehearse', () => {
  test('lists the locks and the bytes to rewrite, runs the whole removal, and changes nothing', async () => {
    const place = await inUse()
    const { home, settings } = place
    const run = await remove('library', { home, flags: [...REHEARSE, '--on-dependents', 'convert'] })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    const result = document<RemoveDatabaseResult>(run)
    expect(result).toMatchObject({
      name: 'library',
      status: 'rehearsed',
      schemaRemoved: false,
      strategy: 'convert',
      converted: [
        { column: 'mail', newType: 'text' },
        { column: 'price', newType: 'jsonb' },
      ],
      dropped: ['schema msar', 'schema __msar', 'schema mathesar_types'],
      rehearsal: { lockTimeoutMs: 1000 },
    })
    const [{ bytes } = { bytes: 0 }] = await sql<{ bytes: number }>(
      settings.database,
      "SELECT pg_total_relation_size('public.people')::float8 AS bytes",
    )
    expect(result.rewrittenBytes).toBe(bytes)
    expect(result.locks).toContainEqual({ relation: 'public.people', mode: 'ACCESS EXCLUSIVE', bytes })
    expect(result.locks).toContainEqual({ relation: 'public.mails', mode: 'ACCESS EXCLUSIVE', bytes: 0 })
    const names = (locks: readonly { relation: string }[] = []) =>
      locks.map(({ relation }) => relation).sort()
    expect(names(result.rehearsal?.locks)).toEqual(names(result.locks))
    await isUntouched(place)
  })

  test('prints what it would do on stdout, and locks, sizes and times on stderr', async () => {
    const place = await inUse()
    const { home } = place
    const args = ['db', 'remove', 'library', ...REHEARSE, '--on-dependents', 'convert']
    const unconfirmed = await cli(args, { home })
    expect([unconfirmed.status, unconfirmed.stdout]).toEqual([2, ''])
    expect(unconfirmed.stderr).toMatch(/^public\.people +ACCESS EXCLUSIVE +\d+ kB$/m)
    expect(unconfirmed.stderr).toContain('Rehearsing the removal of "library" needs a confirmation')
    const run = await cli([...args, '--yes'], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(run.stdout.split('\n')).toEqual([
      'would convert public.people.mail from mathesar_types.email to text',
      'would convert public.people.price from mathesar_types.multicurrency_money to jsonb',
      'would drop schema msar',
      'would drop schema __msar',
      'would drop schema mathesar_types',
      '',
    ])
    expect(run.stderr).toMatch(/^public\.mails +ACCESS EXCLUSIVE +-$/m)
    expect(run.stderr).toMatch(/\d+ kB are rewritten/)
    expect(run.stderr).toMatch(/The removal would succeed\. It ran in [\d.]+ s and was rolled back/)
    expect(run.stderr).toMatch(/It locked 3 relations for [\d.]+ s\./)
    const quiet = await cli([...args, '--yes', '--quiet'], { home })
    expect([quiet.status, quiet.stderr]).toEqual([0, ''])
    await isUntouched(place)
  })

  test('needs the same confirmation as the removal where it cascades', async () => {
    const place = await inUse()
    const { home, settings } = place
    const args = ['db', 'remove', 'library', ...REHEARSE, '--on-dependents', 'cascade', '--json']
    for (const more of [[], ['--yes'], ['--confirm', settings.database], ['--yes', '--confirm', 'library']]) {
      const run = await cli([...args, ...more], { home })
      expect([more, run.status, errorOf(run).code]).toEqual([more, 2, 'USAGE'])
    }
    const run = await cli([...args, '--yes', '--confirm', settings.database], { home })
    expect(document(run)).toMatchObject({
      status: 'rehearsed',
      dropped: expect.arrayContaining(['view public.mails', 'column public.people.mail', 'schema msar']),
      rewrittenBytes: 0,
    })
    await isUntouched(place)
  })

  test('rehearses --keep-types, and stops at dependents like the removal', async () => {
    const place = await inUse()
    const { home } = place
    const keepingTypes = await remove('library', { home, flags: [...REHEARSE, '--keep-types'] })
    expect(document(keepingTypes)).toMatchObject({
      status: 'rehearsed',
      typesKept: true,
      dropped: ['schema msar', 'schema __msar'],
      locks: [],
    })
    const refused = await remove('library', { home, flags: REHEARSE })
    expect([refused.status, errorOf(refused).code]).toEqual([8, 'DEPENDENTS_EXIST'])
    await isUntouched(place)
  })

  test('fails as the removal would where only a run shows it', async () => {
    // A materialized view that is not up to date: no catalog says so.
    const place = await inUse(`${TABLE} CREATE MATERIALIZED VIEW stale AS SELECT mail FROM people;
      UPDATE people SET mail = 'new@b.c' WHERE id = 1;`)
    const { home } = place
    const flags = ['--remove-schema', '--on-dependents', 'convert']
    expect(await remove('library', { home, flags: [...flags, '--dry-run'] })).toMatchObject({ status: 0 })
    const rehearsed = await remove('library', { home, flags: [...flags, '--rehearse'] })
    await isUntouched(place)
    const removed = await remove('library', { home, flags })
    expect(rehearsed.status).toBe(8)
    expect(errorOf(rehearsed)).toEqual(errorOf(removed))
  })

  test('stops waiting for a lock after a second, or after --lock-timeout', async () => {
    const place = await inUse()
    const { host, port, database, user, password } = place.settings
    const busy = new pg.Client({ host, port, user, password: password ?? '', database, ssl: false })
    await busy.connect()
    onTestFinished(() => busy.end())
    await busy.query('BEGIN; LOCK TABLE people IN ACCESS SHARE MODE')
    const flags = [...REHEARSE, '--on-dependents', 'convert']
    const run = await remove('library', { home: place.home, flags })
    expect([run.status, errorOf(run)]).toMatchObject([
      1,
      { code: 'LOCKED', message: expect.stringMatching(/holds a lock on public\.people .*waited 1 s/) },
    ])
    const short = await remove('library', { home: place.home, flags: [...flags, '--lock-timeout', '0.2'] })
    expect(errorOf(short)).toMatchObject({ code: 'LOCKED', message: expect.stringContaining('0.2 s') })
    await busy.query('ROLLBACK')
    await isUntouched(place)
  })

  test('--rehearse is refused on a read-only server', async () => {
    const place = await inUse()
    const { settings, home } = place
    await sql(
      'postgres',
      `ALTER ROLE "${settings.user}" IN DATABASE "${settings.database}" SET default_transaction_read_only = on`,
    )
    const run = await remove('library', { home, flags: [...REHEARSE, '--on-dependents', 'convert'] })
    expect([run.status, errorOf(run).code]).toEqual([3, 'READ_ONLY_SERVER'])
    await isUntouched(place)
  })

  test.each([
    ['without --remove-schema', ['--rehearse'], 'rehearse'],
    ['with --dry-run', [...REHEARSE, '--dry-run'], 'rehearse'],
    ['with --forget-unreachable', [...REHEARSE, '--forget-unreachable'], 'forget-unreachable'],
  ])('--rehearse is wrong usage %s', async (_, flags, field) => {
    const place = await inUse()
    const run = await remove('library', { home: place.home, flags })
    expect([run.status, errorOf(run)]).toMatchObject([2, { code: 'USAGE', field }])
    await isUntouched(place)
  })

  test('--rehearse is wrong usage with --dry-run for schema remove, and works otherwise', async () => {
    const place = await inUse()
    const args = ['schema', 'remove', ...connectionArguments(place.settings), '--json', '--yes']
    const env = { PGPASSWORD: place.settings.password ?? '' }
    const run = (...more: string[]) => cli([...args, '--rehearse', ...more], { home: place.home, env })
    expect(errorOf(await run('--dry-run'))).toMatchObject({ code: 'USAGE', field: 'rehearse' })
    expect(document(await run('--on-dependents', 'convert'))).toMatchObject({
      status: 'rehearsed',
      converted: [{ column: 'mail' }, { column: 'price' }],
      rehearsal: { locks: expect.arrayContaining([expect.objectContaining({ relation: 'public.people' })]) },
    })
    await isUntouched(place)
    await sql(place.settings.database, 'DROP TABLE people CASCADE')
    expect(document(await run())).toMatchObject({ status: 'rehearsed', converted: [] })
    expect(document(await cli(args, { home: place.home, env }))).toMatchObject({ status: 'removed' })
    expect(document(await run())).toMatchObject({ status: 'absent' })
  })

  test('reports an unknown name or an unreachable server, and forgets nothing', async () => {
    const { home } = await inUse()
    const unknown = await remove('another', { home, flags: REHEARSE })
    expect([unknown.status, errorOf(unknown).code]).toEqual([7, 'NOT_FOUND'])
    const lostDatabase = await ownedDatabase()
    expect(await add('gone', lostDatabase, { home })).toMatchObject({ status: 0 })
    await sql('postgres', `DROP DATABASE "${lostDatabase.database}"`)
    const run = await remove('gone', { home, flags: REHEARSE })
    expect([run.status, errorOf(run).code]).toEqual([3, 'DATABASE_DOES_NOT_EXIST'])
    expect(await storedNames(home)).toEqual(['gone', 'library'])
  })

  test('reports what an interrupted run left, and leaves it', async () => {
    const place = await inUse()
    const { home, settings } = place
    const direct = await ownedDatabase()
    let isKilled = false
    const proxy = await startProxy({
      target: direct,
      onPassage: ({ direction, bytes }) => {
        if (direction === 'to client' && bytes.includes('mathesarctl progress'))
          isKilled ||= child.kill('SIGKILL')
        return 'pass'
      },
    })
    onTestFinished(() => proxy.close())
    const through = { ...direct, host: proxy.host, port: proxy.port }
    const { child, done } = startCli(
      ['db', 'add', 'other', ...connectionArguments(through), '--password-stdin', '--json'],
      { home, input: direct.password ?? '' },
    )
    await done
    expect([isKilled, await journalRows(home)]).toEqual([true, 1])
    const run = await remove('library', { home, flags: [...REHEARSE, '--on-dependents', 'convert'] })
    expect(document(run)).toMatchObject({
      status: 'rehearsed',
      warnings: [expect.stringContaining('Adding "other"')],
    })
    expect(await journalRows(home)).toBe(1)
    expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
  })

  test('rolls back at once on SIGINT', async () => {
    const home = await preparedHome()
    const direct = await ownedDatabase()
    const midway = Promise.withResolvers<void>()
    let isArmed = false
    const proxy = await startProxy({
      target: direct,
      onPassage: ({ direction, bytes }) => {
        if (!isArmed || direction !== 'to client' || !bytes.includes('mathesarctl progress')) return 'pass'
        midway.resolve()
        return 'hold'
      },
    })
    onTestFinished(() => proxy.close())
    const settings = { ...direct, host: proxy.host, port: proxy.port }
    expect(await add('library', settings, { home })).toMatchObject({ status: 0 })
    await sql(direct.database, TABLE, [], direct)
    isArmed = true
    const { child, done } = startCli(
      ['db', 'remove', 'library', ...REHEARSE, '--on-dependents', 'convert', '--yes', '--json'],
      { home },
    )
    await midway.promise
    child.kill('SIGINT')
    const run = await done
    expect([run.status, errorOf(run).code]).toEqual([130, 'ABORTED'])
    await expect
      .poll(() =>
        sql(
          'postgres',
          "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND application_name = 'mathesarctl'",
          [direct.database],
        ),
      )
      .toEqual([])
    await isUntouched({ home, settings: direct })
  })
})

describe('at a terminal', () => {
  test('shows the locks with --rehearse, asks, and then offers the removal itself', async () => {
    const place = await inUse()
    const args = ['db', 'remove', 'library', ...REHEARSE, '--on-dependents', 'convert']
    const no = startTerminal(args, { home: place.home })
    await no.see(/public\.people +ACCESS EXCLUSIVE +\d+ kB/)
    await no.answer('Take these locks, run it and roll it back?', '')
    expect((await no.ended()).status).toBe(10)

    const only = startTerminal(args, { home: place.home, columns: 60 })
    await only.answer('Take these locks, run it and roll it back?', 'y')
    await only.see('The removal would succeed')
    await only.answer('Run the removal itself now?', '')
    await only.see('would drop schema msar')
    expect((await only.ended()).status).toBe(0)
    expect(only.screen()).toMatch(
      /would drop schema mathesar_types\nThe rehearsal succeeded\. Nothing was removed\.$/,
    )
    const again = only.screen().slice(only.screen().indexOf('The removal would succeed')).replace(/\s+/g, ' ')
    expect(again).toMatch(
      /The removal itself: 2 columns change to plain types[^?]* It recreates: view public\.mails\. The removal drops msar, __msar and mathesar_types, and removes the stored credentials of "library"\. ✔ Run the removal itself now\? No/,
    )
    for (const line of only.screen().split('\n')) expect(line.length, line).toBeLessThanOrEqual(60)
    await isUntouched(place)

    const both = startTerminal(args, { home: place.home })
    await both.answer('Take these locks, run it and roll it back?', 'y')
    await both.answer('Run the removal itself now?', 'y')
    await both.see('converted public.people.mail from mathesar_types.email to text')
    await both.see('Removed "library"')
    expect((await both.ended()).status).toBe(0)
    expect(await mathesarSchemas(place.settings.database)).toEqual([])
    expect(await storedNames(place.home)).toEqual([])
  })

  test('offers in the choice to rehearse first, and removes afterwards if the operator wants', async () => {
    const place = await inUse()
    const choose = async () => {
      const terminal = startTerminal(['db', 'remove', 'library'], { home: place.home })
      await terminal.answer('Remove the Mathesar schemas too?', 'y')
      await terminal.see('Nothing changes.')
      terminal.type(`${UP.repeat(5)}${ENTER}`)
      await terminal.see('What do you want to rehearse?')
      await terminal.see('Nothing changes.')
      expect(terminal.screen()).not.toContain('remove the stored credentials only')
      return terminal
    }
    const canceled = await choose()
    canceled.type(ENTER)
    expect((await canceled.ended()).status).toBe(10)
    const declined = await choose()
    declined.type(`${UP.repeat(3)}${ENTER}`)
    await declined.answer('Take these locks', 'y')
    await declined.answer('Run the removal itself now?', 'n')
    await declined.see('The rehearsal succeeded. Nothing was removed.')
    expect((await declined.ended()).status).toBe(10)
    await isUntouched(place)
    const terminal = await choose()
    terminal.type(`${UP.repeat(3)}${ENTER}`)
    await terminal.answer('Take these locks', 'y')
    await terminal.answer('Run the removal itself now?', 'y')
    await terminal.see('Removed "library"')
    expect((await terminal.ended()).status).toBe(0)
    expect(await mathesarSchemas(place.settings.database)).toEqual([])
  })

  test('asks for the name before a rehearsal that cascades, and again before the removal', async () => {
    const place = await inUse()
    const { database } = place.settings
    const args = ['db', 'remove', 'library', ...REHEARSE, '--on-dependents', 'cascade', '--yes']
    const wrong = startTerminal(args, { home: place.home })
    await wrong.answer('To rehearse that, type the name of the PostgreSQL database', 'library')
    await wrong.see('That is not the name of the database.')
    wrong.type(`${CLEAR_LINE}${ENTER}`)
    expect((await wrong.ended()).status).toBe(10)
    await isUntouched(place)

    const argsWithQuestions = args.filter((arg) => arg !== '--yes')
    const declined = startTerminal([...argsWithQuestions, '--quiet'], { home: place.home })
    await declined.answer('To rehearse that, type the name', database)
    await declined.answer('Run the removal itself now?', 'n')
    expect((await declined.ended()).status).toBe(0)
    expect(declined.screen()).toMatch(/The rehearsal succeeded\. Nothing was removed\.$/)
    await isUntouched(place)

    const second = startTerminal(argsWithQuestions, { home: place.home })
    await second.answer('To rehearse that, type the name', database)
    await second.answer('Run the removal itself now?', 'y')
    await second.answer('To drop all that, type the name', '')
    await second.see('Nothing was removed.')
    expect((await second.ended()).status).toBe(10)
    await isUntouched(place)

    const both = startTerminal(argsWithQuestions, { home: place.home })
    await both.answer('To rehearse that, type the name', database)
    await both.answer('Run the removal itself now?', 'y')
    await both.answer('To drop all that, type the name', database)
    await both.see('dropped column public.people.mail')
    expect((await both.ended()).status).toBe(0)
    expect(await mathesarSchemas(database)).toEqual([])
  })

  test('accepts r as an answer to the question before a removal', async () => {
    const place = await inUse()
    await sql(place.settings.database, 'DROP TABLE people CASCADE')
    const terminal = startTerminal(['db', 'remove', 'library', '--remove-schema'], { home: place.home })
    await terminal.see('Answer r to rehearse it first')
    await terminal.answer(/Drop these schemas.*\(y\/N\/r\)/, 'r')
    await terminal.see('mathesar_types.top_level_domains')
    await terminal.answer('Take these locks', 'y')
    await terminal.answer('Run the removal itself now?', 'y')
    await terminal.see('Removed "library"')
    expect((await terminal.ended()).status).toBe(0)
    expect(await mathesarSchemas(place.settings.database)).toEqual([])
  })

  test('changes nothing when Ctrl-C answers the question after a rehearsal', async () => {
    const place = await inUse()
    const args = [
      'schema',
      'remove',
      ...connectionArguments(place.settings),
      '--rehearse',
      '--on-dependents',
      'convert',
    ]
    const env = { PGPASSWORD: place.settings.password ?? '' }
    const terminal = startTerminal(args, { home: place.home, env })
    await terminal.answer('Take these locks', 'y')
    await terminal.see('Run the removal itself now?')
    terminal.type(CTRL_C)
    expect((await terminal.ended()).status).toBe(130)
    await isUntouched(place)
  })

  test('rehearses with --yes and asks nothing more', async () => {
    const place = await inUse()
    const args = ['db', 'remove', 'library', ...REHEARSE, '--on-dependents', 'convert', '--yes']
    const terminal = startTerminal(args, { home: place.home })
    expect((await terminal.ended()).status).toBe(0)
    expect(terminal.screen()).not.toContain('Run the removal itself')
    await isUntouched(place)
  })
})

test('warns of a lock that other code acquires beside the announced locks', async () => {
  const { home, settings } = await inUse()
  await sql(
    settings.database,
    `CREATE TABLE public.log (tag text);
     CREATE FUNCTION public.noted() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
       AS 'BEGIN INSERT INTO public.log VALUES (tg_tag); END';
     CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION public.noted();`,
  )
  const run = await remove('library', { home, flags: [...REHEARSE, '--on-dependents', 'convert'] })
  expect(document(run)).toMatchObject({
    status: 'rehearsed',
    notes: ['public.log was locked too (ROW EXCLUSIVE), by code that runs with the removal.'],
  })
  expect(await sql(settings.database, 'SELECT FROM log')).toEqual([])
})

test('acquires the announced locks when a superuser rehearses', async () => {
  const { home, settings } = await inUse()
  const superuser = superuserSettings(settings.database)
  const run = await cli(
    [
      'schema',
      'remove',
      ...connectionArguments(superuser),
      '--rehearse',
      '--on-dependents',
      'convert',
      '--yes',
      '--json',
    ],
    { home, env: { PGPASSWORD: superuser.password ?? '' } },
  )
  expect(document(run)).toMatchObject({ status: 'rehearsed', notes: [] })
})
