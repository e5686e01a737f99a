import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { RemoveDatabaseResult } from '../../src/databases/remove/index.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import type { Dependent } from '../../src/schema/types.ts'
import { cli, connectionArguments, document, errorOf, temporaryDirectory } from '../support/cli.ts'
import { createRole, ownedDatabase, sql } from '../support/database.ts'
import {
  ALL_SCHEMAS,
  add,
  mathesarSchemas,
  preparedHome,
  remove,
  storedLibrary,
  storedNames,
} from '../support/installed.ts'

interface Place {
  home: string
  settings: ConnectionSettings
}

/**
 * Returns a stored database whose table `people` has a column of a Mathesar type with two rows, and a view on
 * it.
 */
async function inUse(more = ''): Promise<Place> {
  const place = await storedLibrary()
  await sql(
    place.settings.database,
    `CREATE TABLE people (id int, mail mathesar_types.email);
    INSERT INTO people VALUES (1, 'a@b.c'), (2, 'd@e.f');
    CREATE VIEW mails AS SELECT mail FROM people;
    ${more}`,
    [],
    place.settings,
  )
  return place
}

/** What no conversion can keep: a view that calls a Mathesar function. */
const UNCONVERTIBLE = 'CREATE VIEW parts AS SELECT mathesar_types.email_local_part(mail) FROM people;'

const columns = ({ database }: ConnectionSettings) =>
  sql(
    database,
    `SELECT a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type FROM pg_attribute a
      WHERE a.attrelid = to_regclass('public.people') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1`,
  )

/** That nothing at all was changed. */
async function isUntouched({ home, settings }: Place): Promise<void> {
  expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
  expect(await columns(settings)).toEqual([
    { column: 'id', type: 'integer' },
    { column: 'mail', type: 'mathesar_types.email' },
  ])
  expect(await sql(settings.database, 'SELECT mail::text FROM mails ORDER BY 1')).toEqual([
    { mail: 'a@b.c' },
    { mail: 'd@e.f' },
  ])
  expect(await storedNames(home)).toEqual(['library'])
}

describe('--on-dependents refuse', () => {
  test('offers no cascade where a column of a partition key would stop it', async () => {
    const place = await inUse('CREATE TABLE parted (mail mathesar_types.email) PARTITION BY RANGE (mail);')
    for (const flags of [[], ['--on-dependents', 'convert']]) {
      const run = await remove('library', { home: place.home, flags: ['--remove-schema', ...flags, '--yes'] })
      const { code, hint } = errorOf(run)
      expect(code).toBe('DEPENDENTS_EXIST')
      expect(hint).toContain('--keep-types leaves mathesar_types and all that uses it.')
      expect(hint).not.toContain('cascade')
      expect(hint).not.toContain('schema dependents')
    }
    await isUntouched(place)
  })

  test('offers to keep the types only where nothing uses what the removal would still drop', async () => {
    const own = await inUse()
    await sql(own.settings.database, 'CREATE TABLE msar.notes (id int)', [], own.settings)
    const caller = await inUse(
      'CREATE VIEW parts AS SELECT mathesar_types.email_local_part(mail), msar.get_pk_column(1) FROM people;',
    )
    for (const { home } of [own, caller]) {
      for (const flags of [[], ['--on-dependents', 'convert']]) {
        const run = await remove('library', { home, flags: ['--remove-schema', ...flags, '--dry-run'] })
        expect(errorOf(run)).toMatchObject({ code: 'DEPENDENTS_EXIST', hint: expect.any(String) })
        expect(errorOf(run).hint).not.toContain('--keep-types')
      }
    }
  })

  test('lists what is in the way and the ways out, and exits 8, even with --dry-run', async () => {
    const place = await inUse()
    for (const flags of [[], ['--dry-run'], ['--on-dependents', 'refuse']]) {
      const run = await remove('library', { home: place.home, flags: ['--remove-schema', ...flags] })
      expect([run.status, run.stdout]).toEqual([8, ''])
      const error = errorOf(run)
      expect(error).toMatchObject({
        code: 'DEPENDENTS_EXIST',
        dependents: [
          { relation: 'mails', kind: 'view', effects: { cascade: 'is dropped' } },
          { relation: 'people', column: 'mail', kind: 'column', refusesConvert: false, remedy: null },
        ],
      })
      for (const way of ['--on-dependents convert', '--keep-types', '--on-dependents cascade'])
        expect(error.hint).toContain(way)
    }
    const text = await cli(['db', 'remove', 'library', '--remove-schema', '--dry-run'], { home: place.home })
    expect(text.status).toBe(8)
    expect(text.stderr).toMatch(/^public\.people\.mail +column +mathesar_types\.email/m)
    await isUntouched(place)
  })
})

