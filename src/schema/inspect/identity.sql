-- An expression: kind and qualified name of an object, such as `function mathesar_types.uri_parts(text)`.
CASE {{classid}}
  WHEN 'pg_catalog.pg_proc'::regclass THEN (
    SELECT {{routineIdentity}} FROM pg_catalog.pg_proc p WHERE p.oid = {{objid}})
  WHEN 'pg_catalog.pg_type'::regclass THEN (
    SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END || ' ' || format_type(t.oid, NULL)
    FROM pg_catalog.pg_type t WHERE t.oid = {{objid}})
  ELSE (SELECT o.type || ' ' || o.identity FROM pg_identify_object({{classid}}, {{objid}}, 0) o)
END
