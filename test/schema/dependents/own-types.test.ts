import { describe, expect, it } from 'vitest'
import { inClearingOrder } from '../../../src/schema/dependents/clearing-order.ts'
import { surveyRemoval } from '../../../src/schema/removal/survey.ts'
import { sharedCluster } from '../../support/database.ts'
import { as, withSession } from '../support.ts'
import { convert, expectTwins, installedCopy, mathesarSchemas } from './support.ts'

const { major } = sharedCluster()

describe('domains', () => {
  it('domains are created again on the plain type, with checks, defaults, collation, comments and privileges', async () => {
    await expectTwins(`
      CREATE DOMAIN public.work_email AS mathesar_types.email COLLATE "C" DEFAULT 'a@example.net'
        CONSTRAINT at_work CHECK (VALUE LIKE '%@example.net') CONSTRAINT not_long CHECK (length(VALUE) < 100);
      COMMENT ON DOMAIN public.work_email IS 'an address at work';
      COMMENT ON CONSTRAINT at_work ON DOMAIN public.work_email IS 'of this company';
      REVOKE ALL ON TYPE public.work_email FROM PUBLIC;
      GRANT USAGE ON TYPE public.work_email TO pg_monitor WITH GRANT OPTION;
      CREATE DOMAIN public.needed AS mathesar_types.uri NOT NULL;
      CREATE DOMAIN public.amount AS mathesar_types.mathesar_money CHECK (VALUE > 0 AND VALUE <> 7::mathesar_types.mathesar_money);
      ALTER DOMAIN public.amount ADD CONSTRAINT late CHECK (VALUE < 1000) NOT VALID;
      CREATE DOMAIN public.price AS mathesar_types.multicurrency_money;
      CREATE DOMAIN public.unused AS mathesar_types.mathesar_json_object DEFAULT '{}';
      CREATE TABLE public.t (id integer, a public.work_email, b public.needed DEFAULT 'a:', c public.amount, d public.price,
        e public.work_email[] DEFAULT ARRAY['a@example.net'], f text);
      INSERT INTO public.t VALUES (1, 'b@example.net', 'b:', 12.50, $money(1.5, EUR), '{c@example.net,NULL}');
      INSERT INTO public.t VALUES (2, NULL, 'c:', NULL, NULL, NULL);
      CREATE UNIQUE INDEX t_a ON public.t (a);
      CREATE VIEW public.v AS SELECT a, b::text AS b, c * 2 AS c, 'd@example.net'::public.work_email AS d FROM public.t;
      ALTER TABLE public.t ALTER f SET DEFAULT 'x@example.net'::public.work_email;
      ALTER TABLE public.t ADD CHECK (a::public.work_email <> 'x@example.net'), ADD CONSTRAINT c CHECK (a <> '');`)
  })

  it('converts domains over domains and over arrays, and arrays of these', async () => {
    await expectTwins(`
      CREATE DOMAIN public.one AS mathesar_types.email CHECK (VALUE <> 'x@y');
      CREATE DOMAIN public.two AS public.one CHECK (VALUE LIKE 'a%') DEFAULT 'a@two';
      CREATE DOMAIN public.three AS public.two NOT NULL;
      CREATE DOMAIN public.many AS mathesar_types.email[] CHECK (cardinality(VALUE) < 4);
      CREATE DOMAIN public.several AS public.two[];
      CREATE DOMAIN public.lots AS public.many[];
      CREATE DOMAIN public.prices AS mathesar_types.multicurrency_money[] CHECK (array_ndims(VALUE) = 1);
      COMMENT ON DOMAIN public.many IS 'many';
      CREATE TABLE public.t (a public.one, b public.two, c public.three DEFAULT 'ab@c', d public.many, e public.several,
        f public.lots, g public.prices);
      INSERT INTO public.t VALUES ('a@b', 'a@c', 'a@d', '{a@b,NULL}', '{a@e}', '{"{a@b}","{}"}', ARRAY[$money(1, EUR)]),
        (NULL, NULL, 'a@f', NULL, NULL, NULL, NULL), (NULL, NULL, 'a@f', '{}', '{}', '{}', NULL);
      CREATE INDEX t_d ON public.t USING gin (d);
      CREATE VIEW public.v AS SELECT a, d[1] AS d, e[1] AS e, f[1] AS f, g[1] AS g FROM public.t;`)
  })

  it.runIf(major >= 17)('domains keep the names of their constraints against NULL', async () => {
    await expectTwins(`
      CREATE DOMAIN public.needed AS mathesar_types.email CONSTRAINT there_must_be_one NOT NULL;
      COMMENT ON CONSTRAINT there_must_be_one ON DOMAIN public.needed IS 'really';
      CREATE TABLE public.t (a public.needed);
      INSERT INTO public.t VALUES ('a@b');`)
  })
})

