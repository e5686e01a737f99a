import { describe, expect, test } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { connectionArguments } from '../support/cli.ts'
import { sql } from '../support/database.ts'
import { ALL_SCHEMAS, mathesarSchemas, storedLibrary, storedNames } from '../support/installed.ts'
import { CTRL_C, DOWN, ENTER, startTerminal, type TerminalRun, UP } from '../support/terminal.ts'

interface Place {
  home: string
  settings: ConnectionSettings
}

const CLEAR_LINE = '\x15'
const LAST_QUESTION = 'Drop these schemas and remove the stored credentials of "library"?'
const TABLE = `CREATE TABLE people (id int, mail mathesar_types.email);
  INSERT INTO people SELECT i, 'a' || i || '@b.c' FROM generate_series(1, 50) i;`

async function inUse(text = TABLE): Promise<Place> {
  const place = await storedLibrary()
  await sql(place.settings.database, text, [], place.settings)
  return place
}

/** Up to the choice, whose last answer, to cancel, is the preset one. */
async function offered({ home }: Place, columns = 80): Promise<TerminalRun> {
  const terminal = startTerminal(['db', 'remove', 'library'], { home, columns })
  await terminal.answer('Remove the Mathesar schemas too?', 'y')
  await terminal.see('What should happen to them?')
  await terminal.see('Nothing changes.')
  return terminal
}

async function mailType({ settings }: Place): Promise<unknown> {
  const [row] = await sql<{ type: string }>(
    settings.database,
    `SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute
      WHERE attrelid = 'public.people'::regclass AND attname = 'mail'`,
  )
  return row?.type
}

async function isUntouched(place: Place): Promise<void> {
  expect(await mathesarSchemas(place.settings.database)).toEqual(ALL_SCHEMAS)
  expect(await mailType(place)).toBe('mathesar_types.email')
  expect(await storedNames(place.home)).toEqual(['library'])
}

