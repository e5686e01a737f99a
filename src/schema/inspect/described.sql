-- A common table expression after inside.sql: `described` (classid, objid, schema, identity, hash). The hash
-- is taken over what defines an object, without OIDs, owners, privileges or the contents of tables. The 16
-- digits of MD5 tell a change from none; they are no protection against an attacker, who could change the
-- manifest itself.
described AS MATERIALIZED (
  SELECT i.classid, i.objid, i.schema, {{routineIdentity}} AS identity,
    left(md5({{routineFacts}}), 16) AS hash
  FROM inside i
  JOIN pg_catalog.pg_proc p ON p.oid = i.objid
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
  WHERE i.classid = 'pg_catalog.pg_proc'::regclass
  UNION ALL
  SELECT i.classid, i.objid, i.schema, {{identity}},
    left(md5(coalesce(CASE i.classid
      WHEN 'pg_catalog.pg_type'::regclass THEN (
        SELECT concat_ws(E'\n', t.typtype, format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typnotnull,
          t.typdefault,
          {{typeConstraints}},
          (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
            FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
          (SELECT format_type(r.rngsubtype, NULL) FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid),
          {{typeColumns}})
        FROM pg_catalog.pg_type t WHERE t.oid = i.objid)
      WHEN 'pg_catalog.pg_class'::regclass THEN (
        SELECT concat_ws(E'\n', r.relkind, r.relpersistence, {{relationColumns}}, {{relationConstraints}},
          (SELECT string_agg(pg_get_indexdef(x.indexrelid), E'\n'
              ORDER BY pg_get_indexdef(x.indexrelid) COLLATE "C")
            FROM pg_catalog.pg_index x WHERE x.indrelid = r.oid),
          (SELECT string_agg(pg_get_triggerdef(g.oid), E'\n' ORDER BY g.tgname COLLATE "C")
            FROM pg_catalog.pg_trigger g WHERE g.tgrelid = r.oid AND NOT g.tgisinternal),
          CASE WHEN r.relkind IN ('v', 'm') THEN pg_get_viewdef(r.oid) END)
        FROM pg_catalog.pg_class r WHERE r.oid = i.objid)
    END, '')), 16)
  FROM inside i
  WHERE i.classid <> 'pg_catalog.pg_proc'::regclass
)