describe('composite types', () => {
  it('composite types are created again with plain attributes, nested and in arrays', async () => {
    const { converted } = await expectTwins(`
      CREATE TYPE public.contact AS (label text COLLATE "C", address mathesar_types.email, n integer, home mathesar_types.uri);
      CREATE TYPE public.entry AS (main public.contact, others public.contact[], price mathesar_types.multicurrency_money);
      CREATE TYPE public.unused AS (a mathesar_types.mathesar_json_array, b varchar(10), c numeric(5, 2)[]);
      COMMENT ON TYPE public.contact IS 'a contact';
      COMMENT ON COLUMN public.contact.address IS 'its address';
      COMMENT ON COLUMN public.contact.label IS 'its label';
      GRANT USAGE ON TYPE public.contact TO pg_monitor;
      REVOKE USAGE ON TYPE public.contact FROM PUBLIC;
      CREATE TABLE public.t (id integer, c public.contact, cs public.contact[], e public.entry DEFAULT NULL, es public.entry[]);
      INSERT INTO public.t VALUES
        (1, ROW('a', 'a@b', 1, 'a:b'), ARRAY[ROW('a', 'a@b', 1, 'a:b')::public.contact, NULL, ROW(NULL, NULL, NULL, NULL)::public.contact],
          ROW(ROW('a', 'a@b', 1, NULL), ARRAY[ROW('b', 'c@d', NULL, 'x:')::public.contact], $money(12.5, EUR)),
          ARRAY[ROW(NULL, NULL, $money(1, EUR))::public.entry]),
        (2, ROW(NULL, NULL, NULL, NULL), '{}', ROW(NULL, NULL, NULL), NULL),
        (3, NULL, NULL, NULL, ARRAY[NULL]::public.entry[]),
        (4, ROW('"(,)\\', NULL, NULL, 'x:"(,)'), '[2:2]={"(a,a@b,1,a:)"}', ROW(NULL, '{}', NULL), '{}');
      CREATE TABLE public.u (plain integer, c public.contact NOT NULL DEFAULT ROW('x', 'x@y', 0, 'x:')::public.contact);
      INSERT INTO public.u VALUES (1);
      CREATE VIEW public.v AS SELECT id, (c).address, ((e).main).home, (cs[1]).label, c FROM public.t;
      CREATE INDEX t_address ON public.t (((c).address));
      ALTER TABLE public.t ADD CONSTRAINT labelled CHECK ((c).label IS NULL OR (c).label <> 'never');`)
    expect(
      converted.map(({ relation, column, newType }) => `${relation}.${column} ${newType}`).sort(),
    ).toEqual([
      'contact.address text',
      'contact.home text',
      'entry.main public.contact',
      'entry.others public.contact[]',
      'entry.price jsonb',
      't.c public.contact',
      't.cs public.contact[]',
      't.e public.entry',
      't.es public.entry[]',
      'u.c public.contact',
      'unused.a jsonb',
    ])
  })

  it('a conversion of composite types distinguishes a NULL from a row of NULLs', async () => {
    const { settings } = await expectTwins(`
      CREATE TYPE public.pair AS (a mathesar_types.email, b mathesar_types.multicurrency_money);
      CREATE TABLE public.t (id integer, p public.pair, m mathesar_types.multicurrency_money);
      INSERT INTO public.t VALUES (1, NULL, NULL), (2, ROW(NULL, NULL), $money(NULL, NULL)), (3, ROW(NULL, $money(NULL, NULL)), NULL);
      CREATE VIEW public.v AS SELECT id, p::text AS p FROM public.t;`)
    expect(settings).toBeDefined()
  })

  it('converts composite types that tables are created of', async () => {
    await expectTwins(`
      CREATE TYPE public.person AS (name text, email mathesar_types.email, price mathesar_types.multicurrency_money);
      COMMENT ON TYPE public.person IS 'a person';
      CREATE TABLE public.people OF public.person (PRIMARY KEY (email), name WITH OPTIONS NOT NULL,
        price WITH OPTIONS DEFAULT $money(1, EUR), CHECK (email <> name));
      CREATE TABLE public.others OF public.person;
      CREATE TABLE public.boxes (p public.person);
      INSERT INTO public.people VALUES ('A', 'a@b', NULL), ('B', 'b@c', $money(3.0, USD));
      INSERT INTO public.others VALUES (NULL, NULL, NULL);
      INSERT INTO public.boxes VALUES (ROW('C', 'c@d', $money(3.0, USD)));
      COMMENT ON COLUMN public.people.email IS 'the key';
      CREATE INDEX others_email ON public.others (lower(email));
      CREATE VIEW public.v AS SELECT * FROM public.people;`)
  })

  it('converts composite types that only contain a domain of the operator', async () => {
    await expectTwins(`
      CREATE DOMAIN public.mail AS mathesar_types.email CHECK (VALUE <> 'x@y');
      CREATE TYPE public.box AS (m public.mail, ms public.mail[]);
      CREATE DOMAIN public.box_domain AS public.box CHECK ((VALUE).m IS NOT NULL);
      CREATE TABLE public.t (b public.box, d public.box_domain, bs public.box[]);
      INSERT INTO public.t VALUES (ROW('a@b', '{c@d}'), ROW('a@b', NULL), ARRAY[ROW('a@b', '{}')::public.box]);`)
  })
})

