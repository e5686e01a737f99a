-- An expression: whether somebody granted or revoked privileges on a routine or a type, even if that changed
-- nothing; NULL for other objects.
CASE {{classid}}
  WHEN 'pg_catalog.pg_proc'::regclass THEN (
    SELECT p.proacl IS NOT NULL FROM pg_catalog.pg_proc p WHERE p.oid = {{objid}})
  WHEN 'pg_catalog.pg_type'::regclass THEN (
    SELECT t.typacl IS NOT NULL FROM pg_catalog.pg_type t WHERE t.oid = {{objid}})
END
