import { describe, expect, it } from 'vitest'
import { openSession } from '../../../src/postgres/connect.ts'
import { removeSchema } from '../../../src/schema/removal/remove.ts'
import { sharedCluster } from '../../support/database.ts'
import { describeDatabase } from './describe-database.ts'
import { expectTwins, mathesarScript, options, plainScript, twins } from './support.ts'

const { major } = sharedCluster()

describe('partitioned tables', () => {
  it('partitioned tables keep several levels of partitions, with defaults, indexes and constraints of each', async () => {
    await expectTwins(`
      CREATE TABLE public.p (id integer NOT NULL, email mathesar_types.email, price mathesar_types.multicurrency_money,
        at date NOT NULL DEFAULT '2024-01-01', CONSTRAINT p_key PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
      CREATE TABLE public.p2 PARTITION OF public.p (email DEFAULT 'child@b' CONSTRAINT never CHECK (email <> 'never@b'), price DEFAULT $money(2, EUR))
        FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (id);
      CREATE TABLE public.p21 (at date NOT NULL, email mathesar_types.email DEFAULT 'leaf@b', price mathesar_types.multicurrency_money,
        dropped text, id integer NOT NULL, CONSTRAINT never CHECK (email <> 'never@b'));
      ALTER TABLE public.p21 DROP COLUMN dropped;
      ALTER TABLE public.p2 ATTACH PARTITION public.p21 FOR VALUES IN (1, 2);
      CREATE TABLE public.p22 PARTITION OF public.p2 DEFAULT;
      CREATE INDEX p_email ON public.p (lower(email)) WHERE email IS NOT NULL;
      CREATE INDEX p21_own ON public.p21 (email);
      CREATE INDEX p_both ON ONLY public.p (email, at);
      CREATE INDEX p1_both ON public.p1 (email, at);
      ALTER INDEX public.p_both ATTACH PARTITION public.p1_both;
      CREATE INDEX p2_both ON public.p2 (email, at);
      ALTER INDEX public.p_both ATTACH PARTITION public.p2_both;
      CREATE UNIQUE INDEX p_unique ON public.p (email, id, at);
      COMMENT ON INDEX public.p_email IS 'of the parent';
      COMMENT ON INDEX public.p1_both IS 'of the child';
      COMMENT ON INDEX public.p1_lower_idx IS 'of the other child';
      ALTER INDEX public.p1_lower_idx ALTER COLUMN 1 SET STATISTICS 99;
      ALTER TABLE public.p ADD CONSTRAINT not_x CHECK (email <> 'x@y' AND lower(email) <> 'y@x');
      ALTER TABLE public.p1 ALTER email SET STORAGE EXTERNAL, ALTER email SET STATISTICS 11;
      COMMENT ON COLUMN public.p21.email IS 'of a leaf';
      INSERT INTO public.p (id, email, price, at) VALUES (1, 'a@b', $money(1.50, EUR), '2024-05-05'), (1, 'c@d', NULL, '2025-01-01'),
        (7, NULL, $money(NULL, NULL), '2025-12-31');
      INSERT INTO public.p21 (id, at) VALUES (2, '2025-02-02');
      INSERT INTO public.p2 (id, at) VALUES (9, '2025-02-02');
      CREATE VIEW public.v AS SELECT tableoid::regclass::text AS part, email, price FROM public.p;
      CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER each AFTER UPDATE OF email ON public.p FOR EACH ROW WHEN (NEW.email = 'a@b') EXECUTE FUNCTION public.nothing();
      COMMENT ON TRIGGER each ON public.p IS 'each';
      ALTER TABLE public.p22 DISABLE TRIGGER each;`)
  })

  it('partitioned tables keep foreign keys from and to partitioned tables', async () => {
    await expectTwins(`
      CREATE TABLE public.p (email mathesar_types.email, at integer, PRIMARY KEY (email, at)) PARTITION BY HASH (at);
      CREATE TABLE public.p0 PARTITION OF public.p FOR VALUES WITH (MODULUS 2, REMAINDER 0);
      CREATE TABLE public.p1 (at integer CONSTRAINT p_at_not_null NOT NULL, email mathesar_types.email CONSTRAINT p_email_not_null NOT NULL,
        CONSTRAINT own_key PRIMARY KEY (email, at) WITH (fillfactor = 40));
      ALTER TABLE public.p ATTACH PARTITION public.p1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
      COMMENT ON CONSTRAINT own_key ON public.p1 IS 'its own';
      COMMENT ON INDEX public.own_key IS 'its own index';
      ALTER TABLE public.p1 CLUSTER ON own_key;
      ALTER TABLE public.p1 REPLICA IDENTITY USING INDEX own_key;
      CREATE TABLE public.to_p1 (email mathesar_types.email, at integer, FOREIGN KEY (email, at) REFERENCES public.p1);
      CREATE TABLE public.c (email mathesar_types.email, at integer,
        CONSTRAINT c_p FOREIGN KEY (email, at) REFERENCES public.p ON UPDATE CASCADE) PARTITION BY RANGE (at);
      CREATE TABLE public.c1 PARTITION OF public.c FOR VALUES FROM (0) TO (10);
      CREATE TABLE public.c2 PARTITION OF public.c DEFAULT;
      COMMENT ON CONSTRAINT c_p ON public.c IS 'to p';
      INSERT INTO public.p VALUES ('a@b', 1), ('a@b', 2), ('c@d', 30);
      INSERT INTO public.c VALUES ('a@b', 1), ('c@d', 30), (NULL, 2);`)
  })
})

