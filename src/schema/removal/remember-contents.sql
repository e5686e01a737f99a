-- Keeps the OIDs of everything in the schemas for the end of this transaction: what follows drops it.
DO $remember$
BEGIN
  PERFORM set_config({{doomedSetting}}, (
    WITH schemas AS (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname IN ({{schemas}}))
    SELECT coalesce(array_agg(d.objid), '{}')::text
    FROM (
      SELECT t.oid AS objid FROM pg_catalog.pg_type t WHERE t.typnamespace IN (SELECT s.oid FROM schemas s)
      UNION ALL
      SELECT p.oid FROM pg_catalog.pg_proc p WHERE p.pronamespace IN (SELECT s.oid FROM schemas s)
      UNION ALL
      SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relnamespace IN (SELECT s.oid FROM schemas s)
    ) d
  ), true);
END
$remember$;