describe('db remove, where something depends on the schemas', () => {
  test('lists it and what each choice would do, within 80 columns; the default is to cancel', async () => {
    const place = await inUse(`${TABLE}
      CREATE TABLE a_relation_whose_name_is_so_long_that_nothing_fits (its_column mathesar_types.mathesar_money);`)
    const terminal = await offered(place)
    const screen = terminal.screen()
    expect(screen).toContain('2 columns of 2 tables depend')
    expect(screen).toMatch(/^public\.people\.mail +column +mathesar_types\.email +~?50$/m)
    terminal.type(UP)
    await terminal.see('Nothing in the database changes.')
    terminal.type(UP)
    await terminal.see(/2 columns with the values of (about )?50 rows\s+are dropped\s+for\s+good/)
    await terminal.see('You type')
    terminal.type(UP)
    await terminal.see('mathesar_types stays')
    terminal.type(UP)
    await terminal.see(/2 columns change to plain types/)
    await terminal.see(/2 relations\s+outside\s+the\s+Mathesar\s+schemas\s+are\s+locked\s+meanwhile/)
    terminal.type(`${DOWN.repeat(4)}${ENTER}`)
    expect((await terminal.ended()).status).toBe(10)
    await terminal.see('Nothing was removed.')
    for (const line of terminal.screen().split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    // The terminal did not break a line either, which would show as a full one.
    for (const line of terminal.screen().split('\n')) expect(line).not.toMatch(/^.{79}[a-z]$/)
    await isUntouched(place)
  })

  test('converts it when the operator chooses that and agrees', async () => {
    const place = await inUse()
    const no = await offered(place)
    no.type(`${UP.repeat(4)}${ENTER}`)
    await no.answer(LAST_QUESTION, '')
    expect((await no.ended()).status).toBe(10)
    await isUntouched(place)
    const terminal = await offered(place)
    terminal.type(`${UP.repeat(4)}${ENTER}`)
    await terminal.see(/1 column changes to a plain type, and the values of/)
    await terminal.answer(LAST_QUESTION, 'y')
    await terminal.see('converted public.people.mail from mathesar_types.email to text')
    await terminal.see('Removed "library"')
    expect((await terminal.ended()).status).toBe(0)
    expect(terminal.screen()).toMatch(/credentials of "library"\? Yes$/m)
    expect(await mailType(place)).toBe('text')
    expect(await mathesarSchemas(place.settings.database)).toEqual([])
    expect(await storedNames(place.home)).toEqual([])
  })

  test('keeps the types when the operator chooses that and agrees', async () => {
    const place = await inUse()
    const no = await offered(place)
    no.type(`${UP.repeat(3)}${ENTER}`)
    await no.answer(LAST_QUESTION, 'n')
    expect((await no.ended()).status).toBe(10)
    await isUntouched(place)
    const terminal = await offered(place)
    terminal.type(`${UP.repeat(3)}${ENTER}`)
    await terminal.see(/msar \(\d+ objects\)\.\s+mathesar_types\s+stays\./)
    await terminal.answer(LAST_QUESTION, 'y')
    await terminal.see('mathesar_types stays.')
    expect((await terminal.ended()).status).toBe(0)
    expect(await mailType(place)).toBe('mathesar_types.email')
    expect(await mathesarSchemas(place.settings.database)).toEqual(['mathesar_types'])
    expect(await storedNames(place.home)).toEqual([])
  })

  test('drops it only after the operator types the name of the database', async () => {
    const place = await inUse()
    const { database } = place.settings
    const wrong = await offered(place)
    wrong.type(`${UP.repeat(2)}${ENTER}`)
    await wrong.see(`name of the PostgreSQL database (${database})`)
    wrong.type(`${database.slice(0, -1)}`)
    wrong.type(ENTER)
    await wrong.see('That is not the name of the database.')
    wrong.type(`${CLEAR_LINE}library`)
    await wrong.see('That is not the name of the database.')
    wrong.type(`${CLEAR_LINE}${ENTER}`)
    await wrong.see('Nothing was removed.')
    expect((await wrong.ended()).status).toBe(10)
    expect(wrong.screen()).toMatch(/^\? To drop all that, type the name/m)
    expect(wrong.screen()).toMatch(/Enter alone\s+cancels/)
    await isUntouched(place)

    const corrected = await offered(place)
    corrected.type(`${UP.repeat(2)}${ENTER}`)
    await corrected.answer('name of the PostgreSQL database', `${database}x`)
    await corrected.see('That is not the name of the database.')
    corrected.type(`\x7f${CTRL_C}`)
    expect((await corrected.ended()).status).toBe(130)
    await isUntouched(place)

    const terminal = await offered(place)
    terminal.type(`${UP.repeat(2)}${ENTER}`)
    await terminal.see(/removes the stored\s+credentials of\s+"library"/)
    await terminal.answer('name of the PostgreSQL database', database)
    await terminal.see('dropped column public.people.mail')
    await terminal.see('Removed "library"')
    expect((await terminal.ended()).status).toBe(0)
    expect(await mathesarSchemas(database)).toEqual([])
    expect(await sql(database, 'SELECT * FROM people LIMIT 1')).toEqual([{ id: 1 }])
  })

  test('rehearses before it drops, where the answer is r instead of the name', async () => {
    const place = await inUse()
    const { database } = place.settings
    const terminal = await offered(place)
    terminal.type(`${UP.repeat(2)}${ENTER}`)
    await terminal.see('name of the PostgreSQL database')
    expect(terminal.screen()).toMatch(/Answer r to\s+rehearse\s+it\s+first/)
    expect(terminal.screen()).toMatch(/drops msar, __msar and\s+mathesar_types,\s+and\s+removes/)
    terminal.type(`r${ENTER}`)
    await terminal.answer('To rehearse that, type the name of the PostgreSQL database', database)
    await terminal.see('The removal would succeed')
    await isUntouched(place)
    await terminal.answer('Run the removal itself now?', 'y')
    await terminal.answer('To drop all that, type the name of the PostgreSQL database', database)
    await terminal.see('Removed "library"')
    expect((await terminal.ended()).status).toBe(0)
    expect(terminal.screen()).not.toContain('add --rehearse')
    expect(terminal.screen()).toMatch(/^✔ To drop all that, [^?]*cancels:\s+Rehearse it first$/m)
    // The question for the removal itself stands below what it drops.
    expect(terminal.screen()).toMatch(
      /^The removal itself: 1 column[^?]*dropped\s+for\s+good[^?]*The removal drops msar[^?]*"library"\.\n✔ Run the removal itself now\? Yes\n✔ To drop all that/m,
    )
    // Once before the first question, and once before the removal after the rehearsal.
    expect(terminal.screen().match(/The removal drops msar/g)).toHaveLength(2)
    expect(await mathesarSchemas(database)).toEqual([])
  })

  test('neither drops nor converts objects that were created after the list was shown', async () => {
    const place = await inUse()
    const { database } = place.settings
    for (const [ups, name] of [
      [2, 'late'],
      [4, 'later'],
    ] as const) {
      const terminal = await offered(place)
      await sql(database, `CREATE TABLE ${name} (mail mathesar_types.email)`, [], place.settings)
      terminal.type(`${UP.repeat(ups)}${ENTER}`)
      if (ups === 2) await terminal.answer('name of the PostgreSQL database', database)
      else await terminal.answer(LAST_QUESTION, 'y')
      await terminal.see(`public.${name}.mail`)
      await terminal.see(/one\s+more\s+has\s+come\s+into\s+being/)
      expect((await terminal.ended()).status).toBe(8)
      await isUntouched(place)
    }
  })

  test('leaves the schemas and removes the credentials when the operator chooses that and agrees', async () => {
    const place = await inUse()
    const no = await offered(place)
    no.type(`${UP}${ENTER}`)
    await no.answer('Remove the stored credentials of "library"?', '')
    expect((await no.ended()).status).toBe(10)
    await isUntouched(place)
    const terminal = await offered(place)
    terminal.type(`${UP}${ENTER}`)
    await terminal.answer('Remove the stored credentials of "library"?', 'y')
    await terminal.see('The database was not touched.')
    expect((await terminal.ended()).status).toBe(0)
    expect(await mathesarSchemas(place.settings.database)).toEqual(ALL_SCHEMAS)
    expect(await storedNames(place.home)).toEqual([])
  })

  test('changes nothing on Ctrl-C at the choice and at the name', async () => {
    const place = await inUse()
    const first = await offered(place)
    first.type(CTRL_C)
    expect((await first.ended()).status).toBe(130)
    const second = await offered(place)
    second.type(`${UP.repeat(2)}${ENTER}`)
    await second.see('name of the PostgreSQL database')
    second.type(CTRL_C)
    expect((await second.ended()).status).toBe(130)
    await isUntouched(place)
  })

  test('offers no conversion where one is refused, and prints the statements that clear the way', async () => {
    const name = 'a_view_whose_name_is_so_long_that_no_statement_on_it_fits_there'
    const place = await inUse(
      `${TABLE} CREATE VIEW ${name} AS SELECT mathesar_types.email_local_part(mail) FROM people;`,
    )
    const terminal = await offered(place)
    const screen = terminal.screen()
    expect(screen).toContain('Converting is not offered')
    // On an emulated screen of 80 columns it goes on in the next line, without a line break in what was
    // written.
    expect(terminal.raw()).toContain(`DROP VIEW public.${name};`)
    expect(screen).toContain(`  view public.${name}`)
    expect(screen).toMatch(/can't be converted: it uses function\s+mathesar_types\.email_local_part/)
    expect(screen).toMatch(/Before you run a DROP, save the definition/)
    expect(screen).not.toContain('Convert them')
    terminal.type(`${UP.repeat(4)}${ENTER}`)
    await terminal.see("Converting can't be rehearsed, since 1 object can't be converted.")
    await terminal.see('Nothing changes.')
    terminal.type(ENTER)
    expect((await terminal.ended()).status).toBe(10)
    await isUntouched(place)
  })

  test('lists twenty of many, and all of them before it drops them', async () => {
    const place = await inUse(`${TABLE}
      DO $$ BEGIN FOR i IN 10..40 LOOP
        EXECUTE format('CREATE TABLE t%s (mail mathesar_types.email)', i);
      END LOOP; END $$;`)
    const terminal = await offered(place)
    expect(terminal.screen()).toContain('and 12 more: "mathesarctl schema dependents library" lists all')
    expect(terminal.screen().match(/^public\./gm)).toHaveLength(20)
    expect(terminal.screen()).not.toContain('public.t40.mail')
    terminal.type(`${UP.repeat(2)}${ENTER}`)
    await terminal.see('public.t40.mail')
    await terminal.answer('name of the PostgreSQL database', place.settings.database)
    await terminal.see('Removed "library"')
    expect((await terminal.ended()).status).toBe(0)
    expect(terminal.screen().match(/^dropped column /gm)).toHaveLength(32)
  })

  test('asks again about dependents of msar after the operator keeps the types', async () => {
    const place = await inUse(`${TABLE} CREATE VIEW q AS SELECT msar.schema_exists('public');`)
    const terminal = await offered(place)
    terminal.type(UP.repeat(3))
    await terminal.see(/1 object uses\s+msar or __msar/)
    terminal.type(ENTER)
    await terminal.see('public.q')
    await terminal.see('What should happen to them?')
    await terminal.see('Nothing changes.')
    terminal.type(`${UP.repeat(2)}${ENTER}`)
    await terminal.answer('name of the PostgreSQL database', place.settings.database)
    await terminal.see('dropped view public.q')
    expect((await terminal.ended()).status).toBe(0)
    expect(await mailType(place)).toBe('mathesar_types.email')
    expect(await mathesarSchemas(place.settings.database)).toEqual(['mathesar_types'])
  })
})

test('offers the choices in a dry run too, and changes nothing', async () => {
  const place = await inUse('CREATE TABLE people (id int, mail mathesar_types.email DEFAULT $$a@b.c$$);')
  const terminal = startTerminal(['db', 'remove', 'library', '--dry-run'], { home: place.home })
  await terminal.answer('Remove the Mathesar schemas too?', 'y')
  await terminal.see('What would you do with them?')
  await terminal.see('Nothing changes.')
  expect(terminal.screen()).not.toContain('Rehearse one of these first')
  terminal.type(UP.repeat(2))
  await terminal.see('dropped')
  expect(terminal.screen()).not.toContain('You type')
  terminal.type(`${UP.repeat(2)}${ENTER}`)
  await terminal.see('It recreates: default value for public.people.mail.')
  await terminal.see('would convert public.people.mail from mathesar_types.email to text')
  await terminal.see('would drop schema mathesar_types')
  await terminal.see('Nothing was changed; without --dry-run this would convert 1 column')
  expect((await terminal.ended()).status).toBe(0)
  await isUntouched(place)
})

test('says after a removal of the record alone what happens to the schemas', async () => {
  const place = await inUse()
  const terminal = startTerminal(['db', 'remove', 'library'], { home: place.home, columns: 200 })
  await terminal.answer('Remove the Mathesar schemas too?', 'n')
  await terminal.see(/^Internal database: \S+internal\.sqlite3\r?$/m)
  await terminal.see('The database itself is not touched.')
  await terminal.answer('Remove the stored credentials of "library"?', 'y')
  await terminal.see('The database was not touched.')
  await terminal.see('If the database has the Mathesar schemas, it keeps them.')
  await terminal.see('"mathesarctl schema remove --dsn URI" drops them')
  expect((await terminal.ended()).status).toBe(0)
})

describe('with the strategy as a flag', () => {
  test('convert lists dependents and consequences, and asks', async () => {
    const place = await inUse()
    const args = ['db', 'remove', 'library', '--remove-schema', '--on-dependents', 'convert']
    const no = startTerminal(args, { home: place.home })
    await no.see('public.people.mail')
    await no.see('1 column changes to a plain type')
    await no.answer(LAST_QUESTION, '')
    expect((await no.ended()).status).toBe(10)
    await isUntouched(place)
    const yes = startTerminal([...args, '--yes'], { home: place.home })
    expect((await yes.ended()).status).toBe(0)
    expect(await mailType(place)).toBe('text')
  })

  test('cascade with --yes still asks for the name, and lists what it drops even with --quiet', async () => {
    const place = await inUse()
    const args = [
      'db',
      'remove',
      'library',
      '--remove-schema',
      '--on-dependents',
      'cascade',
      '--yes',
      '--quiet',
    ]
    const terminal = startTerminal(args, { home: place.home })
    await terminal.see('public.people.mail')
    await terminal.see('dropped for good')
    await terminal.answer('name of the PostgreSQL database', place.settings.database)
    await terminal.see('dropped column public.people.mail')
    expect((await terminal.ended()).status).toBe(0)
    expect(await storedNames(place.home)).toEqual([])
  })

  test('cascade with --confirm asks y/N, and with --yes nothing', async () => {
    const place = await inUse()
    const args = ['db', 'remove', 'library', '--remove-schema', '--on-dependents', 'cascade']
    const confirmFlags = ['--confirm', place.settings.database]
    const no = startTerminal([...args, ...confirmFlags], { home: place.home })
    await no.see('public.people.mail')
    await no.answer('Drop these schemas', 'n')
    expect((await no.ended()).status).toBe(10)
    await isUntouched(place)
    const yes = startTerminal([...args, ...confirmFlags, '--yes'], { home: place.home })
    expect((await yes.ended()).status).toBe(0)
  })

  test('--yes alone chooses nothing', async () => {
    const place = await inUse()
    const terminal = startTerminal(['db', 'remove', 'library', '--remove-schema', '--yes'], {
      home: place.home,
    })
    expect((await terminal.ended()).status).toBe(8)
    expect(terminal.screen()).toContain('convert: becomes text; cascade: is dropped')
    await isUntouched(place)
  })
})

test('schema remove offers the same choices, except about the credentials', async () => {
  const place = await inUse()
  const start = () =>
    startTerminal(['schema', 'remove', ...connectionArguments(place.settings)], {
      home: place.home,
      env: { PGPASSWORD: place.settings.password ?? '' },
    })
  const canceled = start()
  await canceled.see('What should happen to them?')
  await canceled.see('Nothing changes.')
  expect(canceled.screen()).not.toContain('credentials')
  canceled.type(ENTER)
  expect((await canceled.ended()).status).toBe(10)
  await isUntouched(place)
  const terminal = start()
  await terminal.see('Nothing changes.')
  terminal.type(`${UP.repeat(3)}${ENTER}`)
  await terminal.answer(/Drop .*msar.* from database "db_/, 'y')
  await terminal.see('Removed the Mathesar schemas.')
  expect((await terminal.ended()).status).toBe(0)
  expect(await mailType(place)).toBe('text')
})

test('a removal names the command that prints what the terminal has no room for, of a stored database', async () => {
  const place = await inUse()
  const stored = await offered(place, 60)
  expect(stored.screen().replace(/\s+/g, ' ')).toContain(
    'too narrow for: TYPE. To print everything: mathesarctl schema dependents library --json ',
  )
  stored.type(ENTER)
  await stored.ended()
  const other = startTerminal(['schema', 'remove', ...connectionArguments(place.settings)], {
    home: place.home,
    env: { PGPASSWORD: place.settings.password ?? '' },
    columns: 60,
  })
  await other.see('Nothing changes.')
  other.type(ENTER)
  await other.ended()
  expect(other.screen().replace(/\s+/g, ' ')).toContain('too narrow for: TYPE. A wider one shows everything.')
  expect(other.screen()).not.toContain('schema dependents')
  const listing = startTerminal(['schema', 'dependents', 'library'], { home: place.home, columns: 60 })
  await listing.ended()
  expect(listing.screen()).toMatch(/^ {4}mathesarctl schema dependents library --json$/m)
})

test('offers to keep the types only where msar or __msar can be removed', async () => {
  const place = await inUse()
  await sql(place.settings.database, 'DROP SCHEMA msar, __msar CASCADE')
  const args = ['schema', 'remove', 'library']
  const terminal = startTerminal(args, { home: place.home })
  await terminal.see('Nothing changes.')
  expect(terminal.screen()).toContain('Convert them to plain types')
  expect(terminal.screen()).toContain('Drop them, with the values in them')
  expect(terminal.screen()).not.toContain('Keep the types')
  terminal.type(ENTER)
  expect((await terminal.ended()).status).toBe(10)
  const refused = startTerminal([...args, '--yes'], { home: place.home })
  expect((await refused.ended()).status).toBe(8)
  expect(refused.screen()).toContain('--on-dependents convert')
  expect(refused.screen()).not.toContain('--keep-types')
})

test('schema dependents fits the terminal, colored or not', async () => {
  const place = await inUse()
  for (const [columns, env] of [
    [80, {}],
    [70, { NO_COLOR: '1' }],
  ] as const) {
    const terminal = startTerminal(['schema', 'dependents', ...connectionArguments(place.settings)], {
      home: place.home,
      columns,
      env: { ...env, PGPASSWORD: place.settings.password ?? '' },
    })
    expect((await terminal.ended()).status).toBe(0)
    const [heading, row, effects, summary] = terminal.screen().split('\n')
    expect(heading).toMatch(/^OBJECT +KIND +REFERS TO +ROWS$/)
    expect(row).toMatch(/^public\.people\.mail +column +mathesar_types\.email +~?50$/)
    expect(effects).toMatch(/^ {2}convert: becomes text; cascade: is dropped, with its/)
    if (columns === 80) expect(summary).toContain('1 column of 1 table depends on')
    expect(terminal.screen().replace(/\s+/g, ' ')).toContain(
      'too narrow for: TYPE. The same command with --json prints everything.',
    )
    // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence is what is looked for
    expect(/\x1b\[\d+m/.test(terminal.raw())).toBe(columns === 80)
  }
})
