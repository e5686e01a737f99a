import { describe, expect, it } from 'vitest'
import { createRole, sharedCluster, sql } from '../../support/database.ts'
import { expectTwins, plainScript } from './support.ts'

const { major } = sharedCluster()

const TABLE = `
CREATE TABLE public.t (id integer PRIMARY KEY, email mathesar_types.email DEFAULT 'd@d', uri mathesar_types.uri,
  money mathesar_types.mathesar_money, list mathesar_types.mathesar_json_array, price mathesar_types.multicurrency_money, plain text);
INSERT INTO public.t VALUES (1, 'a@b', 'a:', 1.50, '[1, 2]', $money(1, EUR), 'x'), (2, 'c@d', NULL, 2, '[]', NULL, 'y'),
  (3, NULL, 'b:', NULL, NULL, $money(NULL, NULL), NULL);
`
const NOTHING = `CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';`

describe('views', () => {
  it('restores views of any shape and at any depth', async () => {
    await expectTwins(`${TABLE}
      CREATE VIEW public.v1 AS SELECT * FROM public.t;
      CREATE VIEW public.v2 (a, "b b", c) AS SELECT id, lower(email), price FROM public.v1 WHERE email LIKE '%@%';
      CREATE VIEW public.v3 AS WITH RECURSIVE r (n, email) AS (
          SELECT 1, email FROM public.t UNION ALL SELECT n + 1, email FROM r WHERE n < 3)
        SELECT n, array_agg(DISTINCT email ORDER BY email) AS emails, count(*) FILTER (WHERE email = 'a@b') FROM r GROUP BY n;
      CREATE VIEW public.v4 AS SELECT v1.*, x.value, row_number() OVER w AS nr FROM public.v1 CROSS JOIN LATERAL jsonb_array_elements(v1.list) x
        WINDOW w AS (PARTITION BY v1.email ORDER BY v1.id DESC);
      CREATE VIEW public.v5 AS SELECT email FROM public.t UNION (SELECT uri FROM public.t EXCEPT SELECT plain FROM public.t) ORDER BY 1;
      CREATE VIEW public.v6 AS SELECT t AS whole, t.email::varchar(3) AS short, (t.money)::text || 'x' AS m FROM public.t;
      CREATE VIEW public.v7 AS SELECT whole FROM public.v6 WHERE (whole).id = 1;
      CREATE VIEW public.v8 AS SELECT a.id, b.email FROM public.t a JOIN public.t b USING (id, email) JOIN public.v1 USING (id);
      CREATE VIEW public.v9 AS SELECT CASE WHEN email IS NULL THEN 'n@n' ELSE email END AS e, coalesce(email, uri) AS c,
        nullif(email, 'a@b') AS n, email IS DISTINCT FROM uri AS d, (SELECT max(email) FROM public.t u WHERE u.id <> t.id) AS m,
        email = ANY (ARRAY['a@b', 'c@d']) AS a, email IN ('a@b', 'x@y') AS i, row(email, uri)::text AS r FROM public.t;
      CREATE VIEW public.v10 AS VALUES ('a@b'::mathesar_types.email, 1::mathesar_types.mathesar_money), (NULL, 2);
      CREATE VIEW public.v11 AS SELECT x.* FROM jsonb_to_recordset('[{"e": "a@b", "m": 1}]') AS x (e mathesar_types.email, m mathesar_types.mathesar_money);
      CREATE VIEW public.v12 AS SELECT v2.a FROM public.v2 JOIN public.v3 ON v3.n = v2.a JOIN public.v5 ON true;
      CREATE VIEW public.v13 AS SELECT id FROM public.t TABLESAMPLE system (100) GROUP BY GROUPING SETS ((id, email), (id)) HAVING count(email) > 0;
      CREATE VIEW public.v14 AS SELECT id, plain FROM public.t;
      CREATE VIEW public.v15 AS SELECT 'a@b'::mathesar_types.email::text || NULL::mathesar_types.uri AS t, '{a@b}'::mathesar_types.email[] AS l;
      CREATE VIEW public.v16 AS SELECT * FROM ROWS FROM (json_to_recordset('[]') AS (e mathesar_types.email, "a, b" mathesar_types.uri[]), generate_series(1, 2)) AS y;
      COMMENT ON VIEW public.v2 IS 'two';
      COMMENT ON COLUMN public.v2."b b" IS 'b';`)
  })

  it('views keep their options, owners, privileges, comments and defaults', async () => {
    const owner = (await createRole()).user
    const reader = (await createRole()).user
    await expectTwins(
      `GRANT USAGE, CREATE ON SCHEMA public TO "${owner}", "${reader}";
      ${TABLE}
      ALTER TABLE public.t OWNER TO "${owner}";
      CREATE VIEW public.v1 WITH (security_barrier = true, check_option = cascaded) AS SELECT * FROM public.t WHERE email <> 'x@y';
      CREATE VIEW public.v2 AS SELECT id, email FROM public.v1 WHERE id > 0 WITH LOCAL CHECK OPTION;
      ${major >= 15 ? 'CREATE VIEW public.v3 WITH (security_invoker) AS SELECT email FROM public.t;' : ''}
      ALTER VIEW public.v1 OWNER TO "${owner}";
      ALTER VIEW public.v2 OWNER TO "${reader}";
      ALTER VIEW public.v2 ALTER email SET DEFAULT 'view@b';
      ALTER VIEW public.v2 ALTER id SET DEFAULT 7;
      SET ROLE "${owner}";
      GRANT SELECT, INSERT ON public.t, public.v1 TO "${reader}" WITH GRANT OPTION;
      REVOKE DELETE ON public.v1 FROM "${owner}";
      GRANT SELECT (email), UPDATE (email, id) ON public.v1 TO "${reader}" WITH GRANT OPTION;
      SET ROLE "${reader}";
      GRANT SELECT ON public.v1 TO pg_monitor;
      GRANT SELECT (email) ON public.v1 TO PUBLIC;
      GRANT UPDATE (id) ON public.v1 TO pg_monitor WITH GRANT OPTION;
      GRANT ALL ON public.v2 TO "${owner}", PUBLIC;
      RESET ROLE;
      COMMENT ON VIEW public.v1 IS 'one'; COMMENT ON COLUMN public.v1.email IS 'an address';`,
      { superuser: true },
    )
  })

  it('views keep privileges where default privileges give others to new ones', async () => {
    const other = (await createRole()).user
    await expectTwins(`
      CREATE SCHEMA s;
      CREATE TABLE s.t (email mathesar_types.email);
      CREATE VIEW s.never_granted AS SELECT email FROM s.t;
      CREATE VIEW s.granted AS SELECT email FROM s.t;
      CREATE MATERIALIZED VIEW s.m AS SELECT email FROM s.t;
      CREATE DOMAIN s.d AS mathesar_types.email;
      ${major >= 14 ? `CREATE FUNCTION s.f() RETURNS text BEGIN ATOMIC SELECT email FROM s.t; END;` : ''}
      GRANT SELECT ON s.granted TO pg_monitor;
      ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT ALL ON TABLES TO "${other}" WITH GRANT OPTION;
      ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM PUBLIC;
      ALTER DEFAULT PRIVILEGES REVOKE ALL ON TYPES FROM PUBLIC;
      ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;`)
  })

  it('restores views with triggers and rules of their own', async () => {
    await expectTwins(`${TABLE}${NOTHING}
      CREATE VIEW public.v AS SELECT id, email, price FROM public.t;
      CREATE VIEW public.w AS SELECT email FROM public.v;
      CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE OR DELETE ON public.v FOR EACH ROW EXECUTE FUNCTION public.nothing();
      CREATE TRIGGER before_statement BEFORE UPDATE ON public.v FOR EACH STATEMENT EXECUTE FUNCTION public.nothing('an argument', 'mathesar_types.emails');
      CREATE TRIGGER off INSTEAD OF INSERT ON public.v FOR EACH ROW EXECUTE FUNCTION public.nothing();
      CREATE TRIGGER always INSTEAD OF INSERT ON public.v FOR EACH ROW EXECUTE FUNCTION public.nothing();
      COMMENT ON TRIGGER instead ON public.v IS 'instead';
      CREATE RULE r_insert AS ON INSERT TO public.w DO INSTEAD INSERT INTO public.t (id, email) VALUES (9, NEW.email) RETURNING t.email;
      CREATE RULE r_update AS ON UPDATE TO public.w WHERE NEW.email = 'a@b'::mathesar_types.email DO ALSO NOTHING;
      COMMENT ON RULE r_insert ON public.w IS 'inserts';`)
  })
})

