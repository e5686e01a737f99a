-- An expression after inventory.sql's `recorded`, `home` and `fingerprint`: how many routines, tables and
-- types the manifest lists that are no longer there. To search the manifest takes a fifth of the time of the
-- whole query: first its entries are counted, and where all routines are as it says, and no table, type or
-- cast can be missing, nothing is. An identity with a quote or a backslash is left out.
coalesce((
  SELECT CASE
    WHEN f.matching >= counted.routines - counted.casts
      AND counted.routines <= (
        SELECT count(*) FROM pg_catalog.pg_proc p JOIN home h ON h.oid = p.pronamespace)
      AND counted.tables <= (
        SELECT count(*) FROM pg_catalog.pg_class c JOIN home h ON h.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p'))
      AND counted.types <= (
        SELECT count(*) FROM pg_catalog.pg_type t JOIN home h ON h.oid = t.typnamespace
        WHERE t.typelem = 0 AND (t.typrelid = 0
          OR (SELECT c.relkind FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid) = 'c'))
      THEN 0
    ELSE (
      SELECT count(*)
      FROM pg_catalog.regexp_matches(m.manifest,
        E'"((?:function|aggregate|procedure|table|type|domain) [^"\\\\]+)": "', 'g') x(found)
      WHERE x.found[1] NOT IN (
        SELECT {{routineIdentity}} FROM pg_catalog.pg_proc p JOIN home h ON h.oid = p.pronamespace
        UNION ALL
        SELECT 'table ' || c.oid::pg_catalog.regclass
        FROM pg_catalog.pg_class c JOIN home h ON h.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p')
        UNION ALL
        SELECT CASE t.typtype WHEN 'd' THEN 'domain ' ELSE 'type ' END
          || pg_catalog.format_type(t.oid, NULL)
        FROM pg_catalog.pg_type t JOIN home h ON h.oid = t.typnamespace))
    END
  FROM recorded m
  CROSS JOIN fingerprint f
  CROSS JOIN LATERAL (
    SELECT sum(e.number) FILTER (WHERE e.kind = 'routine') AS routines,
      sum(e.number) FILTER (WHERE e.kind = 'cast') AS casts,
      sum(e.number) FILTER (WHERE e.kind = 'table') AS tables,
      sum(e.number) FILTER (WHERE e.kind = 'type') AS types
    FROM (
      SELECT n.kind, (pg_catalog.length(m.manifest)
        - pg_catalog.length(pg_catalog.replace(m.manifest, n.start, '')))
        / pg_catalog.length(n.start) AS number
      FROM (VALUES ('routine', '"function '), ('routine', '"aggregate '), ('routine', '"procedure '),
        ('cast', '"function mathesar_types.cast_to_'), ('table', '"table '), ('type', '"type '),
        ('type', '"domain ')) n(kind, start)
    ) e
  ) counted
), 0)
