-- An expression: the constraints of a type or a relation by name. Those that say NOT NULL are facts of the
-- column, and from PostgreSQL 18 on pg_constraint lists them too.
(SELECT string_agg(concat_ws(' ', c.conname, pg_get_constraintdef(c.oid)), E'\n'
    ORDER BY c.conname COLLATE "C")
  FROM pg_catalog.pg_constraint c WHERE c.{{owner}} = {{oid}} AND c.contype <> 'n')