describe('settings that the server keeps for itself', () => {
  const objects = `${TABLE}
    ALTER TABLE public.t ALTER email SET (n_distinct = 5), ALTER uri SET STATISTICS 7;
    ALTER TABLE public.t ADD CONSTRAINT keys UNIQUE (email, price) WITH (fillfactor = 70);
    ${major >= 17 ? '' : '-- '}ALTER TABLE public.t ADD low text GENERATED ALWAYS AS (lower(email)) STORED;
    CREATE VIEW public.v WITH (security_barrier) AS SELECT id, email FROM public.t;
    CREATE MATERIALIZED VIEW public.m WITH (fillfactor = 50, toast.autovacuum_enabled = false) AS SELECT email, uri FROM public.t;
    ALTER MATERIALIZED VIEW public.m ALTER email SET (n_distinct = -0.5, n_distinct_inherited = 3);
    CREATE TYPE public.c AS (e mathesar_types.email);
    CREATE VIEW public.w AS SELECT NULL::public.c AS c, v.* FROM public.v;`
  const own = `
    SET allow_system_table_mods = on;
    UPDATE pg_attribute SET attoptions = array_append(attoptions, 'pg_attver=26849664')
    WHERE attnum > 0 AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'c'));
    UPDATE pg_class SET reloptions = array_append(reloptions, 'pg_relver=1') WHERE relname IN ('v', 'm');`

  it('settings that the server keeps for itself do not stop a conversion and are lost, while those of users are kept', async () => {
    const { settings } = await expectTwins(objects + own, { superuser: true, twin: plainScript(objects) })
    const carried = await sql(
      settings.database,
      `SELECT attrelid::regclass::text FROM pg_attribute WHERE attoptions::text ~ '=26849664' AND attrelid <> 'public.t'::regclass`,
    )
    expect(carried).toEqual([])
  })
})

