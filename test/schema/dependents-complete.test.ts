import { expect, it } from 'vitest'
import type { Session } from '../../src/postgres/types.ts'
import { reached } from '../../src/schema/dependents/reached.ts'
import { SAFE_SETTINGS } from '../../src/schema/inspect/catalog.ts'
import { MATHESAR_SCHEMAS } from '../../src/schema/types.ts'
import { sharedCluster, sql, superuserSettings } from '../support/database.ts'
import { installedDatabase, withSession } from './support.ts'

const MAJOR = sharedCluster().major

/** Something of every kind, some of it in several ways. */
const EVERYTHING = `
  CREATE DOMAIN work AS mathesar_types.email CHECK (VALUE LIKE '%x%'); CREATE DOMAIN emails AS mathesar_types.email[];
  CREATE TYPE contact AS (label text, address mathesar_types.email); CREATE TYPE team AS (c contact[], w work);
  CREATE TYPE prices AS RANGE (subtype = mathesar_types.mathesar_money); CREATE DOMAIN discount AS prices;
  CREATE DOMAIN path AS text DEFAULT mathesar_types.uri_path('a:b') CHECK (mathesar_types.uri_path(VALUE) IS NULL);
  CREATE TABLE t (id serial PRIMARY KEY, a mathesar_types.email, b mathesar_types.email[], c work[], d emails,
    e contact, f team, g prices[], h discount, i path, unrelated text DEFAULT 'x' CHECK (unrelated <> ''));
  CREATE TABLE typed OF contact;
  CREATE TABLE k (id integer PRIMARY KEY, a text DEFAULT mathesar_types.uri_path('a:b'), u mathesar_types.uri UNIQUE,
    g text GENERATED ALWAYS AS (mathesar_types.uri_scheme(a)) STORED, h text GENERATED ALWAYS AS (u::text || a) STORED,
    CHECK (mathesar_types.uri_scheme(a) <> 'x'), CHECK (u IS NOT NULL), EXCLUDE (mathesar_types.uri_path(a) WITH =));
  CREATE TABLE r (u mathesar_types.uri REFERENCES k (u) ON DELETE CASCADE);
  CREATE INDEX ON k (mathesar_types.uri_path(a)); CREATE INDEX ON k (a) WHERE u IS NULL; CREATE INDEX ON k (h);
  CREATE STATISTICS k_u ON a, u FROM k;
  CREATE VIEW v1 AS SELECT u, g FROM k; CREATE VIEW v2 AS SELECT u FROM v1; CREATE MATERIALIZED VIEW v3 AS SELECT * FROM v2;
  CREATE INDEX ON v3 (u); CREATE VIEW v4 AS SELECT k.* FROM k; CREATE TABLE of_view (v v1);
  CREATE FUNCTION takes_view(v1) RETURNS integer LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE FUNCTION msar.told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER a BEFORE INSERT ON k FOR EACH ROW WHEN (mathesar_types.uri_path(NEW.a) IS NULL) EXECUTE FUNCTION told();
  CREATE TRIGGER b BEFORE UPDATE OF u ON k FOR EACH ROW EXECUTE FUNCTION told();
  CREATE TRIGGER c BEFORE UPDATE ON k FOR EACH ROW EXECUTE FUNCTION msar.told();
  CREATE TRIGGER d INSTEAD OF UPDATE ON v1 FOR EACH ROW EXECUTE FUNCTION told();
  CREATE POLICY p ON k USING (u IS NULL) WITH CHECK (mathesar_types.uri_path(a) IS NULL);
  CREATE RULE r AS ON UPDATE TO k DO ALSO SELECT mathesar_types.uri_path(OLD.a);
  CREATE TABLE p (id integer, a text DEFAULT mathesar_types.uri_path('a:b'), e mathesar_types.email,
    UNIQUE (id, e), CHECK (mathesar_types.uri_scheme(a) <> 'x')) PARTITION BY RANGE (id);
  CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE INDEX ON p (mathesar_types.uri_path(a));
  CREATE TRIGGER a AFTER INSERT ON p FOR EACH ROW WHEN (mathesar_types.uri_path(NEW.a) IS NULL) EXECUTE FUNCTION told();
  CREATE TABLE parent (e mathesar_types.email); CREATE TABLE child (u mathesar_types.uri) INHERITS (parent);
  CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
  CREATE FOREIGN TABLE remote (e mathesar_types.email) SERVER far; CREATE TEMP TABLE temporary (e mathesar_types.email);
  CREATE FUNCTION f1(mathesar_types.email) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
  CREATE FUNCTION f2(a text DEFAULT mathesar_types.uri_path('a:b')) RETURNS text LANGUAGE sql AS 'SELECT a';
  CREATE PROCEDURE f3(mathesar_types.email[]) LANGUAGE sql AS 'SELECT 1';
  CREATE VIEW by_function AS SELECT f2();
  CREATE AGGREGATE total (mathesar_types.mathesar_money) (sfunc = numeric_add, stype = numeric, initcond = '0');
  CREATE FUNCTION same(mathesar_types.multicurrency_money, mathesar_types.multicurrency_money) RETURNS boolean
    IMMUTABLE LANGUAGE sql AS 'SELECT true';
  CREATE FUNCTION compare(mathesar_types.multicurrency_money, mathesar_types.multicurrency_money) RETURNS integer
    IMMUTABLE LANGUAGE sql AS 'SELECT 0';
  CREATE OPERATOR === (leftarg = mathesar_types.multicurrency_money, rightarg = mathesar_types.multicurrency_money,
    function = same);
  CREATE OPERATOR CLASS by_value DEFAULT FOR TYPE mathesar_types.multicurrency_money USING btree AS OPERATOR 3 ===,
    FUNCTION 1 compare(mathesar_types.multicurrency_money, mathesar_types.multicurrency_money);
  CREATE OPERATOR FAMILY loose USING btree;
  ALTER OPERATOR FAMILY loose USING btree ADD OPERATOR 3 === (mathesar_types.multicurrency_money, mathesar_types.multicurrency_money);
  CREATE TABLE money (m mathesar_types.multicurrency_money); CREATE INDEX ON money (m);
  CREATE CAST (mathesar_types.multicurrency_money AS contact) WITH INOUT; CREATE CAST (contact AS mathesar_types.multicurrency_money) WITH INOUT;
  CREATE PUBLICATION inside FOR TABLE mathesar_types.top_level_domains; CREATE PUBLICATION whole FOR TABLE k;
  CREATE FUNCTION msar.event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
  CREATE EVENT TRIGGER event ON ddl_command_end EXECUTE FUNCTION msar.event();
  ALTER DEFAULT PRIVILEGES IN SCHEMA msar GRANT SELECT ON TABLES TO PUBLIC;
  CREATE TABLE msar.mine (id integer PRIMARY KEY, a text); CREATE TABLE heir (b text UNIQUE DEFAULT 'x') INHERITS (msar.mine);
  CREATE TABLE refers (id integer REFERENCES msar.mine); CREATE SEQUENCE msar.numbers;
  CREATE TABLE numbered (n integer DEFAULT nextval('msar.numbers')); CREATE COLLATION msar.plain FROM "C";
  CREATE TABLE collated (c text COLLATE msar.plain);
  ${MAJOR < 14 ? '' : `CREATE FUNCTION f4(x text) RETURNS text LANGUAGE sql RETURN (SELECT mathesar_types.uri_path(x));`}
  ${MAJOR < 14 ? '' : `CREATE TABLE multi (m prices_multirange); CREATE STATISTICS k_path ON (mathesar_types.uri_path(a)) FROM k;`}
  ${MAJOR < 15 ? '' : `CREATE PUBLICATION listed FOR TABLE k (id, u); CREATE PUBLICATION schema FOR TABLES IN SCHEMA msar;`}
`

