-- The sessions that prevent a rotation in tables. $1: their names, quoted; $2: the rotation had locked the
-- tables, so that it waited for rows. Of those, SELECT FOR UPDATE leaves this lock on the table.
SELECT DISTINCT l.pid, a.application_name AS "applicationName", a.usename::text AS role,
       a.client_addr::text AS address,
       to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
  FROM pg_locks AS l
  LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
   AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
   AND l.relation = ANY (SELECT to_regclass(t.name) FROM unnest($1::text[]) AS t (name))
   AND CASE WHEN $2::boolean THEN l.mode = 'RowShareLock'
            ELSE l.mode NOT IN ('AccessShareLock', 'RowShareLock') END
 ORDER BY l.pid
