import { describe, expect, it } from 'vitest'
import { sharedCluster } from '../support/database.ts'
import { dependentsOf, lines } from './support.ts'

describe('other objects that depend', () => {
  it('lists functions and procedures, by arguments, results and expressions of defaults', async () => {
    const dependents = await dependentsOf(`
      CREATE TYPE public.contact AS (address mathesar_types.email);
      CREATE FUNCTION public.takes(mathesar_types.email) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
      CREATE FUNCTION public.gives() RETURNS mathesar_types.email LANGUAGE sql AS 'SELECT NULL::mathesar_types.email';
      CREATE FUNCTION public.gives_rows() RETURNS TABLE (a mathesar_types.email[]) LANGUAGE sql AS 'SELECT NULL::mathesar_types.email[]';
      CREATE FUNCTION public.has_default(a text DEFAULT mathesar_types.uri_path('a:b')) RETURNS text LANGUAGE sql AS 'SELECT a';
      CREATE FUNCTION public.composite(public.contact) RETURNS integer LANGUAGE sql AS 'SELECT 1';
      CREATE PROCEDURE public.done(c public.contact) LANGUAGE sql AS 'SELECT 1'`)
    expect(lines(dependents)).toEqual([
      'function public.composite(public.contact) -> mathesar_types.email',
      'type public.contact.address mathesar_types.email -> mathesar_types.email',
      `procedure public.done(${sharedCluster().major >= 14 ? 'IN ' : ''}c public.contact) -> mathesar_types.email`,
      'function public.gives() -> mathesar_types.email',
      'function public.gives_rows() -> mathesar_types.email',
      'function public.has_default(a text) -> mathesar_types.uri_path(text)',
      'function public.takes(mathesar_types.email) -> mathesar_types.email',
    ])
  })

  it.runIf(sharedCluster().major >= 14)('lists routines with a body of the SQL standard', async () => {
    const dependents = await dependentsOf(`
      CREATE TABLE public.t (email mathesar_types.email, n integer);
      CREATE FUNCTION public.calls(a text) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT mathesar_types.uri_path(a); END;
      CREATE PROCEDURE public.reads() LANGUAGE sql BEGIN ATOMIC SELECT email FROM public.t; END;
      CREATE FUNCTION public.unrelated() RETURNS integer LANGUAGE sql RETURN (SELECT max(n) FROM public.t)`)
    expect(lines(dependents)).toEqual([
      'function public.calls(a text) -> mathesar_types.uri_path(text)',
      'procedure public.reads() -> mathesar_types.email',
      'column public.t.email mathesar_types.email -> mathesar_types.email',
    ])
  })

  it('lists aggregates, operators, and operator classes and members of families', async () => {
    const dependents = await dependentsOf(
      `CREATE FUNCTION public.same(mathesar_types.multicurrency_money, mathesar_types.multicurrency_money) RETURNS boolean
         IMMUTABLE LANGUAGE sql AS 'SELECT true';
       CREATE FUNCTION public.compare(mathesar_types.multicurrency_money, mathesar_types.multicurrency_money) RETURNS integer
         IMMUTABLE LANGUAGE sql AS 'SELECT 0';
       CREATE AGGREGATE public.total (mathesar_types.mathesar_money) (sfunc = numeric_add, stype = numeric, initcond = '0');
       CREATE OPERATOR public.=== (leftarg = mathesar_types.multicurrency_money,
         rightarg = mathesar_types.multicurrency_money, function = public.same);
       CREATE OPERATOR public.### (rightarg = text, function = mathesar_types.uri_path);
       CREATE OPERATOR CLASS public.by_value FOR TYPE mathesar_types.multicurrency_money USING btree AS
         OPERATOR 3 public.===,
         FUNCTION 1 public.compare(mathesar_types.multicurrency_money, mathesar_types.multicurrency_money);
       CREATE OPERATOR FAMILY public.loose USING btree;
       ALTER OPERATOR FAMILY public.loose USING btree ADD OPERATOR 3
         public.=== (mathesar_types.multicurrency_money, mathesar_types.multicurrency_money);`,
      { superuser: true },
    )
    const money = 'mathesar_types.multicurrency_money'
    expect(lines(dependents)).toEqual([
      `operator of access method operator 3 (${money}, ${money}) of public.loose USING btree -> ${money}`,
      'operator public.###(NONE, text) -> mathesar_types.uri_path(text)',
      `operator public.===(${money}, ${money}) -> ${money}`,
      `operator class public.by_value USING btree ${money} -> ${money}`,
      `function public.compare(${money}, ${money}) -> ${money}`,
      `function public.same(${money}, ${money}) -> ${money}`,
      'aggregate public.total(mathesar_types.mathesar_money) -> mathesar_types.mathesar_money',
    ])
  })

  it('lists casts to and from types outside, with a function or without', async () => {
    const dependents = await dependentsOf(
      `CREATE TYPE public.price AS (amount numeric);
       CREATE FUNCTION public.to_price(mathesar_types.multicurrency_money) RETURNS public.price LANGUAGE sql AS 'SELECT NULL::public.price';
       CREATE FUNCTION public.to_integer(mathesar_types.multicurrency_money) RETURNS integer LANGUAGE sql AS 'SELECT 1';
       CREATE CAST (mathesar_types.multicurrency_money AS public.price) WITH FUNCTION public.to_price(mathesar_types.multicurrency_money);
       CREATE CAST (mathesar_types.multicurrency_money AS integer) WITH FUNCTION public.to_integer(mathesar_types.multicurrency_money);
       CREATE CAST (public.price AS mathesar_types.multicurrency_money) WITH INOUT;
       CREATE CAST (mathesar_types.multicurrency_money AS text) WITH INOUT`,
      { superuser: true },
    )
    const money = 'mathesar_types.multicurrency_money'
    expect(lines(dependents)).toEqual([
      // Nothing of this one is anywhere else.
      `own object mathesar_types.(${money} AS pg_catalog.text) cast -> mathesar_types`,
      `cast (${money} AS integer) -> ${money}`,
      `cast (${money} AS public.price) -> ${money}`,
      `cast (public.price AS ${money}) -> ${money}`,
      `function public.to_integer(${money}) -> ${money}`,
      `function public.to_price(${money}) -> ${money}`,
    ])
  })

  it('lists publications of tables inside, of the schemas, and by columns', async () => {
    const isNewer = sharedCluster().major >= 15
    const dependents = await dependentsOf(
      `CREATE TABLE public.t (id integer, a text, u mathesar_types.uri,
         g text GENERATED ALWAYS AS (mathesar_types.uri_scheme(a)) STORED);
       CREATE PUBLICATION inside FOR TABLE mathesar_types.top_level_domains;
       CREATE PUBLICATION whole FOR TABLE public.t;
       ${
         isNewer
           ? `CREATE PUBLICATION listed FOR TABLE public.t (id, u);
              CREATE PUBLICATION filtered FOR TABLE public.t WHERE (g = 'x');
              CREATE PUBLICATION schema FOR TABLES IN SCHEMA mathesar_types, public;`
           : ''
       }`,
      { superuser: true },
    )
    expect(lines(dependents)).toEqual([
      ...(isNewer ? ['publication mathesar_types.* schema -> mathesar_types'] : []),
      'publication mathesar_types.top_level_domains inside -> mathesar_types.top_level_domains',
      ...(isNewer
        ? [
            'publication public.t filtered -> mathesar_types.uri_scheme(text)',
            'publication public.t listed -> mathesar_types.uri',
          ]
        : []),
      'generated column public.t.g text -> mathesar_types.uri_scheme(text)',
      'column public.t.u mathesar_types.uri -> mathesar_types.uri',
    ])
  })

  it('lists event triggers, default privileges, and servers by a function inside', async () => {
    const dependents = await dependentsOf(
      `CREATE FUNCTION msar.told() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
       CREATE EVENT TRIGGER telling ON ddl_command_end EXECUTE FUNCTION msar.told();
       ALTER DEFAULT PRIVILEGES IN SCHEMA msar GRANT SELECT ON TABLES TO PUBLIC;
       ALTER DEFAULT PRIVILEGES IN SCHEMA msar GRANT USAGE ON SEQUENCES TO PUBLIC;
       ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;
       CREATE FUNCTION msar.valid(text[], oid) RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
       CREATE FOREIGN DATA WRAPPER checked VALIDATOR msar.valid;
       CREATE SERVER far FOREIGN DATA WRAPPER checked`,
      { superuser: true },
    )
    expect(lines(dependents)).toEqual([
      'own object msar.told() function -> msar',
      'own object msar.valid(text[],oid) function -> msar',
      'foreign-data wrapper checked -> msar.valid(text[],oid)',
      'server far -> msar.valid(text[],oid)',
      'event trigger telling -> msar.told()',
      'default privileges msar.sequences of postgres -> msar',
      'default privileges msar.tables of postgres -> msar',
    ])
    expect(dependents.every(({ rows, counted }) => rows === null && !counted)).toBe(true)
  })

  it('lists constraints of domains', async () => {
    const dependents = await dependentsOf(`
      CREATE DOMAIN public.path AS text CONSTRAINT sound CHECK (mathesar_types.uri_path(VALUE) IS NOT NULL);
      CREATE DOMAIN public.work AS mathesar_types.email CHECK (mathesar_types.email_local_part(VALUE) <> 'x');
      CREATE TABLE public.t (p public.path)`)
    expect(lines(dependents)).toEqual([
      'constraint public.path sound -> mathesar_types.uri_path(text)',
      // It takes its constraint with it.
      'domain public.work mathesar_types.email -> mathesar_types.email',
    ])
  })
})
