import { describe, expect, it } from 'vitest'
import { sharedCluster } from '../../support/database.ts'
import { expectTwins } from './support.ts'

const { major } = sharedCluster()

describe('columns', () => {
  it('columns of each type keep every value, their defaults and comments', async () => {
    const { converted } = await expectTwins(`
      CREATE TABLE public.t (
        id integer PRIMARY KEY,
        email mathesar_types.email,
        uri mathesar_types.uri NOT NULL DEFAULT 'https://example.org/',
        money mathesar_types.mathesar_money DEFAULT 1.50,
        list mathesar_types.mathesar_json_array,
        map mathesar_types.mathesar_json_object DEFAULT '{"a": 1}'::mathesar_types.mathesar_json_object,
        price mathesar_types.multicurrency_money DEFAULT $money(0.00, EUR),
        plain text
      );
      COMMENT ON TABLE public.t IS 'a table';
      COMMENT ON COLUMN public.t.email IS 'an ''address''\\';
      INSERT INTO public.t VALUES
        (1, 'a@example.org', 'http://example.org/a?b#c', 12.3400, '[1, {"a": null}]', '{"b": [], "a": 1e3}', $money(12.50, EUR), 'x'),
        (2, NULL, 'mailto:a@b', NULL, NULL, NULL, NULL, NULL),
        (3, 'B@EXAMPLE.ORG', 'a:', 'NaN', '[]', '{}', $money(NULL, NULL), ''),
        (4, 'c@d.e', 'urn:isbn:1', -0.000000000000000000000000001, '["\\u00e4"]', '{"": ""}', $money(-3, US), NULL);
      INSERT INTO public.t (id) VALUES (5);`)
    expect(converted.map(({ column, type, newType }) => `${column} ${type} -> ${newType}`)).toEqual([
      'email mathesar_types.email -> text',
      'uri mathesar_types.uri -> text',
      'money mathesar_types.mathesar_money -> numeric',
      'list mathesar_types.mathesar_json_array -> jsonb',
      'map mathesar_types.mathesar_json_object -> jsonb',
      'price mathesar_types.multicurrency_money -> jsonb',
    ])
  })

  it('columns of arrays keep their dimensions, their bounds and what is NULL in them', async () => {
    await expectTwins(`
      CREATE TABLE public.t (id integer, emails mathesar_types.email[], uris mathesar_types.uri[] DEFAULT '{a:b}',
        amounts mathesar_types.mathesar_money[][] NOT NULL DEFAULT '{}', lists mathesar_types.mathesar_json_array[],
        maps mathesar_types.mathesar_json_object[] DEFAULT ARRAY['{"a": 1}'::mathesar_types.mathesar_json_object],
        prices mathesar_types.multicurrency_money[]);
      INSERT INTO public.t VALUES
        (1, '{a@b,NULL,c@d}', '[0:1]={a:,b:}', '{{1.0,NULL},{3,4.50}}', '{"[1]","[]"}', NULL, ARRAY[$money(1.0, EUR), NULL, $money(NULL, NULL)]),
        (2, '[-1:0][2:3]={{a@b,c@d},{e@f,NULL}}', '{}', '[3:3]={7}', '{NULL}', '{"{\\"a\\": [1, 2]}"}', ARRAY[[$money(1, EUR)], [$money(2, USD)]]),
        (3, NULL, NULL, '{}', NULL, '{}', '{}');
      INSERT INTO public.t (id) VALUES (4);
      COMMENT ON COLUMN public.t.prices IS 'several';
      CREATE INDEX t_emails ON public.t USING gin (emails);
      CREATE INDEX t_first ON public.t ((uris[0]));
      CREATE VIEW public.v AS SELECT id, emails[1] AS first, cardinality(amounts) AS n,
        unnest(uris) AS uri FROM public.t;`)
  })

  it('columns of arrays of multicurrency_money keep their bounds', async () => {
    await expectTwins(`
      CREATE TABLE public.t (prices mathesar_types.multicurrency_money[]);
      INSERT INTO public.t SELECT array_fill($money(2.5, EUR), ARRAY[2, 1], ARRAY[0, 5]);`)
  })

  it('columns keep constant and computed defaults', async () => {
    await expectTwins(`
      CREATE FUNCTION public.somebody() RETURNS text LANGUAGE sql VOLATILE AS $$SELECT 'some@body'$$;
      CREATE SEQUENCE public.s;
      CREATE TABLE public.t (id serial,
        a mathesar_types.email DEFAULT 'a@b',
        b mathesar_types.email DEFAULT 'a@b'::mathesar_types.email,
        c mathesar_types.email DEFAULT public.somebody(),
        d mathesar_types.email DEFAULT ('a@' || 'b')::mathesar_types.email,
        e mathesar_types.email DEFAULT lower('A@B'::mathesar_types.email),
        f text DEFAULT 'a@b'::mathesar_types.email,
        g mathesar_types.mathesar_money DEFAULT nextval('public.s') * 1.5,
        h mathesar_types.mathesar_json_array DEFAULT jsonb_build_array(1, 2),
        i mathesar_types.email[] DEFAULT ARRAY['a@b', 'c@d']::mathesar_types.email[],
        j mathesar_types.uri DEFAULT CASE WHEN current_user = 'x' THEN 'a:' ELSE 'b:' END,
        k mathesar_types.multicurrency_money DEFAULT NULL,
        l mathesar_types.mathesar_money DEFAULT (random() * 0)::numeric);
      INSERT INTO public.t DEFAULT VALUES;
      COMMENT ON COLUMN public.t.c IS 'c';`)
  })

  it('columns keep their storage, statistics and privileges, and refuse NULL as before', async () => {
    await expectTwins(
      `
      CREATE TABLE public.t (id integer GENERATED ALWAYS AS IDENTITY, email mathesar_types.email NOT NULL,
        uri mathesar_types.uri COLLATE "C", list mathesar_types.mathesar_json_array, money mathesar_types.mathesar_money,
        emails mathesar_types.email[], price mathesar_types.multicurrency_money NOT NULL) WITH (fillfactor = 70, toast.autovacuum_enabled = off);
      ALTER TABLE public.t ALTER email SET STORAGE EXTERNAL, ALTER uri SET STORAGE MAIN, ALTER list SET STORAGE EXTERNAL,
        ALTER money SET STORAGE PLAIN, ALTER emails SET STORAGE MAIN, ALTER email SET STATISTICS 500, ALTER uri SET STATISTICS 0,
        ALTER email SET (n_distinct = -0.5, n_distinct_inherited = 10), ALTER emails SET STATISTICS 7, ALTER emails SET (n_distinct = 3);
      ${major >= 14 ? 'ALTER TABLE public.t ALTER email SET COMPRESSION pglz, ALTER emails SET COMPRESSION pglz;' : ''}
      INSERT INTO public.t (email, price) VALUES ('a@b', $money(1, EUR)), (repeat('a', 5000) || '@b', $money(2, EUR));
      GRANT SELECT (email, uri), UPDATE (money) ON public.t TO pg_monitor WITH GRANT OPTION;
      GRANT SELECT, INSERT (emails) ON public.t TO PUBLIC;
      ALTER TABLE public.t REPLICA IDENTITY FULL;`,
    )
  })

  it('converts columns whose names need quotes', async () => {
    const script = (email: string, uri: string, money: string, value: string) => `
      CREATE SCHEMA "Odd.Schema";
      CREATE DOMAIN "Odd.Schema"."my ""email""" AS ${email} CONSTRAINT "a check" CHECK (VALUE <> 'mathesar_types.email');
      CREATE TYPE "Odd.Schema"."select" AS ("from" ${uri}, "it's" "Odd.Schema"."my ""email""");
      CREATE TABLE "Odd.Schema"."a table" ("a column" ${email} CONSTRAINT "not %I" CHECK ("a column" <> ''),
        "mathesar_types.email" ${email} DEFAULT 'mathesar_types.email@mathesar_types.uri', "ROW" "Odd.Schema"."select",
        "money" ${money} DEFAULT ${value});
      INSERT INTO "Odd.Schema"."a table" VALUES ('a@b', 'c@d', ROW('a:b', 'e@f'));
      CREATE INDEX "an index" ON "Odd.Schema"."a table" (lower("a column"));
      CREATE VIEW "Odd.Schema"."a view" ("one ""col""") WITH (security_barrier) AS
        SELECT "a column"::${email} || ' ::mathesar_types.email ' || 'x'::text AS "::mathesar_types.email" FROM "Odd.Schema"."a table";
      COMMENT ON VIEW "Odd.Schema"."a view" IS 'mathesar_types.email\\''$$';
      COMMENT ON COLUMN "Odd.Schema"."a view"."one ""col""" IS E'line\nline';
      CREATE POLICY "a policy" ON "Odd.Schema"."a table" USING ("a column" = current_user);
      CREATE STATISTICS "Odd.Schema"."some stats" ON "a column", "mathesar_types.email" FROM "Odd.Schema"."a table";`
    await expectTwins(
      script(
        'mathesar_types.email',
        'mathesar_types.uri',
        'mathesar_types.multicurrency_money',
        '$money(1, EUR)',
      ),
      { twin: script('text', 'text', 'jsonb', `'{"value": 1, "currency": "EUR"}'::jsonb`) },
    )
  })

  it('columns called and aliased like the schema or the types keep their names in queries', async () => {
    const script = (email: string) => `
      CREATE TABLE public.mathesar_types_table (email ${email}, uri text);
      INSERT INTO public.mathesar_types_table VALUES ('a@b', 'x');
      CREATE VIEW public.v AS SELECT mathesar_types.email, mathesar_types.email::text AS e, lower(mathesar_types.email) AS l,
        mathesar_types.uri, count(*) FILTER (WHERE mathesar_types.email IS NOT NULL) OVER (PARTITION BY mathesar_types.email) AS n
        FROM public.mathesar_types_table mathesar_types WHERE mathesar_types.email <> 'mathesar_types.email';
      CREATE VIEW public.w AS SELECT coalesce(mathesar_types.email, 'a@b'::${email}) AS c,
        CASE mathesar_types.email WHEN 'a@b' THEN 1 END AS i, ARRAY[mathesar_types.email, NULL] AS a
        FROM (SELECT 'x@y'::${email} AS email) mathesar_types;`
    await expectTwins(script('mathesar_types.email'), { twin: script('text') })
  })
})