describe('inheritance', () => {
  it('keeps children with columns, defaults and constraints of their own', async () => {
    await expectTwins(`
      CREATE TABLE public.top (id integer, email mathesar_types.email DEFAULT 'top@b', CONSTRAINT top_check CHECK (email <> 'x@y'));
      CREATE TABLE public.kid (uri mathesar_types.uri, CONSTRAINT kid_check CHECK (uri <> email)) INHERITS (public.top);
      CREATE TABLE public.grandkid (email mathesar_types.email DEFAULT 'grand@b' NOT NULL, more text, CONSTRAINT top_check CHECK (email <> 'x@y'))
        INHERITS (public.kid);
      CREATE TABLE public.other (id integer, email mathesar_types.email, CONSTRAINT top_check CHECK (email <> 'x@y'));
      ALTER TABLE public.other INHERIT public.top;
      ALTER TABLE public.top ADD CONSTRAINT top_only CHECK (email <> 'z@y') NO INHERIT;
      ALTER TABLE ONLY public.kid ALTER email DROP DEFAULT;
      ALTER TABLE public.grandkid ALTER email SET STORAGE EXTERNAL;
      CREATE INDEX kid_email ON public.kid (email DESC NULLS LAST);
      COMMENT ON COLUMN public.kid.email IS 'of the kid';
      COMMENT ON CONSTRAINT top_check ON public.kid IS 'inherited';
      INSERT INTO public.top VALUES (1, 'a@b'); INSERT INTO public.kid VALUES (2, 'c@d', 'a:');
      INSERT INTO public.grandkid (id) VALUES (3); INSERT INTO public.other VALUES (4, NULL);
      CREATE VIEW public.v AS SELECT * FROM public.top;
      CREATE VIEW public.w AS SELECT email FROM ONLY public.top UNION ALL SELECT uri FROM public.kid;`)
  })

  it('keeps children of other owners', async () => {
    await expectTwins(
      `
      CREATE TABLE public.top (email mathesar_types.email);
      CREATE TABLE public.kid () INHERITS (public.top);
      ALTER TABLE public.kid OWNER TO pg_monitor;
      INSERT INTO public.kid VALUES ('a@b');`,
      { superuser: true },
    )
  })
})

describe('foreign tables', () => {
  it('foreign tables keep their options, and their place among partitions', async () => {
    await expectTwins(
      `
      CREATE FOREIGN DATA WRAPPER nothing;
      CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing OPTIONS (host 'x');
      CREATE FOREIGN TABLE public.f (id integer, email mathesar_types.email OPTIONS (column_name 'mail') NOT NULL DEFAULT 'a@b',
        uri mathesar_types.uri COLLATE "C", CHECK (email <> 'x@y')) SERVER nowhere OPTIONS (table 't');
      COMMENT ON COLUMN public.f.email IS 'there';
      ALTER FOREIGN TABLE public.f ALTER email SET STATISTICS 5;
      GRANT SELECT (email) ON public.f TO pg_monitor;
      CREATE VIEW public.v AS SELECT email FROM public.f;
      CREATE TABLE public.p (id integer, email mathesar_types.email) PARTITION BY RANGE (id);
      CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES FROM (0) TO (10);
      CREATE FOREIGN TABLE public.p2 PARTITION OF public.p FOR VALUES FROM (10) TO (20) SERVER nowhere;
      INSERT INTO public.p VALUES (1, 'a@b');`,
      { superuser: true },
    )
  })
})