describe('materialized views', () => {
  it('materialized views keep their rows, indexes, options, targets, owners, privileges and comments', async () => {
    await expectTwins(`${TABLE}
      CREATE MATERIALIZED VIEW public.m1 WITH (fillfactor = 50) AS SELECT id, email, price, lower(uri) AS low FROM public.t;
      CREATE MATERIALIZED VIEW public.m2 (a, b) AS SELECT email, count(*) FROM public.m1 GROUP BY 1;
      CREATE MATERIALIZED VIEW public.empty AS SELECT email FROM public.t WITH NO DATA;
      CREATE VIEW public.v AS SELECT * FROM public.m2;
      CREATE MATERIALIZED VIEW public.m3 AS SELECT * FROM public.v;
      CREATE UNIQUE INDEX m1_id ON public.m1 (id);
      CREATE INDEX m1_low ON public.m1 (low DESC) INCLUDE (email) WITH (fillfactor = 30);
      CREATE INDEX m1_part ON public.m1 (low) WHERE email <> 'x@y';
      CREATE INDEX m1_upper ON public.m1 (upper(email));
      CREATE UNIQUE INDEX empty_email ON public.empty (email);
      ALTER INDEX public.m1_upper ALTER COLUMN 1 SET STATISTICS 77;
      COMMENT ON INDEX public.m1_low IS 'low';
      ALTER MATERIALIZED VIEW public.m1 CLUSTER ON m1_low;
      ALTER MATERIALIZED VIEW public.m1 ALTER email SET STATISTICS 42, ALTER low SET STORAGE EXTERNAL, ALTER email SET (n_distinct = 5);
      ${major >= 14 ? 'ALTER MATERIALIZED VIEW public.m1 ALTER low SET COMPRESSION pglz;' : ''}
      CREATE STATISTICS public.m1_s ON email, low FROM public.m1;
      COMMENT ON STATISTICS public.m1_s IS 'both';
      GRANT SELECT ON public.m1 TO pg_monitor;
      GRANT SELECT (a) ON public.m2 TO PUBLIC;
      COMMENT ON MATERIALIZED VIEW public.m1 IS 'one';
      COMMENT ON COLUMN public.m1.low IS 'in small letters';`)
  })
})

