-- A release's table of its own objects stays where something depends on one of them. Its shape is the
-- release's matter: where it is another one, nothing of it counts.
BEGIN
  IF to_regclass('msar.all_mathesar_objects') IS NOT NULL THEN
    listed := ARRAY(
      SELECT concat_ws('/', x.classid, x.objid)
      FROM msar.all_mathesar_objects o
      CROSS JOIN LATERAL (SELECT format('%s.%s', o.obj_schema, o.obj_name) AS name) q
      CROSS JOIN LATERAL (
        SELECT 'pg_catalog.pg_proc'::regclass::oid AS classid, to_regprocedure(q.name)::oid AS objid
        WHERE q.name LIKE '%(%'
        UNION ALL
        SELECT 'pg_catalog.pg_class'::regclass::oid, to_regclass(q.name)::oid WHERE q.name NOT LIKE '%(%'
        UNION ALL
        SELECT 'pg_catalog.pg_type'::regclass::oid, to_regtype(q.name)::oid WHERE q.name NOT LIKE '%(%'
      ) x
      WHERE x.objid IS NOT NULL
    );
  END IF;
EXCEPTION WHEN syntax_error_or_access_rule_violation OR data_exception THEN
  listed := '{}';
END;
