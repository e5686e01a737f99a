import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRole, ownedDatabase, sharedCluster, sql } from '../../support/database.ts'
import { as, install, installedDatabase } from '../support.ts'
import { Database, raised } from './support.ts'

describe('a reinstall', () => {
  it('keeps the table as its users left it, and what depends on types and functions', async () => {
    const settings = await installedDatabase()
    await as(
      settings,
      `DELETE FROM mathesar_types.top_level_domains WHERE tld = 'org';
       INSERT INTO mathesar_types.top_level_domains VALUES ('mine');
       CREATE TABLE people (mail mathesar_types.email, home mathesar_types.uri,
         due date DEFAULT mathesar_types.cast_to_date('2021-03-04'::text));
       INSERT INTO people VALUES ('ann@example.net', 'a:b', DEFAULT);
       CREATE INDEX ON people (mathesar_types.email_domain_name(mail));
       CREATE INDEX ON people (mathesar_types.uri_scheme(home));
       CREATE VIEW adults AS SELECT mathesar_types.cast_to_text(due) AS due FROM people`,
    )
    const identities = `SELECT 'mathesar_types.uri'::regtype::oid AS uri, 'mathesar_types.email'::regtype::oid AS email,
      'mathesar_types.top_level_domains'::regclass::oid AS domains, 'people'::regclass::oid AS people,
      pg_relation_filenode('people') AS file, 'mathesar_types.cast_to_date(text)'::regprocedure::oid AS date`
    const before = await as(settings, identities)
    await install(settings)
    await install(settings)
    expect(await as(settings, identities)).toEqual(before)
    expect(
      await as(
        settings,
        `SELECT (SELECT count(*)::int FROM mathesar_types.top_level_domains WHERE tld IN ('org', 'mine')) AS domains,
           (SELECT due FROM adults) AS due`,
      ),
    ).toEqual([{ domains: 1, due: '2021-03-04' }])
  })

  it('keeps a table of that name, whatever it is', async () => {
    const settings = await installedDatabase()
    await as(
      settings,
      `DROP TABLE mathesar_types.top_level_domains; CREATE TABLE mathesar_types.top_level_domains (tld text, rank int)`,
    )
    await install(settings)
    expect(await as(settings, 'SELECT * FROM mathesar_types.top_level_domains')).toEqual([])
  })
})

describe('the table of top-level domains', () => {
  const database = new Database()
  beforeAll(() => database.open())
  afterAll(() => database.close())

  it('holds what IANA publishes, in the ASCII spelling', async () => {
    const rows = await database.run(
      'SELECT tld FROM mathesar_types.top_level_domains ORDER BY tld COLLATE "C"',
    )
    const names = rows.map(({ tld }) => tld as string)
    expect(names.length).toBeGreaterThan(1_400)
    for (const name of names) expect(name).toMatch(/^[a-z]([a-z0-9-]*[a-z0-9])$/)
    expect(names).toEqual(
      expect.arrayContaining(['arpa', 'com', 'org', 'uk', 'md', 'py', 'xn--p1ai', 'xn--90ae']),
    )
  })

  it('the table of top-level domains has one column and a primary key of the name that PostgreSQL would choose', async () => {
    expect(
      await database.run(`
        SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull,
          (SELECT string_agg(format('%s %s', conname, contype), ', ') FROM pg_constraint
           WHERE conrelid = a.attrelid AND contype <> 'n') AS keys
        FROM pg_attribute a
       WHERE a.attrelid = 'mathesar_types.top_level_domains'::regclass AND a.attnum > 0`),
    ).toEqual([
      { attname: 'tld', type: 'character varying', attnotnull: true, keys: 'top_level_domains_pkey p' },
    ])
  })
})

describe('a role that has USAGE alone', () => {
  it('a role that has USAGE alone can use all casts', async () => {
    const settings = await installedDatabase()
    const role = await createRole()
    await as(settings, `GRANT USAGE ON SCHEMA mathesar_types TO ${role.user}`)
    const [row] = await as(
      { ...settings, ...role },
      `SELECT mathesar_types.cast_to_uri('example.org'::text) AS uri,
         mathesar_types.cast_to_email('a@b'::text) AS email, mathesar_types.cast_to_date('3/4/2021'::text)::text AS date`,
    )
    expect(row).toEqual({ uri: 'http://example.org', email: 'a@b', date: '2021-03-04' })
  })

  it('the casts need USAGE on the schema', async () => {
    const settings = await installedDatabase()
    const role = await createRole()
    await expect(as({ ...settings, ...role }, `SELECT mathesar_types.cast_to_text(1)`)).rejects.toMatchObject(
      { code: '42501', message: 'permission denied for schema mathesar_types' },
    )
  })
})

