-- These functions read the catalog: relations, columns, schemas and constraints.
--
-- A relation is any row of pg_class, such as a table, a view or an index. Its columns include system columns
-- but not dropped ones. Names are compared under the collation "C", so that callers can pass text of any
-- collation.

-- Returns the comment of a column.
-- Returns NULL if there is no comment or no such column, or if an argument is NULL.
CREATE OR REPLACE FUNCTION msar.col_description(tab_id pg_catalog.oid, col_id integer) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT d.description
    FROM pg_catalog.pg_description AS d
    WHERE d.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.objoid OPERATOR(pg_catalog.=) tab_id
      AND d.objsubid OPERATOR(pg_catalog.=) col_id
      -- The row without a column number is the comment of the table.
      AND d.objsubid OPERATOR(pg_catalog.<>) 0
  $function$;

-- Returns the OID of a relation.
-- The names are unquoted. Raises 42P01 if the relation does not exist, 3F000 if the schema does not exist.
CREATE OR REPLACE FUNCTION msar.get_relation_oid(
  sch_name pg_catalog.text,
  rel_name pg_catalog.text
) RETURNS pg_catalog.oid
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT msar.get_fully_qualified_object_name(sch_name, rel_name)::pg_catalog.regclass::pg_catalog.oid
  $function$;

-- Returns the OID of the schema that contains a relation.
-- Returns NULL if the relation does not exist.
CREATE OR REPLACE FUNCTION msar.get_relation_namespace_oid(rel_id pg_catalog.oid) RETURNS pg_catalog.oid
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT c.relnamespace FROM pg_catalog.pg_class AS c WHERE c.oid OPERATOR(pg_catalog.=) rel_id
  $function$;

-- Returns the quoted name of a column, by its number.
-- Returns NULL if the column does not exist or was dropped.
CREATE OR REPLACE FUNCTION msar.get_column_name(rel_id pg_catalog.oid, col_id integer) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.quote_ident(a.attname)
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid OPERATOR(pg_catalog.=) rel_id
      AND a.attnum OPERATOR(pg_catalog.=) col_id
      AND NOT a.attisdropped
  $function$;

