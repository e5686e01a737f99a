-- Scanners of written amounts, such as 8,250.5 or 8 250,5 or 75,50,000.
--
-- An amount is made of ASCII digits, at most one kind of group mark and at most one decimal mark. The forms:
--   whole-short, long  digits, then a decimal mark (after one to three digits only one or two may follow it, so that
--                      1,500, of which nobody knows whether it means thousands or decimals, is no amount)
--   western            groups of three behind commas, decimals behind a point; one group alone needs decimals
--   continental        the same with point and comma exchanged
--   spaced             groups of three behind single spaces, decimals behind either mark
--   indian             groups of two and a last one of three behind commas, decimals behind a point
--   swiss              groups of three behind apostrophes, decimals behind a point

-- Takes any text. Where it is an amount with or without one sign before it, and nothing else, returns three elements:
-- the amount as written without the sign, its group mark or NULL, its decimal mark or NULL. Otherwise, and for NULL,
-- returns NULL.
CREATE OR REPLACE FUNCTION mathesar_types.get_numeric_array(pg_catalog.text) RETURNS pg_catalog.text[]
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT ARRAY[
      scanned.amount,
      CASE
        WHEN pg_catalog.length(scanned.marks) OPERATOR(pg_catalog.>) 1
          OR scanned.marks OPERATOR(pg_catalog.=) ' '
          OR scanned.marks OPERATOR(pg_catalog.=) ''''
        THEN pg_catalog.left(scanned.marks, 1)
      END,
      CASE
        WHEN pg_catalog.right(scanned.marks, 1) OPERATOR(pg_catalog.<>) pg_catalog.left(scanned.marks, 1)
          OR scanned.marks OPERATOR(pg_catalog.=) '.'
          OR scanned.marks OPERATOR(pg_catalog.=) ','
        THEN pg_catalog.right(scanned.marks, 1)
      END
    ]
    FROM (
      SELECT
        matched.parts[1] AS amount,
        pg_catalog.translate(matched.parts[1], '0123456789', '') COLLATE pg_catalog."C" AS marks
      FROM (
        SELECT pg_catalog.regexp_match(
          $1 COLLATE pg_catalog."C",
          '^[+-]?('
          '[0-9]{1,3}([.,][0-9]{1,2})?'
          '|[0-9]{4,}([.,][0-9]+)?'
          '|[0-9]{1,3},[0-9]{3}[.][0-9]+'
          '|[0-9]{1,3}(,[0-9]{3}){2,}([.][0-9]+)?'
          '|[0-9]{1,3}[.][0-9]{3},[0-9]+'
          '|[0-9]{1,3}([.][0-9]{3}){2,}(,[0-9]+)?'
          '|[0-9]{1,3}( [0-9]{3})+([.,][0-9]+)?'
          '|[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}([.][0-9]+)?'
          '|[0-9]{1,3}(''[0-9]{3})+([.][0-9]+)?'
          ')$'
        ) AS parts
      ) AS matched
      WHERE matched.parts IS NOT NULL
    ) AS scanned
  $function$;

-- Takes any text. Where it is an amount (not in the swiss form) with other text before it, after it, or both, returns
-- four elements: the amount as written, its group mark or NULL, its decimal mark or NULL, and the other text, the part
-- before joined to the part after. The other text holds no digit, point or comma. Otherwise, and for NULL, returns NULL.
CREATE OR REPLACE FUNCTION mathesar_types.get_mathesar_money_array(pg_catalog.text) RETURNS pg_catalog.text[]
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT pg_catalog.array_append(
      mathesar_types.get_numeric_array(matched.parts[2]),
      pg_catalog.concat(matched.parts[1], matched.parts[3])
    )
    FROM (
      SELECT pg_catalog.regexp_match(
        $1 COLLATE pg_catalog."C",
        '^([^0-9.,]*)([0-9][0-9., ]*[0-9]|[0-9])([^0-9.,]*)$'
      ) AS parts
    ) AS matched
    WHERE pg_catalog.concat(matched.parts[1], matched.parts[3]) OPERATOR(pg_catalog.<>) ''
      AND mathesar_types.get_numeric_array(matched.parts[2]) IS NOT NULL
  $function$;
