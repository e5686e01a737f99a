-- An expression: the `Inventory` as JSON. It needs no other part of the query, and runs no code of anybody's.
(WITH home AS MATERIALIZED (
  SELECT n.oid, n.nspname, pg_catalog.obj_description(n.oid, 'pg_namespace') AS comment
  FROM pg_catalog.pg_namespace n
  WHERE n.nspname IN ({{schemas}})
), routine AS MATERIALIZED (
  SELECT p.oid, h.nspname, p.proname, p.prosrc, p.proacl IS NOT NULL AS granted,
    {{isHstoreCast}} AS hstore
  FROM pg_catalog.pg_proc p
  JOIN home h ON h.oid = p.pronamespace
  WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend e
    WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'e')
), recorded AS MATERIALIZED (
  {{manifest}}
), entry AS MATERIALIZED (
  {{entries}}
), listed AS MATERIALIZED (
  SELECT pg_catalog.split_part(e.entry, '": "', 1) AS identity
  FROM entry e
  WHERE pg_catalog.strpos(e.entry, '": "') > 0
), fingerprint AS MATERIALIZED (
  {{fingerprints}}
)
SELECT pg_catalog.json_build_object(
  'schemas', coalesce((
    SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', h.nspname, 'comment', h.comment,
      'isFilled', EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = h.oid
          AND d.deptype = 'n'),
      'objects', (
        SELECT count(*) FROM pg_catalog.pg_depend d
        WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = h.oid
          AND d.deptype = 'n'),
      'routines', (SELECT count(*) FROM routine r WHERE r.nspname = h.nspname AND NOT r.hstore),
      'ungranted', (
        SELECT count(*) FROM routine r
        WHERE r.nspname = h.nspname AND NOT r.hstore AND NOT r.granted AND r.proname <> {{removerName}}),
      'ownRelations', (
        SELECT count(*) FROM pg_catalog.pg_class c
        WHERE c.relnamespace = h.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
          AND pg_catalog.concat(h.nspname, '.', c.relname) NOT IN ({{knownTables}})))
      ORDER BY pg_catalog.array_position(ARRAY[{{schemas}}], h.nspname::pg_catalog.text))
    FROM home h), '[]'),
  'tables', coalesce((
    SELECT pg_catalog.json_agg(t.relname ORDER BY t.relname) FROM ({{modernTables}}) t), '[]'),
  'types', coalesce((
    SELECT pg_catalog.json_agg(t.typname ORDER BY t.typname)
    FROM pg_catalog.pg_type t JOIN home h ON h.oid = t.typnamespace
    WHERE h.nspname = 'mathesar_types' AND t.typname IN ({{types}})), '[]'),
  'markers', coalesce((
    SELECT pg_catalog.json_agg(x.identity)
    FROM (
      SELECT r.oid::pg_catalog.regprocedure::pg_catalog.text AS identity
      FROM routine r
      WHERE r.nspname = 'msar' AND r.proname IN ({{markerNames}})
    ) x
    WHERE x.identity IN ({{markers}})), '[]'),
  'hstoreCasts', coalesce((
    SELECT pg_catalog.json_agg(r.oid::pg_catalog.regprocedure::pg_catalog.text
      ORDER BY r.oid::pg_catalog.regprocedure::pg_catalog.text)
    FROM routine r WHERE r.hstore), '[]'),
  'sampled', (SELECT f.sampled FROM fingerprint f),
  'matching', (SELECT f.matching FROM fingerprint f),
  'hasManifest', EXISTS (SELECT FROM listed),
  'dropped', {{dropped}},
  'expectedInMsar', (SELECT count(*) FROM listed l WHERE l.identity ~ '^(function|aggregate) msar[.]'),
  'expectedSchemas', coalesce((
    SELECT pg_catalog.json_agg(DISTINCT x.name)
    FROM (
      SELECT pg_catalog.substring(l.identity, '^[a-z ]+ (msar|__msar|mathesar_types)[.]') AS name
      FROM listed l
    ) x
    WHERE x.name IS NOT NULL), '[]'),
  'bodies', coalesce((
    SELECT pg_catalog.json_agg(
      pg_catalog.json_build_object('schema', r.nspname, 'name', r.proname, 'text', r.prosrc))
    FROM routine r
    WHERE ({{isProof}})
      AND EXISTS (SELECT FROM home h WHERE pg_catalog.starts_with(h.comment, {{recordPrefix}}))
      AND NOT EXISTS (SELECT FROM fingerprint f WHERE f.matching > 0 AND f.matching * 2 >= f.sampled)), '[]')
))