describe('rules', () => {
  it('restores rules on tables', async () => {
    await expectTwins(`${TABLE}
      CREATE TABLE public.log (email mathesar_types.email, at text, what text);
      CREATE RULE r1 AS ON INSERT TO public.t WHERE NEW.email <> 'x@y' DO ALSO INSERT INTO public.log VALUES (NEW.email, 'now', 'insert');
      CREATE RULE r2 AS ON DELETE TO public.t DO INSTEAD (UPDATE public.t SET email = NULL WHERE id = OLD.id; DELETE FROM public.log WHERE email = OLD.email::mathesar_types.email);
      CREATE RULE r3 AS ON UPDATE TO public.log WHERE OLD.what = 'x' DO INSTEAD NOTHING;
      CREATE RULE r4 AS ON INSERT TO public.log DO ALSO SELECT pg_notify('log', NEW.email);
      ALTER TABLE public.t DISABLE RULE r1;
      ALTER TABLE public.log ENABLE ALWAYS RULE r4;
      COMMENT ON RULE r2 ON public.t IS 'never';`)
  })
})

describe('triggers', () => {
  it('restores triggers of every kind', async () => {
    await expectTwins(
      `${TABLE}${NOTHING}
      CREATE TRIGGER g1 BEFORE INSERT OR UPDATE OF email, id ON public.t FOR EACH ROW EXECUTE FUNCTION public.nothing();
      CREATE TRIGGER g2 AFTER UPDATE ON public.t FOR EACH ROW WHEN (OLD.email IS DISTINCT FROM NEW.email AND NEW.money > 1::mathesar_types.mathesar_money)
        EXECUTE FUNCTION public.nothing('it''s', '\\x', '');
      CREATE TRIGGER g3 AFTER UPDATE ON public.t REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.nothing();
      CREATE CONSTRAINT TRIGGER g4 AFTER UPDATE OF uri ON public.t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.uri <> '') EXECUTE FUNCTION public.nothing();
      CREATE TRIGGER g5 AFTER TRUNCATE ON public.t EXECUTE FUNCTION public.nothing();
      CREATE TRIGGER g6 BEFORE UPDATE OF email ON public.t FOR EACH ROW EXECUTE FUNCTION public.nothing();
      CREATE TRIGGER g7 BEFORE UPDATE OF email ON public.t FOR EACH ROW EXECUTE FUNCTION public.nothing();
      CREATE TRIGGER g8 BEFORE UPDATE OF email ON public.t FOR EACH ROW EXECUTE FUNCTION public.nothing();
      ALTER TABLE public.t DISABLE TRIGGER g6;
      ALTER TABLE public.t ENABLE REPLICA TRIGGER g7;
      ALTER TABLE public.t ENABLE ALWAYS TRIGGER g8;
      ALTER TABLE public.t DISABLE TRIGGER g4;
      COMMENT ON TRIGGER g1 ON public.t IS 'one';
      COMMENT ON TRIGGER g4 ON public.t IS 'four';
      ALTER TRIGGER g1 ON public.t DEPENDS ON EXTENSION plpgsql;`,
      { superuser: true },
    )
  })
})