describe('temporary tables', () => {
  it('converts temporary tables of the session itself', async () => {
    const script = `
      CREATE TEMPORARY TABLE t (email mathesar_types.email PRIMARY KEY, price mathesar_types.multicurrency_money DEFAULT $money(1, EUR));
      INSERT INTO t VALUES ('a@b');
      CREATE INDEX t_email ON t (lower(email));
      CREATE TEMPORARY VIEW v AS SELECT lower(email) AS e, price FROM t;
      CREATE DOMAIN pg_temp.mail AS mathesar_types.email CHECK (VALUE <> 'x@y');
      CREATE TEMPORARY TABLE u (m pg_temp.mail, c text);
      INSERT INTO u VALUES ('a@b');
      COMMENT ON TABLE t IS 'for now';
      CREATE FUNCTION pg_temp.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.email <> '') EXECUTE FUNCTION pg_temp.nothing();`
    const { installed, plain } = await twins()
    const one = await openSession(installed, { timeoutMs: 5_000 })
    const other = await openSession(plain, { timeoutMs: 5_000 })
    try {
      await one.run(mathesarScript(script))
      await other.run(plainScript(script))
      const { converted } = await removeSchema(one, options)
      expect(converted.map(({ relation, column }) => `${relation}.${column}`)).toEqual([
        't.email',
        't.price',
        'u.m',
      ])
      expect(await describeDatabase(one)).toEqual(await describeDatabase(other))
    } finally {
      await one.close()
      await other.close()
    }
  })
})

describe('generated columns', () => {
  it('generated columns are computed again from converted columns, and keep all that is on them', async () => {
    const { notes } = await expectTwins(
      `
      CREATE TABLE public.t (id integer, low text GENERATED ALWAYS AS (lower(email)) STORED, email mathesar_types.email,
        same mathesar_types.email GENERATED ALWAYS AS (email) STORED NOT NULL, long integer GENERATED ALWAYS AS (length(email)) STORED,
        price mathesar_types.multicurrency_money);
      INSERT INTO public.t (id, email, price) VALUES (1, 'A@B', $money(1, EUR)), (2, 'c@d', NULL);
      COMMENT ON COLUMN public.t.low IS 'in small letters';
      ALTER TABLE public.t ALTER low SET STATISTICS 77, ALTER low SET STORAGE EXTERNAL;
      GRANT SELECT (low) ON public.t TO pg_monitor WITH GRANT OPTION;
      CREATE INDEX t_low ON public.t (low);
      CREATE UNIQUE INDEX t_same ON public.t (same);
      ALTER TABLE public.t ADD CONSTRAINT low_check CHECK (low <> 'x'), ADD CONSTRAINT low_key UNIQUE (low, id);
      CREATE TABLE public.u (low text REFERENCES public.t (same));
      CREATE VIEW public.v AS SELECT low, same, long FROM public.t;
      CREATE STATISTICS public.s ON low, id FROM public.t;
      CREATE POLICY p ON public.t USING (low = current_user);`,
      { reordered: ['public.t'] },
    )
    expect(notes).toBeDefined()
  })

  it('generated columns whose expression calls a Mathesar function keep their values as plain columns', async () => {
    const script = (generated: (expression: string) => string, email: string, uri: string) => `
      CREATE TABLE public.t (id integer, uri ${uri}, scheme text COLLATE "C" ${generated('mathesar_types.uri_scheme(uri)')},
        host ${email} ${generated('mathesar_types.uri_authority(uri)')} NOT NULL, plain text);
      COMMENT ON COLUMN public.t.scheme IS 'the scheme';
      GRANT SELECT (scheme) ON public.t TO pg_monitor;
      CREATE INDEX t_scheme ON public.t (scheme);
      ALTER TABLE public.t ALTER scheme SET STATISTICS 3;
      CREATE VIEW public.v AS SELECT scheme, host FROM public.t;`
    const stored = (expression: string) => `GENERATED ALWAYS AS (${expression}) STORED`
    const { notes } = await expectTwins(
      `${script(stored, 'mathesar_types.email', 'mathesar_types.uri')} INSERT INTO public.t (uri) VALUES ('https://a@b'), ('urn://c@d/e')`,
      {
        twin: `${script(() => '', 'text', 'text')} INSERT INTO public.t (uri, scheme, host) VALUES ('https://a@b', 'https', 'a@b'), ('urn://c@d/e', 'urn', 'c@d')`,
        reordered: ['public.t'],
      },
    )
    expect(notes.map((note) => note.split(' ')[0]).sort()).toEqual(['public.t.host', 'public.t.scheme'])
  })

  it('converts generated columns of partitions', async () => {
    await expectTwins(
      `
      CREATE TABLE public.p (id integer, email mathesar_types.email, low text GENERATED ALWAYS AS (lower(email)) STORED) PARTITION BY RANGE (id);
      CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES FROM (0) TO (10);
      CREATE TABLE public.p2 PARTITION OF public.p FOR VALUES FROM (10) TO (20);
      COMMENT ON COLUMN public.p1.low IS 'of a partition';
      INSERT INTO public.p VALUES (1, 'A@B'), (11, 'C@D');
      CREATE INDEX p_low ON public.p (low);`,
      { reordered: ['public.p', 'public.p1', 'public.p2'] },
    )
  })
})

