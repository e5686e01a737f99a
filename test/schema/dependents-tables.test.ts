import { describe, expect, it } from 'vitest'
import { sharedCluster } from '../support/database.ts'
import { dependentsOf, lines } from './support.ts'

describe('what hangs on tables and depends', () => {
  it('lists defaults, constraints, indexes, triggers, policies and rules', async () => {
    const dependents = await dependentsOf(`
      CREATE TABLE public.t (a text DEFAULT mathesar_types.uri_path('a:b'), u mathesar_types.uri DEFAULT 'a:b',
        CONSTRAINT has_scheme CHECK (mathesar_types.uri_scheme(a) <> 'x'), CONSTRAINT some_u CHECK (u IS NOT NULL),
        CONSTRAINT one_u UNIQUE (u));
      CREATE INDEX t_host ON public.t (mathesar_types.uri_authority(a));
      CREATE INDEX t_u ON public.t (u);
      CREATE INDEX t_part ON public.t (a) WHERE mathesar_types.uri_authority(a) IS NULL;
      CREATE INDEX t_included ON public.t (a) INCLUDE (u);
      CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE FUNCTION msar.inside() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER t_when BEFORE INSERT ON public.t FOR EACH ROW
        WHEN (mathesar_types.uri_query(NEW.a) IS NULL) EXECUTE FUNCTION public.nothing();
      CREATE TRIGGER t_of BEFORE UPDATE OF u ON public.t FOR EACH ROW EXECUTE FUNCTION public.nothing();
      CREATE TRIGGER t_inside BEFORE UPDATE ON public.t FOR EACH ROW EXECUTE FUNCTION msar.inside();
      CREATE POLICY t_using ON public.t USING (mathesar_types.uri_fragment(a) IS NULL);
      CREATE POLICY t_check ON public.t FOR INSERT WITH CHECK (u IS NOT NULL);
      CREATE RULE t_rule AS ON DELETE TO public.t DO ALSO SELECT mathesar_types.uri_path(OLD.a)`)
    expect(lines(dependents)).toEqual([
      'own object msar.inside() function -> msar',
      'constraint public.t has_scheme -> mathesar_types.uri_scheme(text)',
      'constraint public.t one_u -> mathesar_types.uri',
      'constraint public.t some_u -> mathesar_types.uri',
      'index public.t t_host -> mathesar_types.uri_authority(text)',
      'index public.t t_included -> mathesar_types.uri',
      'index public.t t_part -> mathesar_types.uri_authority(text)',
      'index public.t t_u -> mathesar_types.uri',
      'policy public.t t_check -> mathesar_types.uri',
      'policy public.t t_using -> mathesar_types.uri_fragment(text)',
      'rule public.t t_rule -> mathesar_types.uri_path(text)',
      'trigger public.t t_inside -> msar.inside()',
      'trigger public.t t_of -> mathesar_types.uri',
      'trigger public.t t_when -> mathesar_types.uri_query(text)',
      'default public.t.a text -> mathesar_types.uri_path(text)',
      'column public.t.u mathesar_types.uri -> mathesar_types.uri',
    ])
    expect(new Set(dependents.slice(1).map(({ rows, counted }) => `${rows} ${counted}`))).toEqual(
      new Set(['0 true']),
    )
  })

  it('lists exclusion constraints of columns, expressions and predicates, and foreign keys on unique ones', async () => {
    const dependents = await dependentsOf(`
      CREATE TABLE public.t (id integer PRIMARY KEY, a text, u mathesar_types.uri UNIQUE,
        CONSTRAINT by_column EXCLUDE (u WITH =),
        CONSTRAINT by_expression EXCLUDE (mathesar_types.uri_path(a) WITH =),
        CONSTRAINT by_predicate EXCLUDE (id WITH =) WHERE (mathesar_types.uri_path(a) = 'x'),
        CONSTRAINT unrelated EXCLUDE (a WITH =));
      CREATE TABLE public.r (u mathesar_types.uri REFERENCES public.t (u), id integer REFERENCES public.t)`)
    expect(lines(dependents)).toEqual([
      'constraint public.r r_u_fkey -> mathesar_types.uri',
      'column public.r.u mathesar_types.uri -> mathesar_types.uri',
      'constraint public.t by_column -> mathesar_types.uri',
      'constraint public.t by_expression -> mathesar_types.uri_path(text)',
      'constraint public.t by_predicate -> mathesar_types.uri_path(text)',
      'constraint public.t t_u_key -> mathesar_types.uri',
      'column public.t.u mathesar_types.uri -> mathesar_types.uri',
    ])
  })

  it('lists an object of a partitioned table once, and those that a partition defines itself', async () => {
    const dependents = await dependentsOf(`
      CREATE TABLE public.p (id integer, a text DEFAULT mathesar_types.uri_path('a:b'), u mathesar_types.uri,
        CONSTRAINT has_scheme CHECK (mathesar_types.uri_scheme(a) <> 'x'), UNIQUE (id, u)) PARTITION BY RANGE (id);
      CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES FROM (0) TO (10);
      CREATE TABLE public.p2 PARTITION OF public.p FOR VALUES FROM (10) TO (20);
      ALTER TABLE public.p1 ALTER a SET DEFAULT mathesar_types.uri_path('c:d');
      CREATE INDEX p_path ON public.p (mathesar_types.uri_path(a));
      CREATE INDEX p1_path ON public.p1 (mathesar_types.uri_query(a));
      CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER p_when AFTER INSERT ON public.p FOR EACH ROW
        WHEN (mathesar_types.uri_query(NEW.a) IS NULL) EXECUTE FUNCTION public.nothing();
      CREATE TABLE public.parent (a text DEFAULT mathesar_types.uri_path('a:b') CHECK (mathesar_types.uri_scheme(a) <> 'x'));
      CREATE TABLE public.child () INHERITS (public.parent)`)
    expect(lines(dependents)).toEqual([
      'constraint public.p has_scheme -> mathesar_types.uri_scheme(text)',
      'constraint public.p p_id_u_key -> mathesar_types.uri',
      'index public.p p_path -> mathesar_types.uri_path(text)',
      'trigger public.p p_when -> mathesar_types.uri_query(text)',
      'default public.p.a text -> mathesar_types.uri_path(text)',
      'column public.p.u mathesar_types.uri -> mathesar_types.uri',
      'index public.p1 p1_path -> mathesar_types.uri_query(text)',
      'default public.p1.a text -> mathesar_types.uri_path(text)',
      'constraint public.parent parent_a_check -> mathesar_types.uri_scheme(text)',
      'default public.parent.a text -> mathesar_types.uri_path(text)',
    ])
  })

  it('lists views and materialized views at any depth, each once, with the nearest object that they refer to', async () => {
    const dependents = await dependentsOf(`
      CREATE TABLE public.t (email mathesar_types.email, other mathesar_types.email);
      CREATE VIEW public.v1 AS SELECT email, other, mathesar_types.email_local_part(email) AS part FROM public.t;
      CREATE VIEW public.v2 AS SELECT part FROM public.v1;
      CREATE MATERIALIZED VIEW public.v3 AS SELECT v2.part FROM public.v2 JOIN public.v1 USING (part);
      CREATE INDEX v3_part ON public.v3 (part);
      CREATE VIEW public.v4 AS SELECT mathesar_types.uri_path(part) FROM public.v3;
      CREATE RULE v1_rule AS ON INSERT TO public.v1 DO INSTEAD NOTHING;
      CREATE VIEW public.unrelated AS SELECT 1 AS one`)
    expect(lines(dependents)).toEqual([
      'column public.t.email mathesar_types.email -> mathesar_types.email',
      'column public.t.other mathesar_types.email -> mathesar_types.email',
      'view public.v1 -> mathesar_types.email',
      'view public.v2 -> mathesar_types.email',
      'materialized view public.v3 -> mathesar_types.email',
      'view public.v4 -> mathesar_types.uri_path(text)',
    ])
    expect(dependents.at(-2)).toMatchObject({ rows: 0, counted: true })
    expect(dependents.at(-1)).toMatchObject({ rows: null, counted: false })
  })

  it('lists statistics objects', async () => {
    const hasExpression = sharedCluster().major >= 14
    const dependents = await dependentsOf(`
      CREATE SCHEMA other; CREATE TABLE public.t (a text, u mathesar_types.uri);
      CREATE STATISTICS other.t_u ON a, u FROM public.t;
      ${hasExpression ? 'CREATE STATISTICS public.t_path ON (mathesar_types.uri_path(a)) FROM public.t' : ''}`)
    expect(lines(dependents)).toEqual([
      ...(hasExpression ? ['statistics object public.t t_path -> mathesar_types.uri_path(text)'] : []),
      'statistics object public.t t_u -> mathesar_types.uri',
      'column public.t.u mathesar_types.uri -> mathesar_types.uri',
    ])
  })

  it('lists defaults and collations that refer to what a user put inside', async () => {
    const dependents = await dependentsOf(`
      CREATE SEQUENCE msar.numbers; CREATE COLLATION msar.plain FROM "C";
      CREATE TABLE public.t (n integer DEFAULT nextval('msar.numbers'), a text COLLATE msar.plain)`)
    expect(lines(dependents)).toEqual([
      'own object msar.plain collation -> msar',
      'own object msar.numbers sequence -> msar',
      'column public.t.a text -> msar.plain',
      'default public.t.n integer -> msar.numbers',
    ])
  })
})
