-- $1: the class of the locks of operations, $2: the key of one. Both are int4; the view shows them as oid.
SELECT l.pid, a.client_addr::text AS address, a.application_name AS application
  FROM pg_locks AS l
  LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
   AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
   AND l.classid = $1::int4::oid AND l.objid = $2::int4::oid
