-- Creates the journal, in one message and so in one transaction. The lock lets only one process at a time do
-- it; it is released with the transaction.
SELECT pg_catalog.pg_advisory_xact_lock({{lock_class}}, 0);
-- Somebody else may have created the schema, or a table in it, while this process waited for the lock:
-- nothing of theirs must run, such as a trigger.
DO $mathesarctl$
DECLARE
  owners oid[] := ARRAY(
    SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user OR r.rolsuper
    UNION SELECT d.datdba FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database());
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_namespace AS n
              WHERE n.nspname = 'mathesarctl' AND n.nspowner <> ALL (owners))
    OR EXISTS (SELECT FROM pg_catalog.pg_class AS c
                JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                WHERE n.nspname = 'mathesarctl' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                  AND (c.relkind <> 'r' OR c.relowner <> ALL (owners)))
  THEN
    RAISE insufficient_privilege USING MESSAGE = 'the schema mathesarctl belongs to another role';
  END IF;
END
$mathesarctl$;
CREATE SCHEMA IF NOT EXISTS mathesarctl;
CREATE TABLE IF NOT EXISTS mathesarctl.layout (
  version pg_catalog.int4 NOT NULL
);
-- keep_types: a removal that keeps the types can't be recognized by the types. settings: a Fernet token.
CREATE TABLE IF NOT EXISTS mathesarctl.operation (
  id pg_catalog.text NOT NULL PRIMARY KEY,
  kind pg_catalog.text NOT NULL CHECK (kind IN ('add', 'remove')),
  name pg_catalog.text NOT NULL UNIQUE,
  keep_types pg_catalog.bool NOT NULL,
  started_at pg_catalog.timestamptz NOT NULL,
  settings pg_catalog.text NOT NULL,
  phase pg_catalog.text NOT NULL CHECK (phase IN ('unknown', 'begun', 'committing')),
  commit_mark pg_catalog.text
);
-- database_id is the id of a row of mathesar_database. No foreign key refers to it: Mathesar, which does not
-- know this table, could not delete its row.
CREATE TABLE IF NOT EXISTS mathesarctl.schema_record (
  database_id pg_catalog.int4 NOT NULL PRIMARY KEY,
  source pg_catalog.text NOT NULL,
  version pg_catalog.text
);
INSERT INTO mathesarctl.layout (version)
SELECT {{journal_version}} WHERE NOT EXISTS (SELECT FROM mathesarctl.layout);
COMMENT ON SCHEMA mathesarctl IS
  'Belongs to mathesarctl, not to Mathesar: operations that have not ended, and what was installed.';
