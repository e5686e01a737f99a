import { expect, it } from 'vitest'
import type { ConnectionSettings } from '../../../src/postgres/types.ts'
import { inClearingOrder } from '../../../src/schema/dependents/clearing-order.ts'
import { surveyRemoval } from '../../../src/schema/removal/survey.ts'
import { sql } from '../../support/database.ts'
import { as, installedDatabase, withSession } from '../support.ts'
import { convert, mathesarSchemas } from './support.ts'

async function clearingStatements(settings: ConnectionSettings): Promise<string[]> {
  const { dependents } = await withSession(settings, (session) => surveyRemoval(session))
  return inClearingOrder(dependents.filter(({ refusesConvert }) => refusesConvert)).map(
    ({ remedy }) => remedy ?? '',
  )
}

const URI = "mathesar_types.uri_scheme('a:b')"

it.each([
  [
    'views that both use a Mathesar function, the earlier by name below the other',
    `CREATE VIEW public.a AS SELECT ${URI} AS s;
     CREATE VIEW public.b AS SELECT s, ${URI} AS t FROM public.a`,
    ['DROP VIEW public.b;', 'DROP VIEW public.a;'],
  ],
  [
    'a view on a view that alone uses a Mathesar function',
    `CREATE VIEW public.v1 AS SELECT ${URI} AS s;
     CREATE VIEW public.v2 AS SELECT s FROM public.v1;
     CREATE MATERIALIZED VIEW public.v3 AS SELECT s FROM public.v2;
     CREATE INDEX v3_s ON public.v3 (s)`,
    ['DROP MATERIALIZED VIEW public.v3;', 'DROP VIEW public.v2;', 'DROP VIEW public.v1;'],
  ],
  [
    'a view on a view of a converted column that uses a Mathesar function',
    `CREATE TABLE public.t (site mathesar_types.uri);
     CREATE VIEW public.v1 AS SELECT site, mathesar_types.uri_scheme(site) AS s FROM public.t;
     CREATE VIEW public.v2 AS SELECT site FROM public.v1;
     CREATE TABLE public.log (site text);
     CREATE RULE noted AS ON INSERT TO public.log DO ALSO SELECT s FROM public.v1`,
    ['DROP RULE noted ON public.log;', 'DROP VIEW public.v2;', 'DROP VIEW public.v1;'],
  ],
  [
    'a function that takes a Mathesar type, and what calls it',
    `CREATE TABLE public.t (m text);
     CREATE FUNCTION public.f(mathesar_types.email) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
     CREATE VIEW public.v AS SELECT public.f(m::mathesar_types.email) AS m FROM public.t;
     CREATE VIEW public.w AS SELECT m FROM public.v;
     ALTER TABLE public.t ADD CHECK (public.f('a@b.c') IS NOT NULL)`,
    [
      'ALTER TABLE public.t DROP CONSTRAINT t_check;',
      'DROP VIEW public.w;',
      'DROP VIEW public.v;',
      'DROP FUNCTION public.f(mathesar_types.email);',
    ],
  ],
])('the statements that clear the way can be run in their order: %s', async (_what, objects, statements) => {
  const settings = await installedDatabase()
  await as(settings, objects)
  const remedies = await clearingStatements(settings)
  expect(remedies.toSorted()).toEqual(statements.toSorted())
  for (const remedy of remedies) await as(settings, remedy)
  await convert(settings)
  expect(await mathesarSchemas(settings)).toEqual([])
})

it('the statements that clear the way only move own objects where nothing else is in use', async () => {
  const settings = await installedDatabase()
  await sql(
    settings.database,
    'CREATE EXTENSION hstore SCHEMA msar; CREATE EXTENSION file_fdw SCHEMA msar; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw',
  )
  await as(
    settings,
    `CREATE TYPE msar.mood AS ENUM ('good', 'bad');
     CREATE TYPE msar.rng AS RANGE (SUBTYPE = numeric);
     CREATE FUNCTION msar.tax(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 0.2';
     CREATE TABLE msar.log (n integer) PARTITION BY RANGE (n);
     CREATE TABLE public.log_1 PARTITION OF msar.log FOR VALUES FROM (0) TO (10);
     CREATE TABLE public.orders (price numeric CHECK (msar.tax(price) >= 0), m msar.mood DEFAULT 'good', r msar.rng,
       h msar.hstore, tax numeric GENERATED ALWAYS AS (msar.tax(price)) STORED, mail mathesar_types.email);
     CREATE INDEX orders_tax_idx ON public.orders (msar.tax(price));
     CREATE VIEW public.vo AS SELECT mail, msar.tax(price) AS tax FROM public.orders;
     CREATE VIEW public.vs AS SELECT mathesar_types.uri_scheme('a:b') AS s, msar.tax(1) AS t;
     INSERT INTO public.orders (price) VALUES (10)`,
  )
  const remedies = await clearingStatements(settings)
  expect(remedies).toEqual([
    'ALTER EXTENSION file_fdw SET SCHEMA public;',
    'ALTER EXTENSION hstore SET SCHEMA public;',
    'ALTER FUNCTION msar.tax(numeric) SET SCHEMA public;',
    'ALTER TABLE msar.log SET SCHEMA public;',
    'ALTER TYPE msar.mood SET SCHEMA public;',
    expect.stringMatching(/^(ALTER \S+ \S+ SET SCHEMA public; )+ALTER TYPE msar.rng SET SCHEMA public;$/),
    'DROP VIEW public.vs;',
  ])
  for (const remedy of remedies) await sql(settings.database, remedy)
  await convert(settings)
  expect(await as(settings, 'SELECT tax, m::text FROM public.orders')).toEqual([{ tax: '2.0', m: 'good' }])
  expect(await as(settings, 'SELECT tax FROM public.vo')).toEqual([{ tax: '2.0' }])
})