describe('policies', () => {
  it('restores policies for all commands and roles', async () => {
    const role = (await createRole()).user
    await expectTwins(
      `${TABLE}
      CREATE TABLE public.allowed (who text, email mathesar_types.email);
      CREATE POLICY p1 ON public.t USING (email = current_user);
      CREATE POLICY p2 ON public.t AS RESTRICTIVE FOR SELECT TO "${role}", pg_monitor USING (email LIKE 'a%' OR uri = 'x:'::mathesar_types.uri);
      CREATE POLICY p3 ON public.t FOR INSERT TO PUBLIC WITH CHECK (lower(email) <> 'x@y');
      CREATE POLICY p4 ON public.t FOR UPDATE TO "${role}" USING (money > 1) WITH CHECK (money < 10);
      CREATE POLICY p5 ON public.t FOR DELETE USING (EXISTS (SELECT FROM public.allowed a WHERE a.email = t.email AND a.who = current_user));
      CREATE POLICY p6 ON public.allowed AS RESTRICTIVE USING (who IN (SELECT plain FROM public.t WHERE t.email = allowed.email));
      CREATE POLICY p7 ON public.allowed FOR INSERT WITH CHECK (true);
      COMMENT ON POLICY p5 ON public.t IS 'who may';
      ALTER TABLE public.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      ALTER TABLE public.allowed ENABLE ROW LEVEL SECURITY;`,
    )
  })

  it('restores policies on a table that hides its rows from its owner', async () => {
    await expectTwins(
      `${TABLE}
      CREATE TYPE public.pair AS (a mathesar_types.email, b integer);
      CREATE TABLE public.u (p public.pair, emails mathesar_types.email[]);
      INSERT INTO public.u VALUES (ROW('a@b', 1), '{a@b}'), (NULL, NULL);
      CREATE POLICY p1 ON public.t USING (email = 'nobody');
      CREATE POLICY p1 ON public.u USING (false);
      ALTER TABLE public.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      ALTER TABLE public.u ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`,
    )
  })
})

