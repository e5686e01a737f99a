-- What the catalog says of relations, columns, schemas and constraints.
--
-- A relation is a table, view, index or anything else of pg_class; its columns include the system columns, not those
-- that were dropped. Names are compared under the collation "C", so that a call with text of any other works.

-- Gives the comment of a column.
-- NULL without a comment, for an unknown column, or where an argument is NULL.
CREATE OR REPLACE FUNCTION msar.col_description(tab_id pg_catalog.oid, col_id integer) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT d.description
    FROM pg_catalog.pg_description AS d
    WHERE d.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.objoid OPERATOR(pg_catalog.=) tab_id
      AND d.objsubid OPERATOR(pg_catalog.=) col_id
      -- What has no column number is the comment of the table.
      AND d.objsubid OPERATOR(pg_catalog.<>) 0
  $function$;

-- Finds a relation.
-- Takes plain names, returns the OID. Raises 42P01 for an unknown relation, 3F000 for an unknown schema.
CREATE OR REPLACE FUNCTION msar.get_relation_oid(
  sch_name pg_catalog.text,
  rel_name pg_catalog.text
) RETURNS pg_catalog.oid
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT msar.get_fully_qualified_object_name(sch_name, rel_name)::pg_catalog.regclass::pg_catalog.oid
  $function$;

-- Gives the OID of the schema that a relation is in.
-- NULL for an unknown relation.
CREATE OR REPLACE FUNCTION msar.get_relation_namespace_oid(rel_id pg_catalog.oid) RETURNS pg_catalog.oid
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT c.relnamespace FROM pg_catalog.pg_class AS c WHERE c.oid OPERATOR(pg_catalog.=) rel_id
  $function$;

-- Gives the quoted name of the column with a number.
-- NULL for an unknown column; a dropped one is unknown.
CREATE OR REPLACE FUNCTION msar.get_column_name(rel_id pg_catalog.oid, col_id integer) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.quote_ident(a.attname)
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid OPERATOR(pg_catalog.=) rel_id
      AND a.attnum OPERATOR(pg_catalog.=) col_id
      AND NOT a.attisdropped
  $function$;

-- Gives the quoted name of the column with a plain name.
-- NULL for an unknown column; a dropped one is unknown.
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

-- Gives the quoted names of columns, from a JSON array of column numbers and plain names.
-- Takes the OID of the relation, or 0 for one yet to be created: then nothing is looked up, and the text of each
-- element is the name. Returns one element for each, NULL where there is no such column; NULL for an empty array.
-- Raises 22023 if it is no array.
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
            -- Any number may be asked for, also one that no integer type holds.
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

-- Gives the number of the column with a plain name.
-- NULL for an unknown column; a dropped one is unknown.
CREATE OR REPLACE FUNCTION msar.get_attnum(rel_id pg_catalog.oid, att_name pg_catalog.text) RETURNS smallint
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT a.attnum
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid OPERATOR(pg_catalog.=) rel_id
      AND a.attname OPERATOR(pg_catalog.=) att_name COLLATE pg_catalog."C"
      AND NOT a.attisdropped
  $function$;

-- Says whether a relation has a column with a plain name.
CREATE OR REPLACE FUNCTION msar.column_exists(tab_id pg_catalog.oid, col_name pg_catalog.text) RETURNS pg_catalog.bool
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT msar.get_attnum(tab_id, col_name) IS NOT NULL
  $function$;

-- Says whether there is a schema with a plain name.
CREATE OR REPLACE FUNCTION msar.schema_exists(schema_name pg_catalog.text) RETURNS pg_catalog.bool
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT EXISTS (
      SELECT FROM pg_catalog.pg_namespace AS n
      WHERE n.nspname OPERATOR(pg_catalog.=) schema_name COLLATE pg_catalog."C"
    )
  $function$;

-- Says whether a column is part of the primary key.
-- NULL for a relation without a primary key.
CREATE OR REPLACE FUNCTION msar.is_pkey_col(rel_id pg_catalog.oid, col_id integer) RETURNS pg_catalog.bool
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT col_id OPERATOR(pg_catalog.=) ANY (c.conkey)
    FROM pg_catalog.pg_constraint AS c
    WHERE c.conrelid OPERATOR(pg_catalog.=) rel_id AND c.contype OPERATOR(pg_catalog.=) 'p'
  $function$;

-- Gives the number of the first column of the primary key.
-- The order is that of the key. NULL for a relation without a primary key.
CREATE OR REPLACE FUNCTION msar.get_pk_column(rel_id pg_catalog.oid) RETURNS smallint
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT c.conkey[1]
    FROM pg_catalog.pg_constraint AS c
    WHERE c.conrelid OPERATOR(pg_catalog.=) rel_id AND c.contype OPERATOR(pg_catalog.=) 'p'
  $function$;

-- Gives the number of the first column of the primary key, of a relation by plain names.
-- NULL for a relation without a primary key. Raises 42P01 for an unknown relation, 3F000 for an unknown schema.
CREATE OR REPLACE FUNCTION msar.get_pk_column(sch_name pg_catalog.text, rel_name pg_catalog.text) RETURNS smallint
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT msar.get_pk_column(msar.get_relation_oid(sch_name, rel_name))
  $function$;

-- Gives the type of a column, without modifiers.
-- The schema stands before it unless the search path finds the type without. NULL for an unknown column.
CREATE OR REPLACE FUNCTION msar.get_column_type(rel_id pg_catalog.oid, col_id smallint) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT a.atttypid::pg_catalog.regtype::pg_catalog.text
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid OPERATOR(pg_catalog.=) rel_id
      AND a.attnum OPERATOR(pg_catalog.=) col_id
      AND NOT a.attisdropped
  $function$;

-- Gives the type of a column by plain names, without modifiers.
-- Any name of a column is found, also one that needs quoting; NULL for an unknown column. Raises 42P01 for an unknown
-- relation, 3F000 for an unknown schema.
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

-- Gives the quoted name of a constraint.
-- NULL for an unknown one.
CREATE OR REPLACE FUNCTION msar.get_constraint_name(con_id pg_catalog.oid) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.quote_ident(c.conname)
    FROM pg_catalog.pg_constraint AS c
    WHERE c.oid OPERATOR(pg_catalog.=) con_id
  $function$;

-- Says whether the default of a column may give another value for each row.
-- True for identity and generated columns (virtual ones included), and where the outermost operation of the default is
-- a call of a function, a conversion by a function included, or a keyword such as CURRENT_DATE. False for any other.
-- A conversion that does nothing but give the value the column's type is no operation. NULL without a default, and for
-- an unknown column.
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

-- Says whether a column is the one that tables made by Mathesar begin with.
-- That is an integer identity column, the first one, with the name id. NULL for an unknown column.
CREATE OR REPLACE FUNCTION msar.is_mathesar_id_column(tab_id pg_catalog.oid, col_id integer) RETURNS pg_catalog.bool
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

-- Gives the name of the function that converts values to a type.
-- It is made from the type's name without schema: _ for a space, _double_quote_ for a double quote. Array types keep
-- their brackets: no function has such a name. Does not look whether the function exists.
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
