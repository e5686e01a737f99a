-- These types depend on no other object: e-mail addresses, amounts of money, JSON documents with a fixed top
-- level.
--
-- An existing type is kept as it is, whatever its definition: columns may hold values of it. Constraint names
-- are those that PostgreSQL would choose, since clients know them from its messages. No pattern contains a
-- backslash, so none depends on standard_conforming_strings. Each pattern compares under the collation "C",
-- so that letters mean ASCII letters in every locale.

-- mathesar_types.email: a valid e-mail address by the HTML standard (WHATWG, input type=email). This is
-- narrower than RFC 5322: ASCII only, and one or more labels of 1 to 63 characters after the at sign. Raises
-- 23514 for other text. The check counts the characters of labels only in text that is long enough for an
-- overlong label, because a pattern that counts is slow.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('mathesar_types.email') IS NULL THEN
    CREATE DOMAIN mathesar_types.email AS pg_catalog.text
      CONSTRAINT email_check CHECK (
        VALUE COLLATE pg_catalog."C" OPERATOR(pg_catalog.~)
          '^[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@([a-zA-Z0-9]+([.]|-+))*[a-zA-Z0-9]+$'
        AND (
          pg_catalog.octet_length(VALUE) OPERATOR(pg_catalog.<=) 65
          OR VALUE COLLATE pg_catalog."C" OPERATOR(pg_catalog.!~) '@.*[a-zA-Z0-9-]{64}'
        )
      );
  END IF;
END
$install$;

-- mathesar_types.mathesar_money: an amount of money without a currency, which can be any numeric.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('mathesar_types.mathesar_money') IS NULL THEN
    CREATE DOMAIN mathesar_types.mathesar_money AS pg_catalog.numeric;
  END IF;
END
$install$;

-- mathesar_types.multicurrency_money: an amount and its currency, which can be any code of up to three
-- characters.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('mathesar_types.multicurrency_money') IS NULL THEN
    CREATE TYPE mathesar_types.multicurrency_money AS (
      value pg_catalog.numeric,
      currency pg_catalog.bpchar(3)
    );
  END IF;
END
$install$;

-- mathesar_types.mathesar_json_array: a JSON document whose top level is an array. Raises 23514 for other
-- documents.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('mathesar_types.mathesar_json_array') IS NULL THEN
    CREATE DOMAIN mathesar_types.mathesar_json_array AS pg_catalog.jsonb
      CONSTRAINT mathesar_json_array_check CHECK (
        pg_catalog.jsonb_typeof(VALUE) OPERATOR(pg_catalog.=) 'array'
      );
  END IF;
END
$install$;

-- mathesar_types.mathesar_json_object: a JSON document whose top level is an object. Raises 23514 for other
-- documents.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('mathesar_types.mathesar_json_object') IS NULL THEN
    CREATE DOMAIN mathesar_types.mathesar_json_object AS pg_catalog.jsonb
      CONSTRAINT mathesar_json_object_check CHECK (
        pg_catalog.jsonb_typeof(VALUE) OPERATOR(pg_catalog.=) 'object'
      );
  END IF;
END
$install$;