describe('routines', () => {
  it('routines whose bodies the server keeps as text stay as they are', async () => {
    await expectTwins(`${TABLE}
      CREATE FUNCTION public.f() RETURNS SETOF text LANGUAGE sql AS 'SELECT email FROM public.t';
      CREATE FUNCTION public.g(text) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM public.t WHERE email = $1); END';
      CREATE PROCEDURE public.p() LANGUAGE plpgsql AS 'BEGIN UPDATE public.t SET email = lower(email); END';
      CREATE FUNCTION public.h(public.t) RETURNS text LANGUAGE sql AS 'SELECT $1.email';
      CREATE VIEW public.v AS SELECT f, public.g('a@b'), (SELECT min(public.h(t)) FROM public.t) AS h FROM public.f();`)
  })

  it('restores routines that return rows of views, or of tables', async () => {
    await expectTwins(`${TABLE}
      CREATE VIEW public.v AS SELECT id, email FROM public.t;
      CREATE FUNCTION public.of_view() RETURNS SETOF public.v LANGUAGE sql STABLE ROWS 5 COST 3 AS 'SELECT * FROM public.v';
      CREATE FUNCTION public.of_table() RETURNS SETOF public.t LANGUAGE sql AS 'SELECT * FROM public.t';
      CREATE FUNCTION public.takes(public.v, public.v[], VARIADIC text[] DEFAULT '{}') RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT ($1).email';
      COMMENT ON FUNCTION public.of_view() IS 'rows of v';
      REVOKE ALL ON FUNCTION public.takes(public.v, public.v[], text[]) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION public.takes(public.v, public.v[], text[]) TO pg_monitor;
      CREATE VIEW public.w AS SELECT * FROM public.of_view();
      CREATE VIEW public.x AS SELECT id, email, uri FROM public.of_table();`)
  })

  it.runIf(major >= 14)('restores routines with bodies of the SQL standard', async () => {
    const owner = (await createRole()).user
    await expectTwins(
      `GRANT USAGE, CREATE ON SCHEMA public TO "${owner}"; ${TABLE}
      CREATE FUNCTION public.f(n integer, OUT e text) LANGUAGE sql STABLE SECURITY DEFINER SET work_mem = '8MB'
        BEGIN ATOMIC SELECT email || '::mathesar_types.emails' FROM public.t WHERE id = n; END;
      CREATE FUNCTION public.g(a text DEFAULT 'x') RETURNS bigint IMMUTABLE PARALLEL SAFE RETURN (SELECT count(*) FROM public.t WHERE email = a::mathesar_types.email);
      CREATE PROCEDURE public.p(INOUT x text) BEGIN ATOMIC INSERT INTO public.t (id, email) VALUES (100, x); SELECT 'done' AS answer; END;
      CREATE FUNCTION public.h() RETURNS TABLE (e text, h text) BEGIN ATOMIC SELECT email, public.f(id) FROM public.t; END;
      CREATE VIEW public.v AS SELECT public.f(id) AS f, public.g('a@b') AS g FROM public.t;
      CREATE FUNCTION public.of_v() RETURNS SETOF public.v BEGIN ATOMIC SELECT * FROM public.v; END;
      CREATE VIEW public.w AS SELECT * FROM public.of_v(), public.h();
      CREATE TABLE public.u (n bigint DEFAULT public.g('d@d'), CHECK (public.g('x@y') = 0));
      CREATE INDEX u_g ON public.u (n) WHERE public.g('z@z') < 5;
      INSERT INTO public.u VALUES (1);
      ALTER FUNCTION public.f(integer) OWNER TO "${owner}";
      COMMENT ON FUNCTION public.f IS 'f'; COMMENT ON PROCEDURE public.p IS 'p';
      REVOKE ALL ON FUNCTION public.g FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION public.g TO "${owner}" WITH GRANT OPTION;
      SET ROLE "${owner}"; GRANT EXECUTE ON FUNCTION public.g TO pg_monitor; RESET ROLE;
      ALTER FUNCTION public.h DEPENDS ON EXTENSION plpgsql;`,
      { superuser: true },
    )
  })
})

describe('publications', () => {
  it('publications keep their tables', async () => {
    await expectTwins(
      `${TABLE} CREATE TABLE public.u (email mathesar_types.email PRIMARY KEY, n integer, plain text);
      CREATE PUBLICATION all_tables FOR ALL TABLES;
      CREATE PUBLICATION several FOR TABLE public.t, public.u WITH (publish = 'insert, delete');
      COMMENT ON PUBLICATION several IS 'some';
      ${
        major >= 15
          ? `CREATE PUBLICATION listed FOR TABLE public.u (email, n) WHERE (n > 1), public.t (id, money);
             CREATE PUBLICATION filtered FOR TABLE public.u WHERE (plain = 'mathesar_types.emails') WITH (publish = 'insert');
             CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA public;`
          : ''
      }`,
      { superuser: true },
    )
  })
})

it('tells in the end what became of every column', async () => {
  const { converted, dropped, notes } = await expectTwins(TABLE)
  expect(converted[0]).toEqual({
    schema: 'public',
    relation: 't',
    column: 'email',
    type: 'mathesar_types.email',
    newType: 'text',
  })
  expect(dropped).toEqual(['schema msar', 'schema __msar', 'schema mathesar_types'])
  expect(notes).toEqual([])
})
