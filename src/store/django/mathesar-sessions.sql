-- The other sessions of this database that a Mathesar has named.
SELECT a.pid, a.application_name AS "applicationName", a.usename::text AS role,
       a.client_addr::text AS address,
       to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
  FROM pg_stat_activity AS a
 WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
   AND starts_with(a.application_name, 'Mathesar')
 ORDER BY a.backend_start, a.pid