/** Returns the addresses of all that users made: objects and columns, whatever catalog they are in. */
async function everything(session: Session): Promise<string[]> {
  const catalogs = await session.run<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'oid'
     WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT c.relisshared`,
  )
  const objects = catalogs.map(
    ({ name }) =>
      `SELECT concat_ws('/', '${name}'::regclass::oid, o.oid, 0) AS address FROM ${name} o WHERE o.oid >= 16384`,
  )
  const columns = `SELECT concat_ws('/', 1259, attrelid, attnum) FROM pg_catalog.pg_attribute
    WHERE attrelid >= 16384 AND attnum > 0 AND NOT attisdropped`
  const rows = await session.run<{ address: string }>([...objects, columns].join('\nUNION ALL\n'))
  return rows.map(({ address }) => address)
}

it('lists everything that DROP … CASCADE would drop', async () => {
  const { database } = await installedDatabase()
  const { dropped, missed } = await withSession(superuserSettings(database), async (session) => {
    await session.run(EVERYTHING)
    await session.run('BEGIN')
    const known = await session.run<{ address: string }>(`${SAFE_SETTINGS}
      ${reached(MATHESAR_SCHEMAS)}
      SELECT concat_ws('/', classid::oid, objid, objsubid) AS address FROM reached
      UNION SELECT concat_ws('/', classid::oid, objid, 0) FROM member`)
    const listed = new Set(known.map(({ address }) => address))
    const before = await everything(session)
    await session.run(`DROP SCHEMA ${MATHESAR_SCHEMAS.join(', ')} CASCADE`)
    const after = new Set(await everything(session))
    await session.run('ROLLBACK')
    const dropped = before.filter((address) => !after.has(address))
    const isKnown = (address: string) => listed.has(address) || listed.has(address.replace(/\/\d+$/, '/0'))
    return { dropped, missed: dropped.filter((address) => !isKnown(address)) }
  })
  const named = await sql(
    database,
    `SELECT pg_describe_object(p[1]::oid, p[2]::oid, p[3]::integer) AS object
     FROM unnest($1::text[]) a CROSS JOIN LATERAL (SELECT string_to_array(a, '/') AS p) x`,
    [missed],
  )
  expect(named).toEqual([])
  expect(dropped.length).toBeGreaterThan(700)
})
