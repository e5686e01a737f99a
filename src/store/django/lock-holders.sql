-- The sessions that hold locks on tables by which nobody else may lock them for writing. $1: their names,
-- quoted.
SELECT DISTINCT l.pid, a.application_name AS "applicationName", a.usename::text AS role,
       a.client_addr::text AS address,
       to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
  FROM pg_locks AS l
  LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
   AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
   AND l.relation = ANY (SELECT to_regclass(t.name) FROM unnest($1::text[]) AS t (name))
   AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
 ORDER BY l.pid
