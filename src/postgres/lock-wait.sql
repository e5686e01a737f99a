-- Whether the session of process $1 waits for a lock, and for which sessions: one row for each of them, or
-- one without a session. Only functions are called, since a lock on a catalog blocks whoever reads that
-- catalog; search_path is pg_temp, which PostgreSQL 15 and newer resolve without pg_namespace, and in which
-- no function is looked up.
SELECT s.application_name AS own, s.wait_event_type AS wait, b.pid, b.application_name AS application,
       pg_get_userbyid(b.usesysid) AS role,
       to_char(timezone('UTC', b.xact_start), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
  FROM pg_stat_get_activity($1) AS s
  LEFT JOIN LATERAL (
    SELECT a.pid, a.application_name, a.usesysid, a.xact_start
      FROM unnest(pg_blocking_pids(s.pid)) AS u(pid), LATERAL pg_stat_get_activity(u.pid) AS a
  ) AS b ON true
