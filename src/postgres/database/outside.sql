-- Reads the database of the name $1. Sessions of the server's process $2 do not count.
SELECT d.oid::pg_catalog.text AS oid, d.datallowconn AS "isOpen",
  pg_catalog.pg_get_userbyid(d.datdba) OPERATOR(pg_catalog.=) current_user AS "isOwned",
  d.datacl IS NOT NULL OR d.datistemplate OR d.datconnlimit OPERATOR(pg_catalog.<>) -1
    OR EXISTS (SELECT FROM pg_catalog.pg_db_role_setting AS s
      WHERE s.setdatabase OPERATOR(pg_catalog.=) d.oid)
    OR EXISTS (SELECT FROM pg_catalog.pg_shseclabel AS b
      WHERE b.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_database'::pg_catalog.regclass
        AND b.objoid OPERATOR(pg_catalog.=) d.oid) AS "isAltered",
  pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
  (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity AS a
    WHERE a.datid OPERATOR(pg_catalog.=) d.oid AND a.usesysid IS NOT NULL
      AND a.pid OPERATOR(pg_catalog.<>) $2::pg_catalog.int4)::pg_catalog.int4
    OPERATOR(pg_catalog.+)
  (SELECT pg_catalog.count(*) FROM pg_catalog.pg_prepared_xacts AS p
    WHERE p.database OPERATOR(pg_catalog.=) d.datname)::pg_catalog.int4 AS sessions,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())::pg_catalog.int8::pg_catalog.float8 AS now,
  pg_catalog.pg_backend_pid() AS pid
FROM pg_catalog.pg_database AS d WHERE d.datname OPERATOR(pg_catalog.=) $1::pg_catalog.name