/** One call for each body that the generator has, with its result. */
const CALLS: readonly (readonly [call: string, result: string])[] = [
  [`cast_to_boolean('YES'::text)`, 'true'],
  [`cast_to_boolean(1.0)`, 'true'],
  [`cast_to_integer(7.0)`, '7'],
  [`cast_to_integer('7'::text)`, '7'],
  [`cast_to_real(true)`, '1'],
  [`cast_to_numeric('7'::text)`, '7'],
  [`cast_to_numeric('8.250,5'::text)`, '8250.5'],
  [`cast_to_date('2021-03-04'::text)`, '2021-03-04'],
  [`cast_to_date('March 4, 2021'::text)`, '2021-03-04'],
  [`cast_to_date('2021-03-04'::timestamp)`, '2021-03-04'],
  [`cast_to_date('2021-03-04 00:00+00'::timestamptz)`, '2021-03-04'],
  [`cast_to_timestamp_without_time_zone('2021-03-04 10:20:30'::text)`, '2021-03-04 10:20:30'],
  [`cast_to_timestamp_without_time_zone('3/4/2021'::text)`, '2021-03-04 00:00:00'],
  [`cast_to_timestamp_without_time_zone('2021-03-04 00:00+00'::timestamptz)`, '2021-03-04 00:00:00'],
  [`cast_to_money(' 7'::text)`, '$7.00'],
  [`cast_to_money(7)`, '$7.00'],
  [`cast_to_mathesar_money('($8,250.5)'::text)`, '-8250.5'],
  [`cast_to_mathesar_money(7::money)`, '7.00'],
  [`cast_to_multicurrency_money(7)`, '(7,USD)'],
  [`cast_to_email('a@b'::text)`, 'a@b'],
  [`cast_to_uri('a:b'::text)`, 'a:b'],
  [`cast_to_uri('EXAMPLE.INFO/I'::text)`, 'http://example.info/i'],
  [`cast_to_interval('2 days'::text)`, '2 days'],
  [`cast_to_interval('1day'::text)`, '1 day'],
  [`cast_to_json('[1]'::text)`, '[1]'],
  [`cast_to_mathesar_json_array('[1]'::text)`, '[1]'],
  [`cast_to_character('ab'::text)`, 'ab'],
  [`get_numeric_array('8,250.5'::text)`, '{"8,250.5",",",.}'],
  [`get_mathesar_money_array('$7'::text)`, '{7,NULL,NULL,$}'],
  [`email_domain_name('a@b')`, 'b'],
  [`uri_scheme('a:b')`, 'a'],
]

async function checkCalls(
  database: Database,
  wrap: (call: string) => string = (call) => call,
): Promise<void> {
  for (const [call, result] of CALLS) {
    const outcome = await database.outcome(wrap(`mathesar_types.${call}`))
    expect({ call, outcome }).toEqual({ call, outcome: result })
  }
}

describe('a hostile search_path', () => {
  const database = new Database()
  beforeAll(async () => {
    await database.open()
    await database.run('CREATE SCHEMA evil')
    // Shadows every operator and function that takes common types, and some names of types.
    await database.run(`
      CREATE FUNCTION evil.caught(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'caught'; END $$;
      CREATE FUNCTION evil.caught(numeric, numeric) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'caught'; END $$;
      CREATE FUNCTION evil.caught(integer, integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'caught'; END $$`)
    for (const type of ['text', 'numeric', 'integer']) {
      for (const operator of ['=', '<>', '<', '>', '~', '!~', '~~', '||', '-', '+']) {
        await database.run(`
          CREATE OPERATOR evil.${operator} (LEFTARG = ${type}, RIGHTARG = ${type}, FUNCTION = evil.caught)`)
      }
    }
    for (const name of [
      'lower',
      'translate',
      'strpos',
      'split_part',
      'concat',
      'length',
      'right',
      'ltrim',
      'rtrim',
      'format',
    ]) {
      await database.run(`
        CREATE FUNCTION evil.${name}(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'caught'; END $$;
        CREATE FUNCTION evil.${name}(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'caught'; END $$;
        CREATE FUNCTION evil.${name}(text, text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'caught'; END $$`)
    }
    for (const type of ['text', 'date', 'money', 'json', 'jsonb', 'name', 'bpchar', 'int4']) {
      await database.run(`CREATE DOMAIN evil.${type} AS pg_catalog.bytea CHECK (false)`)
    }
    await database.run('CREATE TABLE evil.top_level_domains ()')
  })
  afterAll(() => database.close())

  it('changes nothing', async () => {
    await database.run('SET search_path = evil, pg_catalog')
    const qualified = (call: string) =>
      call.replaceAll('::text', '::pg_catalog.text').replaceAll('::money', '::pg_catalog.money')
    await checkCalls(database, qualified)
  })
})

