-- Returns whether the journal exists by now, and whether somebody else owns its schema or a table there, who
-- could run code of their own by triggers and policies. $1 is the schema of Mathesar's tables.
WITH owners AS (
  SELECT r.oid FROM pg_roles AS r WHERE r.rolname = current_user OR r.rolsuper
  UNION SELECT c.relowner FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND c.relname = 'django_migrations'
  UNION SELECT d.datdba FROM pg_database AS d WHERE d.datname = current_database()
)
SELECT EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                WHERE n.nspname = 'mathesarctl' AND c.relname = 'layout') AS "isThere",
       EXISTS (SELECT FROM pg_namespace AS n
                WHERE n.nspname = 'mathesarctl' AND n.nspowner NOT IN (SELECT o.oid FROM owners AS o))
       OR EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                   WHERE n.nspname = 'mathesarctl' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                     AND (c.relkind <> 'r' OR c.relowner NOT IN (SELECT o.oid FROM owners AS o)))
       AS "isForeign"
