import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { sql } from '../../test/support/database.ts'
import { copyOf } from './copies.ts'
import { freshDatabases } from './databases.ts'
import { mathesarctl } from './process.ts'
import { libpqEnvironment } from './psql.ts'
import type { World } from './types.ts'

export const PLAIN_TABLES = 10_000
export const DEPENDENT_TABLES = 500
export const DEPENDENT_COLUMNS = 3 * DEPENDENT_TABLES
const ROWS = 200
export const LARGE = 1_000_000

/**
 * Tables with three columns of Mathesar types each. Every second one has an index, every fourth a check
 * constraint, every fifth a view.
 */
const DEPENDENTS = `DO $$ BEGIN
  FOR i IN 1 .. ${DEPENDENT_TABLES} LOOP
    EXECUTE format('CREATE TABLE dependent_%s (id integer PRIMARY KEY, email mathesar_types.email,
      homepage mathesar_types.uri, price mathesar_types.mathesar_money DEFAULT 0)', i);
    EXECUTE format('INSERT INTO dependent_%s SELECT n, concat(''ann.b'', n, ''@example.org''),
      concat(''https://example.org/'', n), n * 0.25 FROM generate_series(1, ${ROWS}) n', i);
    IF i % 2 = 0 THEN EXECUTE format('CREATE INDEX ON dependent_%s (email)', i); END IF;
    IF i % 4 = 0 THEN EXECUTE format('ALTER TABLE dependent_%s ADD CHECK (price >= 0)', i); END IF;
    IF i % 5 = 0 THEN
      EXECUTE format('CREATE VIEW view_%1$s AS SELECT id, email, price FROM dependent_%1$s WHERE price > 1', i);
    END IF;
    IF i % 50 = 0 THEN COMMIT; END IF;
  END LOOP;
END $$`

const PLAIN = `DO $$ BEGIN
  FOR i IN 1 .. ${PLAIN_TABLES} LOOP
    EXECUTE format('CREATE TABLE plain_%s (id integer, email varchar(100), price numeric(12, 2))', i);
    IF i % 250 = 0 THEN COMMIT; END IF;
  END LOOP;
END $$`

/** Columns that PostgreSQL converts to plain types without rewriting the table. */
const DOMAINS = `CREATE TABLE payments (id integer, email mathesar_types.email, price mathesar_types.mathesar_money);
  INSERT INTO payments SELECT n, concat('ann.b', n, '@example.org'), n * 0.25 FROM generate_series(1, ${LARGE}) n`

/** A column whose values contain the OID of their type, so that PostgreSQL rewrites the table. */
const CURRENCIES = `CREATE TABLE payments (id integer, price mathesar_types.multicurrency_money);
  INSERT INTO payments SELECT n, ROW(n * 0.25, 'EUR')::mathesar_types.multicurrency_money
  FROM generate_series(1, ${LARGE}) n`

/** Databases to copy, all with the Mathesar schemas. */
export interface Templates {
  /** Has only the dependent tables. */
  few: ConnectionSettings
  /** Has the same tables among ten thousand others. */
  many: ConnectionSettings
  /** These have one large table each. */
  domains: ConnectionSettings
  currencies: ConnectionSettings
}

export async function createTemplates(world: World): Promise<Templates> {
  const fresh = await freshDatabases(world)
  const run = (settings: ConnectionSettings, text: string) =>
    sql(settings.database, text, [], settings, world.cluster)
  /** Does what autovacuum does for tables that have existed for a while. */
  const tend = ({ database }: ConnectionSettings) =>
    sql(database, 'VACUUM (FREEZE, ANALYZE)', [], null, world.cluster)
  const installed = async (text: string) => {
    const settings = await fresh()
    await mathesarctl(['schema', 'install'], { home: world.home, env: libpqEnvironment(settings) })
    await run(settings, text)
    await tend(settings)
    return settings
  }
  const few = await installed(DEPENDENTS)
  const many = await copyOf(few, world)
  await run(many, PLAIN)
  await tend(many)
  return { few, many, domains: await installed(DOMAINS), currencies: await installed(CURRENCIES) }
}
