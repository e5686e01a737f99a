-- An expression: the columns of a relation, or the fields of a composite type, whose OID is {{relation}}.
(SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
    a.attidentity, a.attgenerated, pg_get_expr(f.adbin, f.adrelid)), E'\n' ORDER BY a.attnum)
  FROM pg_catalog.pg_attribute a
  LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
  WHERE a.attrelid = {{relation}} AND a.attnum > 0 AND NOT a.attisdropped)
