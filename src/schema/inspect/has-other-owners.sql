-- A condition: anything in the schemas belongs to another role than its schema.
EXISTS (
  SELECT FROM pg_catalog.pg_namespace n
  JOIN (
    SELECT p.pronamespace AS namespace, p.proowner AS owner FROM pg_catalog.pg_proc p
    UNION ALL SELECT t.typnamespace, t.typowner FROM pg_catalog.pg_type t
    UNION ALL SELECT c.relnamespace, c.relowner FROM pg_catalog.pg_class c
  ) o ON o.namespace = n.oid AND o.owner <> n.nspowner
  WHERE n.nspname IN ({{schemas}})
)
