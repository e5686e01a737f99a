-- These composite types describe objects to create: columns, constraints, NOT NULL marks. The functions of
-- the schemas __msar and msar build and read them by position, so the order of the fields is part of the
-- interface.

-- __msar.col_def: a column to create. The fields: name_, the quoted name; type_, the type as text with its
-- modifiers; not_null; default_, an SQL expression or NULL; identity_, whether the column is the generated
-- primary key; description, the comment or NULL.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('__msar.col_def') IS NULL THEN
    CREATE TYPE __msar.col_def AS (
      name_ pg_catalog.text,
      type_ pg_catalog.text,
      not_null pg_catalog.bool,
      default_ pg_catalog.text,
      identity_ pg_catalog.bool,
      description pg_catalog.text
    );
  END IF;
END
$install$;

-- __msar.con_def: a constraint to create. The fields: name_, the quoted name or NULL; type_, which is u
-- (unique), p (primary key) or f (foreign key); col_names, quoted names; deferrable_; fk_rel_name, the
-- referenced table as SQL; fk_col_names, quoted names or NULL; fk_upd_action, fk_del_action and
-- fk_match_type, the one-letter codes of pg_constraint; expression, for checks.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('__msar.con_def') IS NULL THEN
    CREATE TYPE __msar.con_def AS (
      name_ pg_catalog.text,
      type_ pg_catalog."char",
      col_names pg_catalog.text[],
      deferrable_ pg_catalog.bool,
      fk_rel_name pg_catalog.text,
      fk_col_names pg_catalog.text[],
      fk_upd_action pg_catalog."char",
      fk_del_action pg_catalog."char",
      fk_match_type pg_catalog."char",
      expression pg_catalog.text
    );
  END IF;
END
$install$;

-- __msar.not_null_def: a NOT NULL mark to set or to drop. The fields: col_name, the quoted name; not_null,
-- true to set the mark and false to drop it.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('__msar.not_null_def') IS NULL THEN
    CREATE TYPE __msar.not_null_def AS (
      col_name pg_catalog.text,
      not_null pg_catalog.bool
    );
  END IF;
END
$install$;
