-- The types that need nothing else: e-mail addresses, amounts of money, JSON documents of one shape.
--
-- A type that exists is kept untouched, whatever its definition: columns may hold values of it. Constraint names are
-- those that PostgreSQL would choose, since clients know them from its messages. No pattern holds a backslash, so that
-- none depends on standard_conforming_strings, and each compares under the collation "C": the letters meant are
-- ASCII's, whatever the locale of the database.

-- mathesar_types.email: a valid e-mail address as the HTML standard has it (WHATWG, input type=email): narrower
-- than RFC 5322, ASCII only, one or more labels of 1 to 63 characters after the at sign. Raises 23514 for others.
-- Labels are counted only where there is room for one that is too long: a pattern that counts is slow.
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

-- mathesar_types.mathesar_money: an amount of money without a currency: any numeric.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('mathesar_types.mathesar_money') IS NULL THEN
    CREATE DOMAIN mathesar_types.mathesar_money AS pg_catalog.numeric;
  END IF;
END
$install$;

-- mathesar_types.multicurrency_money: an amount and its currency, any code of up to three characters.
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

-- mathesar_types.mathesar_json_array: a JSON document whose top level is an array. Raises 23514 for others.
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

-- mathesar_types.mathesar_json_object: a JSON document whose top level is an object. Raises 23514 for others.
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
