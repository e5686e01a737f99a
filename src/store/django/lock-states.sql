-- $1: the class of the locks of operations, $2: the key of one. Both are int4; the view shows them as oid.
SELECT l.pid
  FROM pg_locks AS l
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
   AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
   AND l.classid = $1::int4::oid AND l.objid = $2::int4::oid