describe('constraints', () => {
  it('constraints of every kind are restored, as they were checked and with their comments', async () => {
    await expectTwins(
      `
      CREATE TABLE public.t (id integer PRIMARY KEY, email mathesar_types.email NOT NULL, uri mathesar_types.uri, money mathesar_types.mathesar_money,
        list mathesar_types.mathesar_json_array, price mathesar_types.multicurrency_money,
        CONSTRAINT email_key UNIQUE (email) DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT both_key UNIQUE (uri, email) ${major >= 11 ? 'INCLUDE (money)' : ''} WITH (fillfactor = 60),
        CONSTRAINT money_check CHECK (money > 0 AND money < 1e6::mathesar_types.mathesar_money),
        CONSTRAINT email_check CHECK (email IN ('a@b', 'c@d') OR lower(email) = ANY (ARRAY['x@y', email]) OR email ~ '^[a-z]'),
        CONSTRAINT no_inherit CHECK (uri <> 'x:') NO INHERIT,
        CONSTRAINT price_check CHECK (price IS NOT NULL),
        CONSTRAINT list_check CHECK (jsonb_array_length(list) < 10),
        CONSTRAINT email_apart EXCLUDE USING btree (email WITH =, lower(uri) WITH =) WHERE (money > 1),
        CONSTRAINT uri_apart EXCLUDE USING hash (uri WITH =) DEFERRABLE);
      ALTER TABLE public.t DROP CONSTRAINT price_check;
      INSERT INTO public.t VALUES (1, 'a@b', 'a:', 1.50, '[]', $money(1, EUR)), (2, 'c@d', NULL, NULL, NULL, NULL);
      ALTER TABLE public.t ADD CONSTRAINT late CHECK (email <> 'a@b') NOT VALID;
      COMMENT ON CONSTRAINT late ON public.t IS 'not checked yet';
      COMMENT ON CONSTRAINT email_key ON public.t IS 'one each';
      COMMENT ON CONSTRAINT email_apart ON public.t IS 'apart';
      COMMENT ON INDEX public.email_key IS 'its index';
      ALTER TABLE public.t CLUSTER ON both_key;
      ALTER TABLE public.t ADD CONSTRAINT uri_unique UNIQUE (uri);
      ALTER INDEX public.email_apart ALTER COLUMN 2 SET STATISTICS 42;
      CREATE UNIQUE INDEX t_identity ON public.t (email);
      ALTER TABLE public.t REPLICA IDENTITY USING INDEX t_identity;`,
    )
  })

  it('constraints on generated columns keep the parameters and comments of their indexes', async () => {
    await expectTwins(
      `
      CREATE TABLE public.t (id integer, email mathesar_types.email, low text GENERATED ALWAYS AS (lower(email)) STORED,
        CONSTRAINT low_key UNIQUE (low, id) INCLUDE (email) WITH (fillfactor = 60) DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT low_apart EXCLUDE USING btree (low WITH =, lower(email) WITH =) WITH (fillfactor = 55) WHERE (id > 1) DEFERRABLE,
        CONSTRAINT low_check CHECK (low <> 'never') NOT VALID, CONSTRAINT low_id PRIMARY KEY (id, low) WITH (fillfactor = 50));
      ALTER INDEX public.low_apart ALTER COLUMN 2 SET STATISTICS 9;
      COMMENT ON INDEX public.low_key IS 'its index'; COMMENT ON CONSTRAINT low_apart ON public.t IS 'apart';
      INSERT INTO public.t VALUES (1, 'A@B'), (2, 'C@D');
      ALTER TABLE public.t CLUSTER ON low_id, REPLICA IDENTITY USING INDEX low_id;`,
      { reordered: ['public.t'] },
    )
  })

  it('constraints that refuse NULL keep their names and comments', async () => {
    await expectTwins(`
      CREATE TABLE public.t (id integer, email mathesar_types.email ${major >= 18 ? 'CONSTRAINT needed' : ''} NOT NULL,
        low text GENERATED ALWAYS AS (lower(id::text)) STORED ${major >= 18 ? 'CONSTRAINT low_needed' : ''} NOT NULL);
      CREATE TABLE public.kid (email mathesar_types.email NOT NULL) INHERITS (public.t);
      CREATE TABLE public.grandkid () INHERITS (public.kid);
      CREATE TABLE public.other (id integer, email mathesar_types.email CONSTRAINT own NOT NULL,
        low text GENERATED ALWAYS AS (lower(id::text)) STORED NOT NULL);
      ALTER TABLE public.other INHERIT public.t;
      CREATE TABLE public.u (email mathesar_types.email, low text GENERATED ALWAYS AS (lower(email)) STORED ${major >= 18 ? 'CONSTRAINT low_needed' : ''} NOT NULL);
      INSERT INTO public.u VALUES ('A@B');
      INSERT INTO public.t VALUES (1, 'a@b'); INSERT INTO public.grandkid VALUES (2, 'a@b');
      ${major >= 18 ? `COMMENT ON CONSTRAINT needed ON public.t IS 'needed'; COMMENT ON CONSTRAINT own ON public.other IS 'own'; COMMENT ON CONSTRAINT low_needed ON public.u IS 'low'; ALTER TABLE public.t ADD CONSTRAINT id_needed NOT NULL id NOT VALID;` : ''}`)
  })

  it('restores foreign keys from and to converted columns', async () => {
    await expectTwins(`
      CREATE DOMAIN public.mail AS mathesar_types.email CHECK (VALUE LIKE '%@%');
      CREATE TABLE public.a (email mathesar_types.email PRIMARY KEY, money mathesar_types.mathesar_money UNIQUE, boss mathesar_types.email REFERENCES public.a);
      CREATE TABLE public.b (email mathesar_types.email CONSTRAINT b_a REFERENCES public.a ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE,
        mail public.mail REFERENCES public.a, plain text REFERENCES public.a MATCH FULL, n numeric REFERENCES public.a (money) ON DELETE SET DEFAULT);
      CREATE TABLE public.c (t text UNIQUE);
      CREATE TABLE public.d (email mathesar_types.email REFERENCES public.c (t), mail public.mail);
      INSERT INTO public.a VALUES ('a@b', 1.5, NULL), ('c@d', 2, 'a@b');
      INSERT INTO public.b VALUES ('a@b', 'c@d', 'a@b', 1.50), (NULL, NULL, NULL, NULL);
      INSERT INTO public.c VALUES ('a@b'); INSERT INTO public.d VALUES ('a@b', 'x@y');
      ALTER TABLE public.d ADD CONSTRAINT late FOREIGN KEY (mail) REFERENCES public.a NOT VALID;
      COMMENT ON CONSTRAINT b_a ON public.b IS 'to a';
      COMMENT ON CONSTRAINT late ON public.d IS 'late';`)
  })

  it.runIf(major >= 18)('restores constraints over periods, and those that are not enforced', async () => {
    await expectTwins(`
      CREATE TYPE public.span AS RANGE (subtype = integer);
      CREATE TABLE public.t (id int4range, during daterange, email mathesar_types.email, PRIMARY KEY (id, during WITHOUT OVERLAPS),
        CONSTRAINT loose CHECK (email <> 'a@b') NOT ENFORCED);
      CREATE TABLE public.u (email mathesar_types.email UNIQUE);
      CREATE TABLE public.w (email mathesar_types.email, CONSTRAINT loose FOREIGN KEY (email) REFERENCES public.u (email) NOT ENFORCED);
      INSERT INTO public.t VALUES ('[1,2)', '[2024-01-01,2025-01-01)', 'a@b');
      INSERT INTO public.w VALUES ('a@b');`)
  })
})