describe('--on-dependents convert', () => {
  test(
    'converts columns to plain types, keeps every value and what is built on them, and reports what it ' +
      'did',
    async () => {
      const { home, settings } = await inUse()
      const flags = ['--remove-schema', '--on-dependents', 'convert']
      const planned = await remove('library', { home, flags: [...flags, '--dry-run'] })
      const column = {
        schema: 'public',
        relation: 'people',
        column: 'mail',
        type: 'mathesar_types.email',
        newType: 'text',
      }
      expect(document(planned)).toMatchObject({
        status: 'planned',
        schemaRemoved: false,
        converted: [column],
        dropped: ['schema msar', 'schema __msar', 'schema mathesar_types'],
        dependents: [{ relation: 'mails' }, { relation: 'people' }],
        strategy: 'convert',
        rebuilt: ['view public.mails'],
        cost: { convert: { columns: 1, rows: 2, rewrittenTables: 0, refused: 0 } },
      })
      await isUntouched({ home, settings })

      const run = await remove('library', { home, flags })
      expect(run, run.stderr).toMatchObject({ status: 0 })
      expect(document(run)).toEqual({
        name: 'library',
        status: 'removed',
        deletes: {},
        schemaRemoved: true,
        typesKept: false,
        converted: [column],
        dropped: ['schema msar', 'schema __msar', 'schema mathesar_types'],
        notes: [],
        forgotten: false,
        alsoUsedBy: [],
      })
      expect(await mathesarSchemas(settings.database)).toEqual([])
      expect(await columns(settings)).toEqual([
        { column: 'id', type: 'integer' },
        { column: 'mail', type: 'text' },
      ])
      expect(await sql(settings.database, 'SELECT mail FROM mails ORDER BY 1')).toEqual([
        { mail: 'a@b.c' },
        { mail: 'd@e.f' },
      ])
      expect(await storedNames(home)).toEqual([])
    },
  )

  test('prints what it did, one object a line on stdout, and needs --yes', async () => {
    const place = await inUse()
    const args = ['db', 'remove', 'library', '--remove-schema', '--on-dependents', 'convert']
    const unconfirmed = await cli(args, { home: place.home })
    expect([unconfirmed.status, unconfirmed.stdout]).toEqual([2, ''])
    expect(unconfirmed.stderr).toContain('Add --yes')
    await isUntouched(place)
    const run = await cli([...args, '--yes'], { home: place.home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(run.stdout.split('\n')).toEqual([
      'converted public.people.mail from mathesar_types.email to text',
      'dropped schema msar',
      'dropped schema __msar',
      'dropped schema mathesar_types',
      '',
    ])
    expect(run.stderr).toContain('1 column changes to a plain type')
    expect(run.stderr).toContain('It recreates: view public.mails.')
    expect(run.stderr).toContain('Recreated: view public.mails.')
    expect(run.stderr).toContain('compared the values of the converted columns before and after')
    expect(run.stderr).toContain('Removed "library"')
  })

  test('prints for what it can’t convert the statement that clears the way, and changes nothing', async () => {
    const place = await inUse(UNCONVERTIBLE)
    const { home, settings } = place
    const flags = ['--remove-schema', '--on-dependents', 'convert']
    for (const more of [[], ['--dry-run']]) {
      const run = await remove('library', { home, flags: [...flags, ...more] })
      expect([run.status, run.stdout]).toEqual([8, ''])
      expect(errorOf(run)).toMatchObject({
        code: 'DEPENDENTS_EXIST',
        message: expect.stringContaining('view public.parts'),
        dependents: [{ relation: 'mails' }, { relation: 'parts' }, { relation: 'people' }],
        refused: [{ relation: 'parts', refusesConvert: true, remedy: expect.stringContaining('parts') }],
      })
    }
    const text = await cli(['db', 'remove', 'library', '--yes', ...flags], { home })
    const [, remedy = ''] = /This would clear the way:\n(.*)\n/.exec(text.stderr) ?? []
    expect(text.stderr).toContain('Before you run a DROP, save the definition of what it drops')
    await isUntouched(place)
    await sql(settings.database, remedy, [], settings)
    expect(await remove('library', { home, flags })).toMatchObject({ status: 0 })
  })

  test('changes nothing for a role without rights on a table that depends', async () => {
    const { home, settings } = await inUse()
    const other = await createRole()
    await sql(
      settings.database,
      `ALTER TABLE people OWNER TO ${other.user}; ALTER VIEW mails OWNER TO ${other.user}`,
    )
    for (const strategy of ['convert', 'cascade']) {
      const run = await remove('library', {
        home,
        flags: [
          '--remove-schema',
          '--on-dependents',
          strategy,
          ...(strategy === 'cascade' ? ['--confirm', settings.database] : []),
        ],
      })
      expect([strategy, run.status, errorOf(run).code]).toEqual([strategy, 5, 'INSUFFICIENT_PRIVILEGE'])
      await isUntouched({ home, settings })
    }
  })
})

describe('--on-dependents cascade', () => {
  test('needs --yes and the name of the database, not the name under which it is stored', async () => {
    const place = await inUse()
    const { home, settings } = place
    const args = ['db', 'remove', 'library', '--remove-schema', '--on-dependents', 'cascade', '--json']
    for (const [more, hint] of [
      [[], `--yes --confirm ${settings.database}`],
      [['--yes'], `--confirm ${settings.database}`],
      [['--confirm', settings.database], '--yes'],
      [['--yes', '--confirm', 'library'], 'Check that this is the database that you mean'],
      [['--yes', '--confirm', ''], 'Check that this is the database that you mean'],
      [['--yes', '--confirm', `${settings.database} `], 'Check that this is the database that you mean'],
    ] as const) {
      const run = await cli([...args, ...more], { home })
      expect([more, run.status, run.stdout]).toEqual([more, 2, ''])
      expect(errorOf(run)).toMatchObject({ code: 'USAGE', hint: expect.stringContaining(hint) })
    }
    await isUntouched(place)
  })

  test('drops what was listed and prints exactly that', async () => {
    const { home, settings } = await inUse('CREATE TABLE other (id int);')
    const args = ['db', 'remove', 'library', '--remove-schema', '--on-dependents', 'cascade']
    const planned = await cli([...args, '--dry-run'], { home })
    expect(planned, planned.stderr).toMatchObject({ status: 0 })
    expect(planned.stdout).toMatch(/^public\.people\.mail .*is dropped, with its values$/m)
    expect(planned.stderr).toContain(
      'this would drop 2 objects that depend on the schemas, then remove schema msar, schema __msar, ' +
        'schema mathesar_types and the stored credentials of "library".',
    )
    expect(planned.stdout).toContain('would drop view public.mails\n')
    await isUntouched({ home, settings })
    const run = await cli([...args, '--yes', '--confirm', settings.database], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(run.stdout.split('\n').sort()).toEqual([
      '',
      'dropped column public.people.mail',
      'dropped schema __msar',
      'dropped schema mathesar_types',
      'dropped schema msar',
      'dropped view public.mails',
    ])
    expect(await mathesarSchemas(settings.database)).toEqual([])
    expect(await columns(settings)).toEqual([{ column: 'id', type: 'integer' }])
    expect(await storedNames(home)).toEqual([])
  })

  test(
    'removes like any other removal where nothing depends on the schemas, but still refuses a wrong ' +
      'name',
    async () => {
      const home = await preparedHome()
      const settings = await ownedDatabase()
      await add('library', settings, { home })
      const flags = ['--remove-schema', '--on-dependents', 'cascade']
      const wrong = await remove('library', { home, flags: [...flags, '--confirm', 'another'] })
      expect([wrong.status, errorOf(wrong).code]).toEqual([2, 'USAGE'])
      expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
      expect(await remove('library', { home, flags })).toMatchObject({ status: 0 })
      expect(await mathesarSchemas(settings.database)).toEqual([])
    },
  )
})

describe('--keep-types', () => {
  test('removes msar and __msar alone, and db add completes what is left', async () => {
    const { home, settings } = await inUse(UNCONVERTIBLE)
    await add('second', settings, { home })
    const flags = ['--remove-schema', '--shared-schema', '--keep-types']
    const planned = await remove('library', { home, flags: [...flags, '--dry-run'] })
    expect(document(planned)).toMatchObject({
      status: 'planned',
      typesKept: true,
      dropped: ['schema msar', 'schema __msar'],
      dependents: [],
    })
    const run = await remove('library', { home, flags })
    expect(document(run)).toMatchObject({
      status: 'removed',
      schemaRemoved: true,
      typesKept: true,
      converted: [],
      dropped: ['schema msar', 'schema __msar'],
      alsoUsedBy: ['second'],
    })
    expect(await mathesarSchemas(settings.database)).toEqual(['mathesar_types'])
    expect(await sql(settings.database, 'SELECT count(*)::int AS n FROM parts')).toEqual([{ n: 2 }])
    expect(await storedNames(home)).toEqual(['second'])
    const tested = await cli(['db', 'test', 'second'], { home })
    expect(tested.status).toBe(8)
    expect(tested.stderr).toContain('lacks the Mathesar schemas msar and __msar')

    const target = connectionArguments(settings)
    const env = { PGPASSWORD: settings.password ?? '' }
    const status = await cli(['schema', 'status', ...target, '--json'], { home, env })
    expect(document(status)).toMatchObject({ installed: false, state: 'ours', typesOnly: true, drift: [] })
    const text = await cli(['schema', 'status', ...target], { home, env })
    expect(text.stdout).toContain('mathesar_types only')
    const again = await cli(['schema', 'remove', '--keep-types', '--yes', '--json', ...target], { home, env })
    expect(document(again)).toMatchObject({ status: 'absent', typesKept: true, dropped: [] })

    const added = await add('library', settings, { home })
    expect(document(added)).toMatchObject({ status: 'added', schemaAction: 'complete' })
    expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
    expect(document(await cli(['schema', 'status', ...target, '--json'], { home, env }))).toMatchObject({
      typesOnly: false,
      drift: [],
    })
  })

  test('stops at what uses msar, which can be dropped alone', async () => {
    const { home, settings } = await inUse("CREATE VIEW q AS SELECT msar.schema_exists('public');")
    const flags = ['--remove-schema', '--keep-types']
    const refused = await remove('library', { home, flags })
    expect(errorOf(refused)).toMatchObject({
      code: 'DEPENDENTS_EXIST',
      dependents: [{ relation: 'q', kind: 'view' }],
    })
    expect(errorOf(refused).hint).not.toContain('--keep-types')
    const run = await remove('library', {
      home,
      flags: [...flags, '--on-dependents', 'cascade', '--confirm', settings.database],
    })
    expect(document(run)).toMatchObject({ dropped: ['view public.q', 'schema msar', 'schema __msar'] })
    expect(await mathesarSchemas(settings.database)).toEqual(['mathesar_types'])
    expect(await sql(settings.database, 'SELECT count(*)::int AS n FROM mails')).toEqual([{ n: 2 }])
  })
})

describe('a statement_timeout', () => {
  test('ends a removal, whose hint shows how to lift it; a DSN lifts it for one run', async () => {
    const place = await inUse()
    const { settings } = place
    const { host, port, database, user, password } = settings
    const busy = new pg.Client({ host, port, user, password: password ?? '', database, ssl: false })
    await busy.connect()
    onTestFinished(() => busy.end())
    await busy.query('BEGIN; LOCK TABLE people')
    await sql('postgres', `ALTER ROLE "${user}" IN DATABASE "${database}" SET statement_timeout = 700`)
    const flags = ['--on-dependents', 'convert']
    const run = await remove('library', { home: place.home, flags: ['--remove-schema', ...flags] })
    expect([run.status, errorOf(run)]).toMatchObject([
      3,
      { sqlstate: '57014', hint: expect.stringContaining('SET statement_timeout = 0') },
    ])
    await busy.query('ROLLBACK')
    await isUntouched(place)
    await busy.query('BEGIN; LOCK TABLE people')
    const dsn =
      `host=${host} port=${port} dbname=${database} user=${user} sslmode=disable options='-c ` +
      "statement_timeout=0'"
    const waiting = cli(['schema', 'remove', '--dsn', dsn, '--yes', '--json', ...flags], {
      home: place.home,
      env: { PGPASSWORD: password ?? '' },
    })
    // Longer than the timeout of the role, shorter than that of a lock.
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    await busy.query('ROLLBACK')
    expect(document(await waiting)).toMatchObject({ status: 'removed', converted: [{ column: 'mail' }] })
  })
})

describe('routines whose text names the schemas', () => {
  test('routines whose text names the schemas cause a warning, block nothing, and stay', async () => {
    const { home, settings } = await inUse(
      'CREATE FUNCTION greet() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN ' +
        'msar.get_pk_column(1); END $$;',
    )
    const env = { PGPASSWORD: settings.password ?? '' }
    const target = connectionArguments(settings)
    const listed = await cli(['schema', 'dependents', ...target, '--json'], { home, env })
    expect(document<Dependent[]>(listed).at(-1)).toMatchObject({ kind: 'mention', refusesConvert: false })
    const text = await cli(['schema', 'dependents', ...target], { home, env })
    expect(text.stdout).not.toContain('greet')
    expect(text.stderr).toMatch(/^warning: The text of public\.greet/m)
    const flags = ['--remove-schema', '--on-dependents', 'cascade', '--confirm', settings.database]
    const planned = await remove('library', { home, flags: [...flags, '--dry-run'] })
    expect(document(planned)).toMatchObject({
      dependents: [{ kind: 'view' }, { kind: 'column' }, { kind: 'mention' }],
      dropped: expect.not.arrayContaining([expect.stringContaining('greet')]),
      warnings: [expect.stringContaining('public.greet')],
    })
    const run = await remove('library', { home, flags })
    expect(document(run)).toMatchObject({ status: 'removed', warnings: [expect.stringContaining('greet')] })
    expect(await sql(settings.database, "SELECT to_regproc('greet') IS NOT NULL AS there")).toEqual([
      { there: true },
    ])
  })
})

describe('flags that would have no effect', () => {
  test('flags that would have no effect are wrong usage, with the flag that is missing', async () => {
    const place = await inUse()
    for (const [flags, field] of [
      [['--on-dependents', 'convert'], 'on-dependents'],
      [['--on-dependents', 'cascade', '--confirm', 'x'], 'on-dependents'],
      [['--keep-types'], 'keep-types'],
      [['--remove-schema', '--confirm', 'x'], 'confirm'],
      [['--remove-schema', '--on-dependents', 'convert', '--confirm', 'x'], 'confirm'],
    ] as const) {
      const run = await remove('library', { home: place.home, flags })
      expect([flags, run.status]).toEqual([flags, 2])
      expect(errorOf(run)).toMatchObject({ code: 'USAGE', field })
    }
    await isUntouched(place)
  })
})

describe('schema dependents', () => {
  test('prints what every strategy would do to each dependent, one a line into a pipe', async () => {
    const { settings } = await inUse(UNCONVERTIBLE)
    const home = temporaryDirectory()
    const env = { PGPASSWORD: settings.password ?? '' }
    const args = ['schema', 'dependents', ...connectionArguments(settings)]
    const rows = document<Dependent[]>(await cli([...args, '--exact', '--json'], { home, env }))
    expect(rows.map(({ relation, kind, refusesConvert }) => [relation, kind, refusesConvert])).toEqual([
      ['mails', 'view', false],
      ['parts', 'view', true],
      ['people', 'column', false],
    ])
    for (const row of rows) {
      expect(Object.keys(row.effects)).toEqual(['refuse', 'convert', 'cascade'])
      expect(row.counted).toBeTypeOf('boolean')
    }
    const text = await cli(args, { home, env })
    expect(text, text.stderr).toMatchObject({ status: 0 })
    expect(text.stdout.trimEnd().split('\n')).toHaveLength(4)
    expect(text.stderr).toContain('1 column of 1 table and 2 other objects depend on the Mathesar schemas.')
    expect(text.stderr).toContain('This would clear the way:\nDROP VIEW public.parts;\n')
    const without = await cli([...args, '--keep-types'], { home, env })
    expect([without.status, without.stdout]).toEqual([0, ''])
    expect(without.stderr).toContain('Nothing depends on msar or __msar.')
  })
})

describe('schema remove', () => {
  test('warns of event triggers, which run with every step', async () => {
    const { settings } = await inUse()
    await sql(
      settings.database,
      `CREATE FUNCTION public.audit() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
       CREATE EVENT TRIGGER audit ON ddl_command_end EXECUTE FUNCTION public.audit()`,
    )
    const run = await cli(
      [
        'schema',
        'remove',
        ...connectionArguments(settings),
        '--dry-run',
        '--on-dependents',
        'convert',
        '--json',
      ],
      { home: temporaryDirectory(), env: { PGPASSWORD: settings.password ?? '' } },
    )
    expect(document(run)).toMatchObject({
      warnings: [
        expect.stringContaining(
          'Event trigger "audit" (ddl_command_end) will run public.audit() during the removal.',
        ),
      ],
    })
  })

  test('schema remove has the same strategies as db remove', async () => {
    const { settings } = await inUse()
    const home = temporaryDirectory()
    const env = { PGPASSWORD: settings.password ?? '' }
    const run = (...more: string[]) =>
      cli(['schema', 'remove', ...connectionArguments(settings), '--json', ...more], { home, env })
    expect(await run('--dry-run')).toMatchObject({ status: 8 })
    expect(await run('--yes', '--on-dependents', 'cascade')).toMatchObject({ status: 2 })
    expect(document(await run('--on-dependents', 'cascade', '--dry-run'))).toMatchObject({
      status: 'planned',
      dropped: expect.arrayContaining(['view public.mails', 'column public.people.mail', 'schema msar']),
    })
    expect(document(await run('--yes', '--keep-types'))).toMatchObject({ status: 'removed', typesKept: true })
    expect(document<RemoveDatabaseResult>(await run('--yes', '--on-dependents', 'convert'))).toMatchObject({
      status: 'removed',
      typesKept: false,
      converted: [{ relation: 'people', column: 'mail', newType: 'text' }],
      dropped: ['schema mathesar_types'],
    })
    expect(document(await run('--yes'))).toMatchObject({ status: 'absent' })
  })
})
