import { describe, expect, it } from 'vitest'
import { openSession } from '../../src/postgres/connect.ts'
import { dependentsError, listDependents } from '../../src/schema/dependents.ts'
import type { Dependent } from '../../src/schema/types.ts'
import { createRole, sql, superuserSettings } from '../support/database.ts'
import { as, installedDatabase, withSession } from './support.ts'

async function dependentsOf(text: string): Promise<Dependent[]> {
  const settings = await installedDatabase()
  await as(settings, text)
  return withSession(settings, listDependents)
}

/** Kind, place and reference as one line each, for reading. */
function lines(dependents: readonly Dependent[]): string[] {
  return dependents.map((d) =>
    [
      d.kind,
      `${d.schema}.${d.relation}${d.column === null ? '' : `.${d.column}`}`,
      d.name,
      d.type,
      `-> ${d.reference}`,
    ]
      .filter((part) => part !== null)
      .join(' '),
  )
}

describe('dependents', () => {
  it('are none right after an install, nor of an unrelated table', async () => {
    expect(await dependentsOf('CREATE TABLE public.plain (id serial PRIMARY KEY, t text)')).toEqual([])
  })

  it('are columns of a type, of arrays of it, of domains, composites and ranges that contain it', async () => {
    const found = await dependentsOf(`
      CREATE DOMAIN public.work_email AS mathesar_types.email CHECK (VALUE LIKE '%@example.net');
      CREATE TYPE public.contact AS (label text, address mathesar_types.email);
      CREATE TYPE public.price_range AS RANGE (subtype = mathesar_types.mathesar_money);
      CREATE TABLE public.t (id serial PRIMARY KEY, email mathesar_types.email, emails mathesar_types.email[],
        work public.work_email, contact public.contact, contacts public.contact[], price public.price_range);
      INSERT INTO public.t (email) VALUES ('a@b'), (NULL)`)
    expect(lines(found)).toEqual([
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
    expect(found.find(({ column }) => column === 'email')?.rows).toBe(2)
    expect(found.find(({ kind }) => kind === 'domain')?.rows).toBeNull()
  })

  it('are all that hangs on tables: defaults, generated columns, constraints, indexes, triggers, policies, rules', async () => {
    const found = await dependentsOf(`
      CREATE TABLE public.t (a text DEFAULT mathesar_types.uri_path('a:b'), u mathesar_types.uri,
        g text GENERATED ALWAYS AS (mathesar_types.uri_scheme(a)) STORED,
        CONSTRAINT has_scheme CHECK (mathesar_types.uri_scheme(a) <> 'x'), CONSTRAINT one_u UNIQUE (u));
      CREATE INDEX t_host ON public.t (mathesar_types.uri_authority(a));
      CREATE INDEX t_u ON public.t (u);
      CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER t_check BEFORE INSERT ON public.t FOR EACH ROW
        WHEN (mathesar_types.uri_query(NEW.a) IS NULL) EXECUTE FUNCTION public.nothing();
      CREATE POLICY t_policy ON public.t USING (mathesar_types.uri_fragment(a) IS NULL);
      CREATE RULE t_rule AS ON DELETE TO public.t DO ALSO SELECT mathesar_types.uri_path(OLD.a)`)
    expect(lines(found)).toEqual([
      'constraint public.t has_scheme -> mathesar_types.uri_scheme(text)',
      'constraint public.t one_u -> mathesar_types.uri',
      'index public.t t_host -> mathesar_types.uri_authority(text)',
      'index public.t t_u -> mathesar_types.uri',
      'policy public.t t_policy -> mathesar_types.uri_fragment(text)',
      'rule public.t t_rule -> mathesar_types.uri_path(text)',
      'trigger public.t t_check -> mathesar_types.uri_query(text)',
      'default public.t.a text -> mathesar_types.uri_path(text)',
      'generated column public.t.g text -> mathesar_types.uri_scheme(text)',
      'column public.t.u mathesar_types.uri -> mathesar_types.uri',
    ])
  })

  it('are views and materialized views at any depth, and functions, each once', async () => {
    const found = await dependentsOf(`
      CREATE TABLE public.t (email mathesar_types.email, other mathesar_types.email);
      CREATE VIEW public.v1 AS SELECT email, other, mathesar_types.email_local_part(email) AS part FROM public.t;
      CREATE VIEW public.v2 AS SELECT part FROM public.v1;
      CREATE MATERIALIZED VIEW public.v3 AS SELECT v2.part FROM public.v2 JOIN public.v1 USING (part);
      CREATE INDEX v3_part ON public.v3 (part);
      CREATE FUNCTION public.greet(mathesar_types.email) RETURNS text LANGUAGE sql AS 'SELECT $1::text';
      CREATE VIEW public.unrelated AS SELECT 1 AS one`)
    expect(lines(found)).toEqual([
      'function public.greet(mathesar_types.email) -> mathesar_types.email',
      'column public.t.email mathesar_types.email -> mathesar_types.email',
      'column public.t.other mathesar_types.email -> mathesar_types.email',
      'view public.v1 -> mathesar_types.email',
      'view public.v2 -> mathesar_types.email',
      'materialized view public.v3 -> mathesar_types.email',
    ])
  })

  it('are told once for a partitioned or inherited table', async () => {
    const found = await dependentsOf(`
      CREATE TABLE public.p (id integer, email mathesar_types.email) PARTITION BY RANGE (id);
      CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES FROM (0) TO (10);
      CREATE TABLE public.p2 PARTITION OF public.p FOR VALUES FROM (10) TO (20);
      CREATE INDEX p_email ON public.p (email);
      INSERT INTO public.p VALUES (1, 'a@b'), (2, 'c@d'), (11, NULL)`)
    expect(lines(found)).toEqual([
      'index public.p p_email -> mathesar_types.email',
      'column public.p.email mathesar_types.email -> mathesar_types.email',
    ])
    expect(found.map(({ rows }) => rows)).toEqual([3, 3])
  })

  it("are a user's own objects inside the schemas", async () => {
    const found = await dependentsOf(`
      CREATE TABLE msar."My notes" (id serial PRIMARY KEY, n text);
      INSERT INTO msar."My notes" (n) VALUES ('x');
      CREATE FUNCTION mathesar_types.mine(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
      CREATE CAST (integer AS __msar.col_def) WITH INOUT; CREATE MATERIALIZED VIEW msar.seen AS SELECT 1 AS one`)
    expect(found).toMatchObject([
      {
        schema: '__msar',
        relation: '(integer AS __msar.col_def)',
        kind: 'own object',
        type: 'cast',
        rows: null,
      },
      { schema: 'mathesar_types', relation: 'mine(text)', kind: 'own object', type: 'function', rows: null },
      { schema: 'msar', relation: 'seen', kind: 'own object', type: 'materialized view', rows: 1 },
      {
        schema: 'msar',
        relation: '"My notes"',
        kind: 'own object',
        type: 'table',
        reference: 'msar',
        rows: 1,
      },
    ])
  })

  it('have no exact rows where the role may not read them all, nor where a table is locked', async () => {
    const settings = await installedDatabase()
    await sql(
      settings.database,
      `CREATE TABLE public.secret (email mathesar_types.email); INSERT INTO public.secret VALUES ('a@b');
       CREATE TABLE public.rls (email mathesar_types.email); INSERT INTO public.rls VALUES ('a@b');
       ALTER TABLE public.rls ENABLE ROW LEVEL SECURITY; GRANT SELECT ON public.rls TO PUBLIC;
       CREATE TABLE public.busy (email mathesar_types.email); GRANT SELECT ON public.busy TO PUBLIC;
       CREATE TABLE public.open (email mathesar_types.email); GRANT SELECT ON public.open TO PUBLIC;`,
    )
    const other = await openSession(superuserSettings(settings.database), { timeoutMs: 5_000 })
    try {
      await other.run('BEGIN; LOCK TABLE public.busy IN ACCESS EXCLUSIVE MODE')
      const found = await withSession(settings, listDependents)
      expect(found.map(({ relation, rows }) => [relation, rows])).toEqual([
        ['busy', null],
        ['open', 0],
        ['rls', null],
        ['secret', null],
      ])
    } finally {
      await other.close()
    }
  })

  it('can be asked for by any role', async () => {
    const settings = await installedDatabase()
    await as(settings, 'CREATE TABLE public.t (email mathesar_types.email)')
    const other = await createRole()
    expect(await withSession({ ...settings, ...other }, listDependents)).toMatchObject([
      { relation: 't', rows: null },
    ])
  })
})

describe('the error for dependents', () => {
  const one: Dependent = {
    schema: 'public',
    relation: 't',
    column: 'email',
    kind: 'column',
    type: 'mathesar_types.email',
    reference: 'mathesar_types.email',
    rows: 1,
    counted: true,
    effects: { refuse: '', convert: '', cascade: '' },
    refusesConvert: false,
    remedy: null,
  }
  it('names one of them and says how many there are', () => {
    expect(dependentsError([one], 'shop').message).toBe(
      'The Mathesar schemas of database "shop" are in use by column public.t.email.',
    )
    expect(dependentsError([one, one, one], 'shop').message).toContain(
      'column public.t.email and 2 other objects',
    )
  })
})
