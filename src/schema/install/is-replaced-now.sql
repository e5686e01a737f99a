-- An expression about `w`, a routine or relation: whether this transaction created or replaced it. CREATE OR
-- REPLACE writes the dependencies of a routine and the rule of a view again, which GRANT does not.
EXISTS (
  SELECT FROM pg_catalog.pg_depend d
  WHERE d.classid = w.classid AND d.objid = w.objid
    AND d.refclassid = 'pg_catalog.pg_namespace'::regclass
    AND age(d.xmin) <= age(pg_current_xact_id()::xid)
) OR EXISTS (
  SELECT FROM pg_catalog.pg_rewrite r
  WHERE w.classid = 'pg_catalog.pg_class'::regclass AND r.ev_class = w.objid
    AND age(r.xmin) <= age(pg_current_xact_id()::xid)
)
