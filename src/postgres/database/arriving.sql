-- Whether a session is on its way into the database with the OID $1.
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_locks AS l
   WHERE l.locktype OPERATOR(pg_catalog.=) 'object'
     AND l.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_database'::pg_catalog.regclass
     AND l.objid OPERATOR(pg_catalog.=) $1::pg_catalog.oid
) AS arriving