describe('collations', () => {
  const database = new Database()
  beforeAll(() => database.open())
  afterAll(() => database.close())

  it('collations that are nondeterministic do no harm', async () => {
    await database.run(
      `CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false)`,
    )
    await checkCalls(database, (call) =>
      call.replaceAll('::text', '::text COLLATE loose').replace(`'a@b')`, `'a@b' COLLATE loose)`),
    )
    expect(await database.outcome(`mathesar_types.cast_to_boolean('trüe'::text COLLATE loose)`)).toEqual(
      raised('trüe is not a boolean'),
    )
    expect(await database.outcome(`mathesar_types.cast_to_uri('a.örg'::text COLLATE loose)`)).toEqual(
      raised('a.örg is not a mathesar_types.uri'),
    )
  })

  it('collations of the Turkish language, whose letters i have other capitals, do no harm', async () => {
    const turkish = (call: string) => call.replaceAll('::text', '::text COLLATE "tr-x-icu"')
    await checkCalls(database, turkish)
    expect(
      await database.run(turkish(`SELECT mathesar_types.cast_to_uri('EXAMPLE.INFO/I'::text) AS value`)),
    ).toEqual([{ value: 'http://example.info/i' }])
  })

  it('collations that contradict each other do no harm', async () => {
    const mixed = (literal: string) =>
      `(SELECT (one || two) FROM (SELECT ${literal} COLLATE "C" AS one, '' COLLATE "POSIX" AS two) mixed)`
    for (const [call, result] of CALLS) {
      const literal = /^\w+\(('[^']*')::text\)$/.exec(call)?.[1]
      if (literal === undefined) continue
      const outcome = await database.outcome(
        `mathesar_types.${call.replace(`${literal}::text`, mixed(literal))}`,
      )
      expect({ call, outcome }).toEqual({ call, outcome: result })
    }
  })
})

describe('databases', () => {
  it.each(['LATIN1', 'SQL_ASCII'])('casts work in a database of encoding %s', async (encoding) => {
    const settings = await ownedDatabase()
    const database = `${settings.database}_${encoding.toLowerCase()}`
    await sql(
      'postgres',
      `CREATE DATABASE ${database} OWNER ${settings.user} TEMPLATE template0 ENCODING '${encoding}' LOCALE 'C'`,
    )
    await install({ ...settings, database })
    for (const [call, result] of CALLS) {
      const [row] = await sql<{ value: string }>(database, `SELECT (mathesar_types.${call})::text AS value`)
      expect({ call, ...row }).toEqual({ call, value: result })
    }
  })

  // Before version 15 the collation of a database could not be one of ICU's.
  it.runIf(sharedCluster().major >= 15)('casts work in a database of the Turkish language', async () => {
    const settings = await ownedDatabase()
    const database = `${settings.database}_tr`
    await sql(
      'postgres',
      `CREATE DATABASE ${database} OWNER ${settings.user} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'
         LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR'`,
    )
    await install({ ...settings, database })
    for (const [call, result] of CALLS) {
      const [row] = await sql<{ value: string }>(database, `SELECT (mathesar_types.${call})::text AS value`)
      expect({ call, ...row }).toEqual({ call, value: result })
    }
    const [row] = await sql(database, `SELECT mathesar_types.cast_to_uri('EXAMPLE.INFO/ÄI'::text) AS value`)
    expect(row).toEqual({ value: 'http://example.info/äi' })
  })
})
