import { expect, it } from 'vitest'
import { surveyRemoval } from '../../../src/schema/removal/survey.ts'
import { as, withSession } from '../support.ts'
import { convert, installedCopy } from './support.ts'

const FILES = `SELECT c.relname AS name, c.relfilenode::text AS file, pg_relation_size(c.oid)::integer AS bytes
  FROM pg_class c WHERE c.relkind = 'i' AND c.relnamespace = 'public'::regnamespace ORDER BY 1`

it('tells how many indexes are built again, and their size', async () => {
  const settings = await installedCopy()
  await as(
    settings,
    `CREATE TABLE t (id integer PRIMARY KEY, e mathesar_types.email UNIQUE, j mathesar_types.mathesar_json_object, a integer[], r int4range,
      EXCLUDE USING gist (r WITH &&) WHERE (e IS NOT NULL));
    INSERT INTO t SELECT i, 'a' || i || '@b', '{}', '{1}', int4range(i, i + 1) FROM generate_series(1, 2000) i;
    CREATE INDEX plain ON t (e, id); CREATE INDEX included ON t (id) INCLUDE (e); CREATE INDEX hashed ON t USING hash (e);
    CREATE INDEX expression ON t (lower(e)); CREATE INDEX partial ON t (id) WHERE e <> 'x@y';
    CREATE INDEX several ON t USING gin (a, j); CREATE INDEX single ON t USING gin (j);
    CREATE INDEX ranges ON t USING brin (r, e); CREATE INDEX brins ON t USING brin (id, e); CREATE INDEX other ON t (id);
    CREATE TABLE w (price mathesar_types.multicurrency_money, e mathesar_types.email); CREATE INDEX rewritten ON w (lower(e));
    CREATE TABLE p (id integer, e mathesar_types.email) PARTITION BY RANGE (id); CREATE INDEX on_p ON p (e);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (9) TO (19);
    CREATE MATERIALIZED VIEW m AS SELECT e FROM t; CREATE INDEX on_m ON m (e);`,
  )
  const { convert: cost } = await withSession(settings, (session) => surveyRemoval(session))
  const before = await as<{ name: string; file: string; bytes: number }>(settings, FILES)
  await convert(settings)
  const after = await as<{ name: string; file: string }>(settings, FILES)
  const rebuilt = before.filter(
    ({ name, file }) => name !== 'rewritten' && after.find((index) => index.name === name)?.file !== file,
  )
  expect(rebuilt.map(({ name }) => name)).toEqual([
    'expression',
    'on_m',
    'p1_e_idx',
    'p2_e_idx',
    'partial',
    'ranges',
    'several',
    't_r_excl',
  ])
  expect(cost.rebuiltIndexes).toBe(rebuilt.length)
  expect(cost.rebuiltIndexBytes).toBe(rebuilt.reduce((sum, { bytes }) => sum + bytes, 0))
})
