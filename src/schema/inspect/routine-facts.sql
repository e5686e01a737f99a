-- An expression about `p`, `l` and `a`, rows of pg_proc, pg_language and (of aggregates) pg_aggregate: the
-- facts of a routine that a change of it would change. A body of the SQL standard is kept parsed, not as
-- text.
concat_ws(E'\n', p.prokind, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname,
  p.provolatile, p.proisstrict, p.prosecdef, p.proleakproof, p.proparallel, p.proretset,
  array_to_string(p.proconfig, ','), p.prosrc,
  CASE WHEN l.lanname = 'sql' AND p.prosrc = '' AND p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END,
  CASE WHEN p.prokind = 'a' THEN concat_ws(',', a.aggkind, a.aggtransfn::regprocedure,
    a.aggfinalfn::regprocedure, a.aggcombinefn::regprocedure, format_type(a.aggtranstype, NULL),
    a.agginitval) END)
