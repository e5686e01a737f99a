-- The functions that the benchmark compares with the casts: somebody who knows PL/pgSQL would write such a
-- function in ten lines to get the same results.
CREATE SCHEMA plain;

CREATE FUNCTION plain.boolean(text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF lower($1) IN ('t', 'true', 'y', 'yes', 'on', '1') THEN RETURN true; END IF;
  IF lower($1) IN ('f', 'false', 'n', 'no', 'off', '0') THEN RETURN false; END IF;
  RAISE EXCEPTION '% is not a boolean', $1;
END $$;

CREATE FUNCTION plain.integer(text) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  RETURN $1::integer;
END $$;

-- The pattern captures nothing, which would cost a hundred times as much.
CREATE FUNCTION plain.numeric(text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  marks text;
  mark text;
BEGIN
  IF $1 !~ '^[+-]?([0-9]{1,3}([.,][0-9]{1,2})?|[0-9]{4,}([.,][0-9]+)?|[0-9]{1,3},[0-9]{3}[.][0-9]+|[0-9]{1,3}(,[0-9]{3}){2,}([.][0-9]+)?|[0-9]{1,3}[.][0-9]{3},[0-9]+|[0-9]{1,3}([.][0-9]{3}){2,}(,[0-9]+)?|[0-9]{1,3}( [0-9]{3})+([.,][0-9]+)?|[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}([.][0-9]+)?|[0-9]{1,3}(''[0-9]{3})+([.][0-9]+)?)$' THEN
    RAISE EXCEPTION '% cannot be cast to numeric', $1;
  END IF;
  marks := translate($1, '+-0123456789', '');
  mark := right(marks, 1);
  IF mark IN ('.', ',') AND (length(marks) = 1 OR left(marks, 1) <> mark) THEN
    RETURN replace(translate($1, replace('., ''', mark, ''), ''), mark, '.');
  END IF;
  RETURN translate($1, '., ''', '');
END $$;

CREATE FUNCTION plain.mathesar_money(text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  amount text := substring($1 FROM '[0-9](?:.*[0-9])?');
  marks text := translate(amount, '0123456789', '');
  mark text := right(marks, 1);
  number numeric;
BEGIN
  IF amount = $1 OR $1 !~ '^[^0-9.,]*([0-9]{1,3}([.,][0-9]{1,2})?|[0-9]{4,}([.,][0-9]+)?|[0-9]{1,3},[0-9]{3}[.][0-9]+|[0-9]{1,3}(,[0-9]{3}){2,}([.][0-9]+)?|[0-9]{1,3}[.][0-9]{3},[0-9]+|[0-9]{1,3}([.][0-9]{3}){2,}(,[0-9]+)?|[0-9]{1,3}( [0-9]{3})+([.,][0-9]+)?|[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}([.][0-9]+)?)[^0-9.,]*$' THEN
    RAISE EXCEPTION '% cannot be cast to mathesar_types.mathesar_money', $1;
  END IF;
  IF mark IN ('.', ',') AND (length(marks) = 1 OR left(marks, 1) <> mark) THEN
    number := replace(translate(amount, replace('., ', mark, ''), ''), mark, '.');
  ELSE
    number := translate(amount, '., ', '');
  END IF;
  IF $1 ~ '-|[(].+[)]' THEN RETURN -number; END IF;
  RETURN number;
END $$;

CREATE FUNCTION plain.money(text) RETURNS money LANGUAGE plpgsql AS $$
DECLARE
  symbol text := to_char(1, 'L');
BEGIN
  IF starts_with($1, symbol) OR right($1, length(symbol)) = symbol THEN RETURN $1::money; END IF;
  RAISE EXCEPTION '% cannot be cast to money as currency symbol is missing', $1;
END $$;

CREATE FUNCTION plain.date(text) RETURNS date LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('TimeZone', 'UTC', true);
  IF $1::timestamptz = $1::date THEN RETURN $1::date; END IF;
  RAISE EXCEPTION '% is not a date', $1;
END $$;

CREATE FUNCTION plain.timestamp(text) RETURNS timestamp LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('TimeZone', 'UTC', true);
  IF $1::timestamptz = $1::timestamp THEN RETURN $1::timestamp; END IF;
  RAISE EXCEPTION '% is not a timestamp without time zone', $1;
END $$;

CREATE FUNCTION plain.interval(text) RETURNS interval LANGUAGE plpgsql AS $$
BEGIN
  IF $1 ~* '^\s*([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[+-]?[0-9]+)?|[+-]?inf(inity)?|nan)\s*$' THEN
    RAISE EXCEPTION '% is a numeric', $1;
  END IF;
  RETURN $1::interval;
END $$;

-- The pattern of the HTML standard.
CREATE FUNCTION plain.email(text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF $1 !~ '^[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?([.][a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$' THEN
    RAISE EXCEPTION '% is not an e-mail address', $1;
  END IF;
  RETURN $1;
END $$;

CREATE FUNCTION plain.uri(text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  address text;
BEGIN
  IF $1 ~ '^[^:/?#]+:' THEN RETURN $1; END IF;
  address := lower('http://' || $1);
  IF EXISTS (
    SELECT FROM mathesar_types.top_level_domains
    WHERE tld = substring(address FROM '^http://[^/?#]*[.]([^./?#]+)')
  ) THEN
    RETURN address;
  END IF;
  RAISE EXCEPTION '% is not a mathesar_types.uri', $1;
END $$;

CREATE FUNCTION plain.json(text) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
  RETURN $1::json;
END $$;