describe('indexes', () => {
  it('indexes of every kind stay the same', async () => {
    await expectTwins(`
      CREATE COLLATION public.german FROM "C";
      CREATE FUNCTION public.first(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT left($1, 1)';
      CREATE TABLE public.t (id integer, email mathesar_types.email, uri mathesar_types.uri, list mathesar_types.mathesar_json_array,
        map mathesar_types.mathesar_json_object, emails mathesar_types.email[], money mathesar_types.mathesar_money) WITH (fillfactor = 90);
      INSERT INTO public.t VALUES (1, 'a@b', 'a:', '[1]', '{"a": 1}', '{a@b}', 1.50), (2, 'c@d', NULL, NULL, NULL, NULL, NULL);
      CREATE INDEX i01 ON public.t (email);
      CREATE INDEX i02 ON public.t (email DESC NULLS LAST, uri COLLATE "C" text_pattern_ops) WITH (fillfactor = 50);
      CREATE INDEX i03 ON public.t (lower(email), (email || uri), id) INCLUDE (money) WHERE email <> 'x@y' AND money > 0;
      CREATE INDEX i04 ON public.t USING hash (uri);
      CREATE INDEX i05 ON public.t USING gin (list);
      CREATE INDEX i06 ON public.t USING gin (map jsonb_path_ops, emails) WITH (fastupdate = off);
      CREATE INDEX i07 ON public.t USING brin (money) WITH (pages_per_range = 4);
      CREATE UNIQUE INDEX i08 ON public.t (public.first(email)) ${major >= 15 ? 'NULLS NOT DISTINCT' : ''};
      CREATE INDEX i09 ON public.t ((email COLLATE public.german));
      CREATE INDEX i10 ON public.t (((map ->> 'a')));
      CREATE INDEX i11 ON public.t ((email::text), (money::integer));
      CREATE INDEX i12 ON public.t (id) WHERE email = 'a@b'::mathesar_types.email;
      CREATE INDEX i13 ON public.t USING gin (to_tsvector('simple', email));
      CREATE INDEX i14 ON public.t ((email || 'x@y'::mathesar_types.email)) TABLESPACE pg_default;
      ALTER INDEX public.i03 ALTER COLUMN 1 SET STATISTICS 123;
      ALTER INDEX public.i12 SET (fillfactor = 33);
      ALTER INDEX public.i14 ALTER COLUMN 1 SET STATISTICS 55;
      COMMENT ON INDEX public.i03 IS 'three';
      COMMENT ON INDEX public.i12 IS 'twelve';
      ALTER TABLE public.t CLUSTER ON i02;`)
  })

  it('restores indexes on a table whose owner may not create in the schema', async () => {
    await expectTwins(`
      CREATE TABLE public.t (email mathesar_types.email);
      CREATE INDEX t_email ON public.t (email);
      ${major >= 15 ? '' : 'REVOKE CREATE ON SCHEMA public FROM PUBLIC;'}`)
  })
})

describe('statistics', () => {
  it('objects keep their kinds, targets and comments', async () => {
    await expectTwins(`
      CREATE SCHEMA other;
      CREATE TABLE public.t (id integer, email mathesar_types.email, uri mathesar_types.uri, list mathesar_types.mathesar_json_array);
      INSERT INTO public.t SELECT n % 10, n || '@b', 'a:' || n, '[]' FROM generate_series(1, 100) n;
      CREATE STATISTICS other.s1 (dependencies, ndistinct) ON email, uri FROM public.t;
      CREATE STATISTICS public.s2 (mcv) ON id, email FROM public.t;
      ALTER STATISTICS other.s1 SET STATISTICS 300;
      COMMENT ON STATISTICS other.s1 IS 'one';
      ${
        major >= 14
          ? `CREATE STATISTICS public.s3 ON lower(email), (email || uri), id FROM public.t;
             CREATE STATISTICS public.s4 ON (email || 'x@y'::mathesar_types.email), id FROM public.t;
             ALTER STATISTICS public.s4 SET STATISTICS 200;
             COMMENT ON STATISTICS public.s4 IS 'four';`
          : ''
      }
      ANALYZE public.t;`)
  })
})