describe('ranges', () => {
  it('ranges are created again over the plain type', async () => {
    await expectTwins(
      `
      CREATE TYPE public.price_range AS RANGE (subtype = mathesar_types.mathesar_money);
      CREATE TYPE public.mail_range AS RANGE (subtype = mathesar_types.email, collation = "C");
      COMMENT ON TYPE public.price_range IS 'from … to';
      GRANT USAGE ON TYPE public.price_range TO pg_monitor;
      CREATE TABLE public.t (id integer, p public.price_range DEFAULT '[1,2)', m public.mail_range, ps public.price_range[]);
      INSERT INTO public.t VALUES (1, '[1.50,3.000)', '[a@b,c@d]', '{"[1,2]",NULL,empty}'), (2, 'empty', '(,)', '{}'), (3, NULL, NULL, NULL),
        (4, '(,5]', '[x@y,)', '{"[-7,)"}');
      CREATE INDEX t_p ON public.t USING gist (p);
      CREATE VIEW public.v AS SELECT id, lower(p) AS low, p * '[1,2]'::public.price_range AS part, p @> 2::mathesar_types.mathesar_money AS has,
        public.price_range(1, 2, '[]') AS made FROM public.t;
      ALTER TABLE public.t ADD CONSTRAINT apart EXCLUDE USING gist (p WITH &&) WHERE (id > 1);
      CREATE DOMAIN public.asked AS public.price_range CHECK (NOT isempty(VALUE));
      CREATE TABLE public.u (a public.asked);
      INSERT INTO public.u VALUES ('[1,2]');`,
      { superuser: true },
    )
  })

  it.runIf(major >= 14)('converts ranges with multiranges', async () => {
    await expectTwins(
      `
      CREATE TYPE public.price_range AS RANGE (subtype = mathesar_types.mathesar_money, multirange_type_name = public.prices);
      CREATE TYPE public.other_range AS RANGE (subtype = mathesar_types.mathesar_money);
      CREATE TABLE public.t (id integer, p public.prices, o public.other_multirange DEFAULT '{[1,2)}', ps public.prices[]);
      INSERT INTO public.t VALUES (1, '{[1.50,3.000),[4,5]}', '{}', '{"{[1,2]}",NULL}'), (2, NULL, NULL, '{}');
      CREATE VIEW public.v AS SELECT id, p + public.prices(public.price_range(1, 2)) AS sum, unnest(p) AS one FROM public.t;`,
      { superuser: true },
    )
  })
})

it('names aggregates, operators and casts over a type that is made again, and what clears the way', async () => {
  const settings = await installedCopy()
  await as(
    settings,
    `CREATE TYPE pair AS (number integer, email mathesar_types.email);
    CREATE FUNCTION later(pair, pair) RETURNS pair LANGUAGE sql AS 'SELECT $2';
    CREATE FUNCTION counted(integer, pair) RETURNS integer LANGUAGE sql AS 'SELECT $1 + 1';
    CREATE FUNCTION described(pair) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN $1.number; END';
    CREATE AGGREGATE last_pair(pair) (SFUNC = later, STYPE = pair);
    CREATE AGGREGATE number_of(pair) (SFUNC = counted, STYPE = integer, INITCOND = '0');
    CREATE OPERATOR ## (FUNCTION = later, LEFTARG = pair, RIGHTARG = pair);
    CREATE CAST (pair AS text) WITH FUNCTION described(pair);
    CREATE TABLE t (p pair, q pair CHECK ((q ## q) IS NOT NULL));
    CREATE VIEW v AS SELECT last_pair(p), number_of(p) FROM t;
    CREATE VIEW kept AS SELECT p FROM t;`,
  )
  const { dependents, convert: cost } = await withSession(settings, (session) => surveyRemoval(session))
  const refused = dependents.filter(({ refusesConvert }) => refusesConvert)
  expect(cost.refused).toBe(refused.length)
  expect(inClearingOrder(refused).map(({ remedy }) => remedy)).toEqual([
    'ALTER TABLE public.t DROP CONSTRAINT t_q_check;',
    'DROP VIEW public.v;',
    'DROP CAST (public.pair AS pg_catalog.text);',
    'DROP OPERATOR public.##(public.pair,public.pair);',
    'DROP AGGREGATE public.last_pair(public.pair);',
    'DROP AGGREGATE public.number_of(public.pair);',
  ])
  const [aggregate] = refused.filter(({ kind }) => kind === 'aggregate')
  expect(aggregate?.effects.convert).toBe(
    "can't be converted: it uses type public.pair, which has to change: drop it, and create it again afterwards",
  )
  await expect(convert(settings)).rejects.toMatchObject({ code: 'DEPENDENTS_EXIST' })
  for (const { remedy } of inClearingOrder(refused)) await as(settings, remedy ?? '')
  await convert(settings)
  expect(await mathesarSchemas(settings)).toEqual([])
})
