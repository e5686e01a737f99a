-- Acquires the advisory lock of the keys {{first}} and {{second}}. If another session holds it, a notice
-- first reports that session: the server sends it before it waits.
DO $wait$
DECLARE
  holder pg_catalog.text;
BEGIN
  IF NOT pg_catalog.pg_try_advisory_xact_lock({{first}}, {{second}}) THEN
    SELECT pg_catalog.row_to_json(h)::pg_catalog.text INTO holder FROM (
      {{holder}}
    ) h LIMIT 1;
    IF holder IS NOT NULL THEN
      RAISE INFO '{{mark}} %', holder;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock({{first}}, {{second}});
  END IF;
END $wait$;