-- Returns the quoted name of a column, by its unquoted name.
-- Returns NULL if the column does not exist or was dropped.
CREATE OR REPLACE FUNCTION msar.get_column_name(
  rel_id pg_catalog.oid,
  col_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.quote_ident(a.attname)
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid OPERATOR(pg_catalog.=) rel_id
      AND a.attname OPERATOR(pg_catalog.=) col_name COLLATE pg_catalog."C"
      AND NOT a.attisdropped
  $function$;

-- Returns the quoted names of columns, by a JSON array of column numbers and unquoted names.
-- rel_id is the OID of the relation, or 0 for a relation that does not exist yet: the text of each element is
-- then used as the name, without a lookup. Returns one element for each, which is NULL if there is no such
-- column; NULL for an empty array. Raises 22023 if the argument is not an array.
CREATE OR REPLACE FUNCTION msar.get_column_names(
  rel_id pg_catalog.oid,
  columns pg_catalog.jsonb
) RETURNS pg_catalog.text[]
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.array_agg(
      CASE
        WHEN rel_id OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN pg_catalog.quote_ident(named.plain)
        WHEN named.kind OPERATOR(pg_catalog.=) 'string' THEN msar.get_column_name(rel_id, named.plain)
        WHEN named.kind OPERATOR(pg_catalog.=) 'number' THEN (
          SELECT pg_catalog.quote_ident(a.attname)
          FROM pg_catalog.pg_attribute AS a
          WHERE a.attrelid OPERATOR(pg_catalog.=) rel_id
            -- The caller may pass any number, even one that is out of range for every integer type.
            AND a.attnum::numeric OPERATOR(pg_catalog.=) named.plain::numeric
            AND NOT a.attisdropped
        )
      END
      ORDER BY named.place
    )
    FROM (
      SELECT
        item.place,
        pg_catalog.jsonb_typeof(item.value) AS kind,
        item.value OPERATOR(pg_catalog.#>>) '{}' AS plain
      FROM pg_catalog.jsonb_array_elements(columns) WITH ORDINALITY AS item(value, place)
    ) AS named
  $function$;

-- Returns the number of a column, by its unquoted name.
-- Returns NULL if the column does not exist or was dropped.
CREATE OR REPLACE FUNCTION msar.get_attnum(rel_id pg_catalog.oid, att_name pg_catalog.text) RETURNS smallint
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT a.attnum
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid OPERATOR(pg_catalog.=) rel_id
      AND a.attname OPERATOR(pg_catalog.=) att_name COLLATE pg_catalog."C"
      AND NOT a.attisdropped
  $function$;

-- Returns whether a relation has a column, by its unquoted name.
CREATE OR REPLACE FUNCTION msar.column_exists(
  tab_id pg_catalog.oid,
  col_name pg_catalog.text
) RETURNS pg_catalog.bool
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT msar.get_attnum(tab_id, col_name) IS NOT NULL
  $function$;

-- Returns whether a schema exists, by its unquoted name.
CREATE OR REPLACE FUNCTION msar.schema_exists(schema_name pg_catalog.text) RETURNS pg_catalog.bool
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT EXISTS (
      SELECT FROM pg_catalog.pg_namespace AS n
      WHERE n.nspname OPERATOR(pg_catalog.=) schema_name COLLATE pg_catalog."C"
    )
  $function$;

-- Returns whether a column is part of the primary key.
-- Returns NULL if the relation has no primary key.
CREATE OR REPLACE FUNCTION msar.is_pkey_col(rel_id pg_catalog.oid, col_id integer) RETURNS pg_catalog.bool
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT col_id OPERATOR(pg_catalog.=) ANY (c.conkey)
    FROM pg_catalog.pg_constraint AS c
    WHERE c.conrelid OPERATOR(pg_catalog.=) rel_id AND c.contype OPERATOR(pg_catalog.=) 'p'
  $function$;

-- Returns the number of the first column of the primary key.
-- The first column is the one that the key lists first. Returns NULL if the relation has no primary key.
CREATE OR REPLACE FUNCTION msar.get_pk_column(rel_id pg_catalog.oid) RETURNS smallint
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT c.conkey[1]
    FROM pg_catalog.pg_constraint AS c
    WHERE c.conrelid OPERATOR(pg_catalog.=) rel_id AND c.contype OPERATOR(pg_catalog.=) 'p'
  $function$;

-- Returns the number of the first column of the primary key, by unquoted names.
-- Returns NULL if the relation has no primary key. Raises 42P01 if the relation does not exist, 3F000 if the
-- schema does not exist.
CREATE OR REPLACE FUNCTION msar.get_pk_column(
  sch_name pg_catalog.text,
  rel_name pg_catalog.text
) RETURNS smallint
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT msar.get_pk_column(msar.get_relation_oid(sch_name, rel_name))
  $function$;

-- Returns the type of a column, without modifiers.
-- The type is qualified unless it is visible in the search path. Returns NULL if the column does not exist.
CREATE OR REPLACE FUNCTION msar.get_column_type(
  rel_id pg_catalog.oid,
  col_id smallint
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT a.atttypid::pg_catalog.regtype::pg_catalog.text
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid OPERATOR(pg_catalog.=) rel_id
      AND a.attnum OPERATOR(pg_catalog.=) col_id
      AND NOT a.attisdropped
  $function$;

-- Returns the type of a column, without modifiers, by unquoted names.
-- The name of the column may be one that needs quoting. Returns NULL if the column does not exist. Raises
-- 42P01 if the relation does not exist, 3F000 if the schema does not exist.
CREATE OR REPLACE FUNCTION msar.get_column_type(
  sch_name pg_catalog.text,
  rel_name pg_catalog.text,
  col_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT msar.get_column_type(r.rel_id, msar.get_attnum(r.rel_id, col_name))
    FROM msar.get_relation_oid(sch_name, rel_name) AS r(rel_id)
  $function$;

-- Returns the quoted name of a constraint.
-- Returns NULL if the constraint does not exist.
CREATE OR REPLACE FUNCTION msar.get_constraint_name(con_id pg_catalog.oid) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.quote_ident(c.conname)
    FROM pg_catalog.pg_constraint AS c
    WHERE c.oid OPERATOR(pg_catalog.=) con_id
  $function$;

-- Returns whether the default of a column may yield a different value for each row.
-- Returns true for identity and generated columns (virtual ones included), and if the outermost operation of
-- the default is a function call (a conversion by a function included) or a keyword such as CURRENT_DATE.
-- Returns false for other defaults. A conversion that only changes the type and not the value does not count
-- as an operation. Returns NULL if there is no default or no such column.
CREATE OR REPLACE FUNCTION msar.is_default_possibly_dynamic(
  tab_id pg_catalog.oid,
  col_id integer
) RETURNS pg_catalog.bool
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT
      CASE
        WHEN a.attidentity OPERATOR(pg_catalog.<>) '' OR a.attgenerated OPERATOR(pg_catalog.<>) '' THEN true
        ELSE
          d.adbin::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~)
            '^([{](RELABELTYPE|COERCETODOMAIN) :arg )*[{](FUNCEXPR|SQLVALUEFUNCTION) '
      END
    FROM pg_catalog.pg_attribute AS a
      LEFT JOIN pg_catalog.pg_attrdef AS d
        ON d.adrelid OPERATOR(pg_catalog.=) a.attrelid AND d.adnum OPERATOR(pg_catalog.=) a.attnum
    WHERE a.attrelid OPERATOR(pg_catalog.=) tab_id
      AND a.attnum OPERATOR(pg_catalog.=) col_id
      AND NOT a.attisdropped
  $function$;

-- Returns whether a column is the id column that Mathesar creates first in each table.
-- This is an integer identity column with the name id in the first position. Returns NULL if the column does
-- not exist.
CREATE OR REPLACE FUNCTION msar.is_mathesar_id_column(
  tab_id pg_catalog.oid,
  col_id integer
) RETURNS pg_catalog.bool
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT a.attnum OPERATOR(pg_catalog.=) 1
      AND a.attname OPERATOR(pg_catalog.=) 'id'
      AND a.atttypid OPERATOR(pg_catalog.=) 'pg_catalog.int4'::pg_catalog.regtype
      AND a.attidentity OPERATOR(pg_catalog.<>) ''
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid OPERATOR(pg_catalog.=) tab_id
      AND a.attnum OPERATOR(pg_catalog.=) col_id
      AND NOT a.attisdropped
  $function$;

-- Returns the name of the function that casts values to a type.
-- The name is the name of the type without its schema, with _ for a space and _double_quote_ for a double
-- quote. Array types keep their brackets: no function has such a name. Does not check whether the function
-- exists.
CREATE OR REPLACE FUNCTION msar.get_cast_function_name(target_type pg_catalog.regtype) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT 'mathesar_types.cast_to_' OPERATOR(pg_catalog.||)
      pg_catalog.replace(
        pg_catalog.replace(
          pg_catalog.regexp_replace(target_type::pg_catalog.text, '^.*[.]', ''),
          ' ', '_'
        ),
        '"', '_double_quote_'
      )
  $function$;
