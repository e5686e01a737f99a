-- An expression, a text: another one if anything that state.sql reads has changed, in a fraction of its time.
-- A row that is written again has another `xmin`. The names of the session's roles belong to it.
(WITH home AS MATERIALIZED (
  SELECT n.oid, n.xmin FROM pg_catalog.pg_namespace n WHERE n.nspname IN ({{schemas}})
), types AS MATERIALIZED (
  SELECT t.oid, t.xmin FROM pg_catalog.pg_type t WHERE t.typnamespace IN (SELECT h.oid FROM home h)
), relations AS MATERIALIZED (
  SELECT c.oid, c.xmin FROM pg_catalog.pg_class c WHERE c.relnamespace IN (SELECT h.oid FROM home h)
), checks AS MATERIALIZED (
  SELECT c.oid, c.xmin FROM pg_catalog.pg_constraint c WHERE c.contypid IN (SELECT t.oid FROM types t)
), written (number, oid, xmin) AS (
  SELECT 1, h.oid, h.xmin FROM home h
  UNION ALL SELECT 2, t.oid, t.xmin FROM types t
  UNION ALL SELECT 3, c.oid, c.xmin FROM relations c
  UNION ALL SELECT 4, c.oid, c.xmin FROM checks c
  UNION ALL SELECT 5, p.oid, p.xmin FROM pg_catalog.pg_proc p
    WHERE p.pronamespace IN (SELECT h.oid FROM home h)
  UNION ALL SELECT 6, c.oid, c.xmin FROM pg_catalog.pg_cast c WHERE c.oid >= 16384
  UNION ALL SELECT 7, d.objoid, d.xmin FROM pg_catalog.pg_description d
    WHERE d.objoid IN (
      SELECT h.oid FROM home h UNION ALL SELECT c.oid FROM relations c UNION ALL SELECT c.oid FROM checks c)
  UNION ALL SELECT 8, d.objid, d.xmin FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
      AND d.refobjid IN (SELECT h.oid FROM home h)
  UNION ALL SELECT 9, d.objid, d.xmin FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
      AND d.objid >= 16384
  UNION ALL SELECT 10, m.member, m.xmin FROM pg_catalog.pg_auth_members m
  UNION ALL SELECT 11, b.oid, b.xmin FROM pg_catalog.pg_database b
    WHERE b.datname = pg_catalog.current_database()
)
SELECT concat_ws(' ', session_user, current_user,
  (SELECT count(*) || '/' || sum(pg_catalog.hashtext(concat_ws(' ', w.number, w.oid, w.xmin)))
    FROM written w),
  (SELECT sum(pg_catalog.hashtext(concat_ws(' ', u.oid, u.rolname, u.rolsuper, u.rolinherit,
      u.rolcanlogin)))
    FROM pg_catalog.pg_roles u)))
