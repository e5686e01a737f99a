import { quoteLiteral } from '../../postgres/quote.ts'
import { INSIDE, identity, insideOf, writtenNow } from '../inspect/catalog.ts'
import { DOOMED_SETTING, refuseDangling } from '../inspect/dangling.ts'
import { raiseProgressStatement } from '../session/progress.ts'
import { KEPT_TYPES } from '../sources/kept-types.ts'
import { MATHESAR_SCHEMAS } from '../types.ts'

/** The table that an install keeps where it exists, besides `KEPT_TYPES`. */
const KEPT_TABLE = 'top_level_domains'

/** An expression: whether an object inside is one of those. `classid` and `objid` are expressions too. */
function isKept(classid: string, objid: string): string {
  return `CASE ${classid}
    WHEN 'pg_catalog.pg_type'::regclass THEN EXISTS (
      SELECT FROM pg_catalog.pg_type kept JOIN pg_catalog.pg_namespace home ON home.oid = kept.typnamespace
      WHERE kept.oid = ${objid} AND home.nspname = 'mathesar_types'
        AND kept.typname IN (${KEPT_TYPES.map(quoteLiteral).join(', ')}))
    WHEN 'pg_catalog.pg_class'::regclass THEN EXISTS (
      SELECT FROM pg_catalog.pg_class kept JOIN pg_catalog.pg_namespace home ON home.oid = kept.relnamespace
      WHERE kept.oid = ${objid} AND home.nspname = 'mathesar_types'
        AND kept.relname = ${quoteLiteral(KEPT_TABLE)} AND kept.relkind = 'r')
    ELSE false
  END`
}

/**
 * - `all`: everything goes, or nothing: what depends on it from outside is an error;
 * - `replace`: an install follows. Kept are the types and the table that an install keeps, and whatever something
 *   outside depends on: the install replaces it in place, and `refuseLeftoversScript` finds what it did not.
 */
export type DropMode = 'all' | 'replace'

/**
 * A statement that drops what is inside the schemas, whoever installed it, and never by CASCADE: what is outside and
 * depends on something inside, even if it came into being a moment ago, stops it (SQLSTATE 2BP01).
 *
 * PostgreSQL drops a list of objects of one kind in one command, whatever their order among each other. Between kinds
 * no order is always right (a view may call a function that returns the view's row type), so what is refused is tried
 * again until a whole pass drops nothing; the last refusal is then the error. First go the few things that tie kinds
 * together in circles: checks of domains, defaults and checks of tables.
 *
 * At the end, which with `replace` is that of the install, it looks for what other sessions made meanwhile: see
 * `refuseDangling`.
 *
 * `names` are the schemas concerned; `gone` are OIDs of types and routines outside that the transaction has dropped before; `unless` is a condition in SQL under which it does nothing.
 */
