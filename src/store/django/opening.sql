-- One message, and so one transaction. Every name is qualified until search_path is empty, since anything may
-- precede pg_catalog in the search_path of the role. Only the first statement follows that search_path: it
-- finds the tables where Mathesar itself would find them.
-- key_pid is the process number that the login reported. Behind a pooler it differs from the server's, and
-- then the settings last for this transaction alone, because other clients share the server's process.
SELECT pg_catalog.set_config(
         'mathesarctl.migrations',
         COALESCE(pg_catalog.to_regclass('django_migrations')::pg_catalog.oid::pg_catalog.text, ''), true),
       pg_catalog.set_config(
         'mathesarctl.read_only', pg_catalog.current_setting('default_transaction_read_only'), true);
SELECT pg_catalog.set_config(s.name, s.value, pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.<>) {{key_pid}})
  FROM (VALUES {{settings}}) AS s (name, value)
 WHERE pg_catalog.current_setting(s.name, true) IS NOT NULL;
DO $mathesarctl$
DECLARE
  migrations regclass := NULLIF(current_setting('mathesarctl.migrations'), '')::oid::regclass;
  names json := '[]';
  may_read boolean := true;
  identifier text;
  first_migration text;
  owners oid[];
  journal_state text := 'absent';
  journal_version integer;
  entries json := '[]';
BEGIN
  IF migrations IS NOT NULL THEN
    may_read := has_table_privilege(migrations, 'SELECT');
    IF may_read AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = migrations AND c.relkind IN ('r', 'p'))
    THEN
      EXECUTE format(
        'SELECT COALESCE(json_agg(m.name ORDER BY m.id), ''[]'')
           FROM (SELECT name, min(id) AS id FROM %s WHERE app = ''mathesar'' GROUP BY name) AS m',
        migrations) INTO names;
      -- As JSON, since the column may be missing.
      EXECUTE format('SELECT min(to_jsonb(m) ->> ''applied'') FROM %s AS m', migrations) INTO first_migration;
    END IF;
  END IF;
  IF has_function_privilege('pg_control_system()', 'EXECUTE') THEN
    EXECUTE 'SELECT system_identifier::text FROM pg_control_system()' INTO identifier;
  END IF;
  IF EXISTS (SELECT FROM pg_namespace AS n WHERE n.nspname = 'mathesarctl') THEN
    -- Tables of anybody else are not used: their triggers and policies would run code of their owner.
    owners := ARRAY(
      SELECT r.oid FROM pg_roles AS r WHERE r.rolname = current_user OR r.rolsuper
      UNION SELECT c.relowner FROM pg_class AS c WHERE c.oid = migrations
      UNION SELECT d.datdba FROM pg_database AS d WHERE d.datname = current_database());
    IF EXISTS (SELECT FROM pg_namespace AS n
                WHERE n.nspname = 'mathesarctl' AND n.nspowner <> ALL (owners))
      OR EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                  WHERE n.nspname = 'mathesarctl' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                    AND (c.relkind <> 'r' OR c.relowner <> ALL (owners)))
    THEN
      journal_state := 'foreign';
    ELSIF NOT has_schema_privilege('mathesarctl', 'USAGE') THEN
      journal_state := 'unreadable';
    ELSIF to_regclass('mathesarctl.layout') IS NOT NULL THEN
      IF has_table_privilege('mathesarctl.layout', 'SELECT')
        AND has_table_privilege('mathesarctl.operation', 'SELECT')
      THEN
        journal_state := 'present';
        EXECUTE 'SELECT version FROM mathesarctl.layout' INTO journal_version;
      ELSE
        journal_state := 'unreadable';
      END IF;
    END IF;
  END IF;
  IF journal_version = {{journal_version}} THEN
    EXECUTE $query$SELECT COALESCE(json_agg(e), '[]') FROM ({{entries_query}}) AS e$query$ INTO entries;
  END IF;
  PERFORM set_config('mathesarctl.answer', json_build_object(
    'names', names, 'may_read', may_read, 'system_identifier', identifier, 'first_migration', first_migration,
    'journal_state', journal_state, 'journal_version', journal_version, 'entries', entries)::text, true);
END
$mathesarctl$;
SELECT pg_catalog.current_setting('mathesarctl.answer')::pg_catalog.json AS answer,
       pg_backend_pid() AS backend_pid,
       (SELECT d.oid::text FROM pg_database AS d WHERE d.datname = current_database()) AS database_oid,
       pg_is_in_recovery() AS is_in_recovery,
       current_setting('mathesarctl.read_only') AS read_only_default,
       has_database_privilege(current_database(), 'CREATE') AS may_create_schema,
       (SELECT n.nspname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.oid = NULLIF(current_setting('mathesarctl.migrations'), '')::oid) AS schema,
       (SELECT COALESCE(json_agg(DISTINCT n.nspname), '[]')
          FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relname = 'django_migrations' AND c.relkind IN ('r', 'p')) AS schemas,
       (SELECT COALESCE(json_agg(json_build_array(t.relname, t.columns, t.nullable)), '[]')
          FROM (SELECT c.relname,
                       json_agg(a.attname ORDER BY a.attnum) AS columns,
                       COALESCE(json_agg(a.attname) FILTER (WHERE NOT a.attnotnull), '[]') AS nullable
                  FROM pg_class AS c
                  JOIN pg_class AS m ON m.relnamespace = c.relnamespace
                  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                 WHERE m.oid = NULLIF(current_setting('mathesarctl.migrations'), '')::oid
                   AND c.relkind IN ('r', 'p') AND starts_with(c.relname, 'mathesar_')
                 GROUP BY c.oid, c.relname) AS t) AS tables,
       -- A superuser who writes here would run the owner's triggers. Any other role is the one that Mathesar
       -- connects as, and runs them with each of Mathesar's own writes.
       (SELECT COALESCE(json_agg(DISTINCT r.rolname), '[]')
          FROM pg_class AS c
          JOIN pg_class AS m ON m.relnamespace = c.relnamespace
          JOIN pg_roles AS r ON r.oid = c.relowner
         WHERE m.oid = NULLIF(current_setting('mathesarctl.migrations'), '')::oid
           AND c.relkind IN ('r', 'p') AND starts_with(c.relname, 'mathesar_')
           AND NOT r.rolsuper AND current_setting('is_superuser') = 'on') AS owners
