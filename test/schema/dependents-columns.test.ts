import { describe, expect, it } from 'vitest'
import { listDependents } from '../../src/schema/dependents/dependents.ts'
import { sharedCluster, sql } from '../support/database.ts'
import { dependentsOf, installedDatabase, lines, withSession } from './support.ts'

describe('columns that depend', () => {
  it('lists columns of a type, of arrays of it, and of domains, composites and ranges that contain it', async () => {
    const dependents = await dependentsOf(`
      CREATE DOMAIN public.work_email AS mathesar_types.email CHECK (VALUE LIKE '%@example.net');
      CREATE TYPE public.contact AS (label text, address mathesar_types.email);
      CREATE TYPE public.price_range AS RANGE (subtype = mathesar_types.mathesar_money);
      CREATE TABLE public.t (id serial PRIMARY KEY, email mathesar_types.email, emails mathesar_types.email[],
        work public.work_email, contact public.contact, contacts public.contact[], price public.price_range);
      INSERT INTO public.t (email) VALUES ('a@b'), (NULL)`)
    expect(lines(dependents)).toEqual([
      'type public.contact.address mathesar_types.email -> mathesar_types.email',
      'type public.price_range mathesar_types.mathesar_money -> mathesar_types.mathesar_money',
      'column public.t.contact public.contact -> mathesar_types.email',
      'column public.t.contacts public.contact[] -> mathesar_types.email',
      'column public.t.email mathesar_types.email -> mathesar_types.email',
      'column public.t.emails mathesar_types.email[] -> mathesar_types.email',
      'column public.t.price public.price_range -> mathesar_types.mathesar_money',
      'column public.t.work public.work_email -> mathesar_types.email',
      'domain public.work_email mathesar_types.email -> mathesar_types.email',
    ])
    expect(dependents.find(({ column }) => column === 'email')).toMatchObject({ rows: 2, counted: true })
    expect(dependents.find(({ kind }) => kind === 'domain')).toMatchObject({ rows: null, counted: false })
  })

  it('lists columns of types nested in each other', async () => {
    const dependents = await dependentsOf(`
      CREATE DOMAIN public.emails AS mathesar_types.email[];
      CREATE DOMAIN public.work AS mathesar_types.email;
      CREATE DOMAIN public.close_work AS public.work;
      CREATE TYPE public.contact AS (address public.close_work);
      CREATE TYPE public.team AS (members public.contact[], unrelated integer);
      CREATE TYPE public.price_range AS RANGE (subtype = mathesar_types.mathesar_money);
      CREATE DOMAIN public.discount AS public.price_range;
      CREATE TABLE public.t (a public.emails, b public.close_work[], c public.team, d public.discount[], e public.price_range[])`)
    expect(lines(dependents)).toEqual([
      'domain public.close_work public.work -> mathesar_types.email',
      'type public.contact.address public.close_work -> mathesar_types.email',
      'domain public.discount public.price_range -> mathesar_types.mathesar_money',
      'domain public.emails mathesar_types.email[] -> mathesar_types.email',
      'type public.price_range mathesar_types.mathesar_money -> mathesar_types.mathesar_money',
      'column public.t.a public.emails -> mathesar_types.email',
      'column public.t.b public.close_work[] -> mathesar_types.email',
      'column public.t.c public.team -> mathesar_types.email',
      'column public.t.d public.discount[] -> mathesar_types.mathesar_money',
      'column public.t.e public.price_range[] -> mathesar_types.mathesar_money',
      'type public.team.members public.contact[] -> mathesar_types.email',
      'domain public.work mathesar_types.email -> mathesar_types.email',
    ])
  })

  it.runIf(sharedCluster().major >= 14)('lists columns of multiranges', async () => {
    const dependents = await dependentsOf(`
      CREATE TYPE public.price_range AS RANGE (subtype = mathesar_types.mathesar_money);
      CREATE TABLE public.t (a public.price_multirange, b public.price_multirange[])`)
    expect(lines(dependents)).toEqual([
      'type public.price_range mathesar_types.mathesar_money -> mathesar_types.mathesar_money',
      'column public.t.a public.price_multirange -> mathesar_types.mathesar_money',
      'column public.t.b public.price_multirange[] -> mathesar_types.mathesar_money',
    ])
  })

  it('lists a column once for a partitioned or inherited table', async () => {
    const dependents = await dependentsOf(`
      CREATE TABLE public.p (id integer, email mathesar_types.email) PARTITION BY RANGE (id);
      CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id);
      CREATE TABLE public.p11 PARTITION OF public.p1 FOR VALUES FROM (0) TO (10);
      CREATE TABLE public.p2 PARTITION OF public.p FOR VALUES FROM (10) TO (20);
      CREATE INDEX p_email ON public.p (email);
      INSERT INTO public.p VALUES (1, 'a@b'), (2, 'c@d'), (11, NULL);
      CREATE TABLE public.parent (email mathesar_types.email);
      CREATE TABLE public.child (site mathesar_types.uri) INHERITS (public.parent);
      INSERT INTO public.child VALUES ('a@b', 'c:d')`)
    expect(lines(dependents)).toEqual([
      'column public.child.site mathesar_types.uri -> mathesar_types.uri',
      'index public.p p_email -> mathesar_types.email',
      'column public.p.email mathesar_types.email -> mathesar_types.email',
      'column public.parent.email mathesar_types.email -> mathesar_types.email',
    ])
    expect(dependents.map(({ rows }) => rows)).toEqual([1, 3, 3, 1])
  })

  it('lists columns of foreign tables, typed tables and temporary tables of the session', async () => {
    const settings = await installedDatabase()
    await sql(
      settings.database,
      `CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
       CREATE FOREIGN TABLE public.remote (id integer, email mathesar_types.email) SERVER far;
       CREATE TYPE public.contact AS (label text, address mathesar_types.email);
       CREATE TABLE public.typed OF public.contact`,
    )
    const dependents = await withSession(settings, async (session) => {
      await session.run('CREATE TEMP TABLE t (email mathesar_types.email); INSERT INTO t VALUES (NULL)')
      return listDependents(session)
    })
    expect(lines(dependents)).toEqual([
      'column pg_temp.t.email mathesar_types.email -> mathesar_types.email',
      'type public.contact.address mathesar_types.email -> mathesar_types.email',
      'column public.remote.email mathesar_types.email -> mathesar_types.email',
      'column public.typed.address mathesar_types.email -> mathesar_types.email',
    ])
    expect(dependents[0]).toMatchObject({ rows: 1, counted: true })
    expect(dependents[2]).toMatchObject({ rows: null, counted: false })
  })

  it('lists columns of the row type of a table or view with such a column, and functions of the row type of a view', async () => {
    const dependents = await dependentsOf(`
      CREATE TABLE public.t (email mathesar_types.email, n integer);
      CREATE VIEW public.v AS SELECT email FROM public.t;
      CREATE DOMAIN public.one AS public.t;
      CREATE TYPE public.two AS (t public.t);
      CREATE TABLE public.u (a public.t, b public.t[], c public.one, d public.two, e public.v);
      CREATE INDEX u_n ON public.u (((a).n));
      CREATE VIEW public.w AS SELECT x FROM public.t x;
      CREATE TABLE public.outer_u (u public.u);
      CREATE FUNCTION public.takes_t(public.t) RETURNS integer LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION public.takes_two(public.two) RETURNS integer LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION public.takes_v(public.v) RETURNS integer LANGUAGE sql AS 'SELECT 1'`)
    expect(lines(dependents)).toEqual([
      'domain public.one public.t -> mathesar_types.email',
      'column public.outer_u.u public.u -> mathesar_types.email',
      'column public.t.email mathesar_types.email -> mathesar_types.email',
      'function public.takes_v(public.v) -> mathesar_types.email',
      'type public.two.t public.t -> mathesar_types.email',
      'index public.u u_n -> mathesar_types.email',
      'column public.u.a public.t -> mathesar_types.email',
      'column public.u.b public.t[] -> mathesar_types.email',
      'column public.u.c public.one -> mathesar_types.email',
      'column public.u.d public.two -> mathesar_types.email',
      'column public.u.e public.v -> mathesar_types.email',
      'view public.v -> mathesar_types.email',
      'view public.w -> mathesar_types.email',
    ])
  })

  it('lists a table that depends as a whole instead of its columns', async () => {
    const dependents = await dependentsOf(`
      CREATE TABLE msar.parent (id integer);
      CREATE TABLE public.child (email mathesar_types.email UNIQUE, n integer DEFAULT 1 CHECK (n > 0)) INHERITS (msar.parent);
      CREATE INDEX child_n ON public.child (n);
      CREATE VIEW public.v AS SELECT n FROM public.child`)
    expect(lines(dependents)).toEqual([
      'own object msar.parent table -> msar',
      'table public.child -> msar.parent',
      'view public.v -> msar.parent',
    ])
  })

  it('lists generated columns too, each once', async () => {
    const dependents = await dependentsOf(`
      CREATE FUNCTION public.own(mathesar_types.uri) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1::text';
      CREATE TABLE public.t (a text, u mathesar_types.uri,
        by_function text GENERATED ALWAYS AS (mathesar_types.uri_scheme(a)) STORED,
        by_own_function text GENERATED ALWAYS AS (public.own(a::mathesar_types.uri)) STORED,
        by_column text GENERATED ALWAYS AS (u::text || 'x') STORED,
        typed mathesar_types.uri GENERATED ALWAYS AS (a::mathesar_types.uri) STORED,
        unrelated text GENERATED ALWAYS AS (a || 'x') STORED);
      CREATE VIEW public.v AS SELECT by_function FROM public.t;
      CREATE INDEX t_by_column ON public.t (by_column);
      CREATE TABLE public.p (a text, g text GENERATED ALWAYS AS (mathesar_types.uri_scheme(a)) STORED) PARTITION BY LIST (a);
      CREATE TABLE public.p1 PARTITION OF public.p DEFAULT`)
    expect(lines(dependents)).toEqual([
      'function public.own(mathesar_types.uri) -> mathesar_types.uri',
      'generated column public.p.g text -> mathesar_types.uri_scheme(text)',
      'index public.t t_by_column -> mathesar_types.uri',
      'generated column public.t.by_column text -> mathesar_types.uri',
      'generated column public.t.by_function text -> mathesar_types.uri_scheme(text)',
      'generated column public.t.by_own_function text -> mathesar_types.uri',
      'generated column public.t.typed mathesar_types.uri -> mathesar_types.uri',
      'column public.t.u mathesar_types.uri -> mathesar_types.uri',
      'view public.v -> mathesar_types.uri_scheme(text)',
    ])
  })

  it.runIf(sharedCluster().major >= 18)(
    'lists no virtual columns, in which PostgreSQL allows nothing of a user',
    async () => {
      const settings = await installedDatabase()
      const refused = (expression: string, type = 'text') =>
        expect(
          sql(
            settings.database,
            `CREATE TABLE public.t (a text, e mathesar_types.email, g ${type} GENERATED ALWAYS AS (${expression}) VIRTUAL)`,
          ),
        ).rejects.toThrow(/user-defined|domain/)
      await refused('mathesar_types.uri_scheme(a)')
      await refused('upper(e::text)')
      await refused('a', 'mathesar_types.email')
      await sql(
        settings.database,
        'CREATE TABLE public.t (e mathesar_types.email NOT NULL, a text NOT NULL, g text GENERATED ALWAYS AS (upper(a)) VIRTUAL NOT NULL)',
      )
      // Nor are constraints that a column is not null, which PostgreSQL 18 keeps as objects.
      expect(lines(await withSession(settings, listDependents))).toEqual([
        'column public.t.e mathesar_types.email -> mathesar_types.email',
      ])
    },
  )
})