export function dropContentsScript(
  mode: DropMode,
  {
    unless = 'false',
    names = MATHESAR_SCHEMAS,
    gone = [],
  }: { unless?: string; names?: readonly string[]; gone?: readonly string[] } = {},
): string {
  const all = mode === 'all'
  const schemaNames = names.map(quoteLiteral).join(', ')
  const unlessKept = (classid: string, objid: string) => (all ? '' : ` AND NOT ${isKept(classid, objid)}`)
  return `DO $drop$
DECLARE
  commands text[];
  counts integer[];
  refused text;
  dropped boolean;
  done integer := 0;
  total integer;
  doomed oid[];
BEGIN
  IF ${unless} THEN
    RETURN;
  END IF;
  WITH schemas AS (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname IN (${schemaNames}))
  SELECT array_agg(d.objid)
  INTO doomed
  FROM (
    SELECT t.oid AS objid FROM pg_catalog.pg_type t WHERE t.typnamespace IN (SELECT s.oid FROM schemas s)
    UNION ALL
    SELECT p.oid FROM pg_catalog.pg_proc p WHERE p.pronamespace IN (SELECT s.oid FROM schemas s)
    UNION ALL
    SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relnamespace IN (SELECT s.oid FROM schemas s)
  ) d;
  commands := ARRAY(
    SELECT format('ALTER DOMAIN %s DROP CONSTRAINT %I', format_type(t.oid, NULL), c.conname)
    FROM pg_catalog.pg_constraint c
    JOIN pg_catalog.pg_type t ON t.oid = c.contypid
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname IN (${schemaNames}) AND c.contype = 'c'${unlessKept("'pg_catalog.pg_type'::regclass", 't.oid')}
    UNION ALL
    SELECT format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', r.oid::regclass, a.attname)
    FROM pg_catalog.pg_attrdef f
    JOIN pg_catalog.pg_class r ON r.oid = f.adrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
    WHERE n.nspname IN (${schemaNames}) AND r.relkind = 'r' AND NOT r.relispartition
      AND a.attgenerated = '' AND a.attinhcount = 0${unlessKept("'pg_catalog.pg_class'::regclass", 'r.oid')}
    UNION ALL
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', r.oid::regclass, c.conname)
    FROM pg_catalog.pg_constraint c
    JOIN pg_catalog.pg_class r ON r.oid = c.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
    WHERE n.nspname IN (${schemaNames}) AND c.contype = 'c' AND r.relkind = 'r' AND c.coninhcount = 0${unlessKept("'pg_catalog.pg_class'::regclass", 'r.oid')}
  );
  -- In a subtransaction, at whose end PostgreSQL 18 is sure to have processed what ALTER DOMAIN invalidates: with that
  -- pending it would refuse to begin the next one.
  BEGIN
    FOREACH refused IN ARRAY commands LOOP
      EXECUTE refused;
    END LOOP;
  EXCEPTION WHEN dependent_objects_still_exist THEN
    RAISE;
  END;
  WITH ${insideOf(names)}, going AS (
    SELECT i.classid, i.objid FROM inside i WHERE true${unlessKept('i.classid', 'i.objid')}
  ), classified AS (
    SELECT 1 AS rank, 'VIEW' AS kind, c.oid::regclass::text AS object, true AS list
    FROM going i JOIN pg_catalog.pg_class c ON c.oid = i.objid AND c.relkind = 'v'
    WHERE i.classid = 'pg_catalog.pg_class'::regclass
    UNION ALL
    SELECT 2, 'MATERIALIZED VIEW', c.oid::regclass::text, true
    FROM going i JOIN pg_catalog.pg_class c ON c.oid = i.objid AND c.relkind = 'm'
    WHERE i.classid = 'pg_catalog.pg_class'::regclass
    UNION ALL
    SELECT 3, upper(o.type), o.identity, false
    FROM going i CROSS JOIN LATERAL pg_identify_object(i.classid, i.objid, 0) o
    WHERE i.classid NOT IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_proc'::regclass,
      'pg_catalog.pg_type'::regclass)
    UNION ALL
    SELECT 4, 'ROUTINE', i.objid::regprocedure::text, true
    FROM going i WHERE i.classid = 'pg_catalog.pg_proc'::regclass
    UNION ALL
    SELECT 5, 'FOREIGN TABLE', c.oid::regclass::text, true
    FROM going i JOIN pg_catalog.pg_class c ON c.oid = i.objid AND c.relkind = 'f'
    WHERE i.classid = 'pg_catalog.pg_class'::regclass
    UNION ALL
    SELECT 6, 'TABLE', c.oid::regclass::text, true
    FROM going i JOIN pg_catalog.pg_class c ON c.oid = i.objid AND c.relkind IN ('r', 'p')
    WHERE i.classid = 'pg_catalog.pg_class'::regclass
    UNION ALL
    SELECT 7, 'SEQUENCE', c.oid::regclass::text, true
    FROM going i JOIN pg_catalog.pg_class c ON c.oid = i.objid AND c.relkind = 'S'
    WHERE i.classid = 'pg_catalog.pg_class'::regclass
    UNION ALL
    SELECT 8, 'TYPE', format_type(i.objid, NULL), true
    FROM going i WHERE i.classid = 'pg_catalog.pg_type'::regclass
  ), grouped AS (
    SELECT c.rank, format('DROP %s %s RESTRICT', CASE c.kind WHEN 'STATISTICS OBJECT' THEN 'STATISTICS' ELSE c.kind END,
        string_agg(c.object, ', ' ORDER BY c.object COLLATE "C")) AS command, count(*)::integer AS count
    FROM classified c
    GROUP BY c.rank, c.kind, CASE WHEN NOT ${all ? 'c.list' : 'false'} THEN c.object END
  )
  SELECT coalesce(array_agg(g.command ORDER BY g.rank, g.command COLLATE "C"), '{}'),
    coalesce(array_agg(g.count ORDER BY g.rank, g.command COLLATE "C"), '{}'), coalesce(sum(g.count), 0)
  INTO commands, counts, total
  FROM grouped g;
  LOOP
    refused := NULL;
    dropped := false;
    FOR i IN 1 .. cardinality(commands) LOOP
      CONTINUE WHEN commands[i] IS NULL;
      BEGIN
        EXECUTE commands[i];
        commands[i] := NULL;
        dropped := true;
        done := done + counts[i];
        ${all ? raiseProgressStatement('drop', 'done', 'total') : '-- What an operator waits for is the install.'}
      EXCEPTION WHEN dependent_objects_still_exist THEN
        refused := commands[i];
      END;
    END LOOP;
    EXIT WHEN refused IS NULL;
    IF NOT dropped THEN
      ${all ? 'EXECUTE refused' : 'EXIT'};
    END IF;
  END LOOP;
  ${all ? refuseDangling(`(doomed || '{${gone.join(',')}}'::oid[])`) : `PERFORM set_config('${DOOMED_SETTING}', coalesce(doomed, '{}')::text, true);`}
END
$drop$;`
}

/**
 * A statement that fails (SQLSTATE 2BP01) where something is left inside the schemas that neither this transaction wrote nor
 * an install keeps: it could not be dropped in mode `replace`, and the install had nothing to put in its place.
 * `unless` is a condition in SQL under which it does nothing.
 */
export function refuseLeftoversScript(unless = 'false'): string {
  return `DO $leftovers$
DECLARE
  leftover text;
BEGIN
  IF ${unless} THEN
    RETURN;
  END IF;
  WITH ${INSIDE}
  SELECT min(${identity('i.classid', 'i.objid')}) INTO leftover
  FROM inside i
  WHERE NOT ${writtenNow('i.classid', 'i.objid')} AND NOT ${isKept('i.classid', 'i.objid')};
  IF leftover IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
      MESSAGE = format('other objects depend on %s, which the install has nothing for', leftover);
  END IF;
END
$leftovers$;`
}

/** A statement that drops those of the schemas that are given, empty by then. */
export function dropSchemas(names: readonly string[]): string {
  return `DROP SCHEMA ${names.join(', ')} RESTRICT;`
}
