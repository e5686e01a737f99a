-- An expression: whether this transaction wrote an object. Rows of it are never older than its own number.
(coalesce(age(CASE {{classid}}
  WHEN 'pg_catalog.pg_proc'::regclass THEN
    (SELECT written.xmin FROM pg_catalog.pg_proc written WHERE written.oid = {{objid}})
  WHEN 'pg_catalog.pg_type'::regclass THEN
    (SELECT written.xmin FROM pg_catalog.pg_type written WHERE written.oid = {{objid}})
  WHEN 'pg_catalog.pg_class'::regclass THEN
    (SELECT written.xmin FROM pg_catalog.pg_class written WHERE written.oid = {{objid}})
  WHEN 'pg_catalog.pg_operator'::regclass THEN
    (SELECT written.xmin FROM pg_catalog.pg_operator written WHERE written.oid = {{objid}})
  WHEN 'pg_catalog.pg_cast'::regclass THEN
    (SELECT written.xmin FROM pg_catalog.pg_cast written WHERE written.oid = {{objid}})
END) <= age(pg_current_xact_id()::xid), false))
