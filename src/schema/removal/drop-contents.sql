-- Drops the contents of the schemas, never by CASCADE: an object outside that depends on something inside
-- stops the drop.
DO $drop$
DECLARE
  commands text[];
  counts integer[];
  refused text;
  dropped boolean;
  done integer := 0;
  total integer;
  doomed oid[];
BEGIN
  IF {{unless}} THEN
    RETURN;
  END IF;
  WITH schemas AS (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname IN ({{schemas}}))
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
    WHERE n.nspname IN ({{schemas}}) AND c.contype = 'c' AND NOT {{isTypeKept}}
    UNION ALL
    SELECT format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', r.oid::regclass, a.attname)
    FROM pg_catalog.pg_attrdef f
    JOIN pg_catalog.pg_class r ON r.oid = f.adrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
    WHERE n.nspname IN ({{schemas}}) AND r.relkind = 'r' AND NOT r.relispartition
      AND a.attgenerated = '' AND a.attinhcount = 0 AND NOT {{isTableKept}}
    UNION ALL
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', r.oid::regclass, c.conname)
    FROM pg_catalog.pg_constraint c
    JOIN pg_catalog.pg_class r ON r.oid = c.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
    WHERE n.nspname IN ({{schemas}}) AND c.contype = 'c' AND r.relkind = 'r' AND c.coninhcount = 0
      AND NOT {{isTableKept}}
  );
  -- At the end of this subtransaction PostgreSQL 18 has processed what ALTER DOMAIN invalidates. While that
  -- is pending, it refuses to begin the next subtransaction.
  BEGIN
    FOREACH refused IN ARRAY commands LOOP
      EXECUTE refused;
    END LOOP;
  EXCEPTION WHEN dependent_objects_still_exist THEN
    RAISE;
  END;
  -- What belongs to an extension inside goes with it.
  WITH {{inside}}, targets AS (
    SELECT i.classid, i.objid FROM inside i WHERE NOT {{isKept}} AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend m
      JOIN pg_catalog.pg_extension x ON x.oid = m.refobjid
      JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace
      WHERE m.classid = i.classid AND m.objid = i.objid AND m.deptype = 'e'
        AND m.refclassid = 'pg_catalog.pg_extension'::regclass AND n.nspname IN ({{schemas}}))
  ), classified AS (
    SELECT 1 AS rank, 'VIEW' AS kind, c.oid::regclass::text AS object, true AS list
    FROM targets i JOIN pg_catalog.pg_class c ON c.oid = i.objid AND c.relkind = 'v'
    WHERE i.classid = 'pg_catalog.pg_class'::regclass
    UNION ALL
    SELECT 2, 'MATERIALIZED VIEW', c.oid::regclass::text, true
    FROM targets i JOIN pg_catalog.pg_class c ON c.oid = i.objid AND c.relkind = 'm'
    WHERE i.classid = 'pg_catalog.pg_class'::regclass
    UNION ALL
    SELECT 3, upper(o.type), o.identity, false
    FROM targets i CROSS JOIN LATERAL pg_identify_object(i.classid, i.objid, 0) o
    WHERE i.classid NOT IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_proc'::regclass,
      'pg_catalog.pg_type'::regclass)
    UNION ALL
    SELECT 4, 'ROUTINE', i.objid::regprocedure::text, true
    FROM targets i WHERE i.classid = 'pg_catalog.pg_proc'::regclass
    UNION ALL
    SELECT 5, 'FOREIGN TABLE', c.oid::regclass::text, true
    FROM targets i JOIN pg_catalog.pg_class c ON c.oid = i.objid AND c.relkind = 'f'
    WHERE i.classid = 'pg_catalog.pg_class'::regclass
    UNION ALL
    SELECT 6, 'TABLE', c.oid::regclass::text, true
    FROM targets i JOIN pg_catalog.pg_class c ON c.oid = i.objid AND c.relkind IN ('r', 'p')
    WHERE i.classid = 'pg_catalog.pg_class'::regclass
    UNION ALL
    SELECT 7, 'SEQUENCE', c.oid::regclass::text, true
    FROM targets i JOIN pg_catalog.pg_class c ON c.oid = i.objid AND c.relkind = 'S'
    WHERE i.classid = 'pg_catalog.pg_class'::regclass
    UNION ALL
    SELECT 8, 'TYPE', format_type(i.objid, NULL), true
    FROM targets i WHERE i.classid = 'pg_catalog.pg_type'::regclass
  ), grouped AS (
    SELECT c.rank, format('DROP %s %s RESTRICT',
        CASE c.kind WHEN 'STATISTICS OBJECT' THEN 'STATISTICS' ELSE c.kind END,
        string_agg(c.object, ', ' ORDER BY c.object COLLATE "C")) AS command, count(*)::integer AS count
    FROM classified c
    GROUP BY c.rank, c.kind, CASE WHEN NOT ({{dropsLists}} AND c.list) THEN c.object END
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
        {{report}}
      EXCEPTION WHEN dependent_objects_still_exist THEN
        refused := commands[i];
      END;
    END LOOP;
    EXIT WHEN refused IS NULL;
    IF NOT dropped THEN
      {{giveUp}};
    END IF;
  END LOOP;
  {{end}}
END
$drop$;
