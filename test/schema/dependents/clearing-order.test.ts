import { expect, it } from 'vitest'
import { inClearingOrder } from '../../../src/schema/dependents/clearing-order.ts'
import { surveyRemoval } from '../../../src/schema/removal/survey.ts'
import { as, installedDatabase, withSession } from '../support.ts'
import { convert, mathesarSchemas } from './support.ts'

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
  const { dependents } = await withSession(settings, (session) => surveyRemoval(session))
  const remedies = inClearingOrder(dependents.filter(({ refusesConvert }) => refusesConvert)).map(
    ({ remedy }) => remedy,
  )
  expect(remedies.toSorted()).toEqual(statements.toSorted())
  for (const remedy of remedies) await as(settings, remedy ?? '')
  await convert(settings)
  expect(await mathesarSchemas(settings)).toEqual([])
})
