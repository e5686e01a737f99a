-- A PL/pgSQL block that fails if triggers of a table are still to fire.
DECLARE
  written record;
BEGIN
  FOR written IN
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, q.attname AS attribute,
      coalesce(q.attstattarget, -1) AS target
    FROM pg_catalog.pg_locks l
    JOIN pg_catalog.pg_class c ON c.oid = l.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (
      SELECT a.attname, a.attstattarget FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
      ORDER BY a.attnum LIMIT 1
    ) q ON true
    WHERE l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid() AND l.mode = 'RowExclusiveLock'
      AND l.database = (
        SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database())
      AND EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND g.tgdeferrable)
  LOOP
    BEGIN
      EXECUTE pg_catalog.format('ALTER TABLE ONLY %s ALTER COLUMN %I SET STATISTICS %s',
        written.name, written.attribute, written.target);
    EXCEPTION WHEN object_in_use OR insufficient_privilege OR null_value_not_allowed THEN
      RAISE EXCEPTION USING ERRCODE = '{{sqlstate}}', MESSAGE = written.name;
    END;
  END LOOP;
END
