-- These functions recognize written amounts, such as 8,250.5 or 8 250,5 or 75,50,000.
--
-- An amount consists of ASCII digits, at most one kind of group mark and at most one decimal mark. The forms:
--   whole-short, long  digits, then a decimal mark (after one to three digits only one or two decimals may
--                      follow, because 1,500 is ambiguous: the comma may be a group mark or a decimal mark)
--   western            groups of three after commas, decimals after a point; a single group needs decimals
--   continental        the same with point and comma exchanged
--   spaced             groups of three after single spaces, decimals after either mark
--   indian             groups of two and a last one of three after commas, decimals after a point
--   swiss              groups of three after apostrophes, decimals after a point
--
-- One pattern decides whether text is an amount. It captures nothing, since captures would cost a hundred
-- times as much. In an amount, the marks alone show which of them are group marks. The casts to numeric and
-- mathesar_money use the same patterns (scripts/sql/amounts.ts); for speed, they do not call these functions.

-- Recognizes a number in all the forms that people write.
-- The argument can be any text. If it is an amount, with or without one sign before it, and nothing else,
-- returns three elements: the amount as written without the sign, its group mark or NULL, its decimal mark or
-- NULL. Returns NULL for other text and for NULL.
CREATE OR REPLACE FUNCTION mathesar_types.get_numeric_array(pg_catalog.text) RETURNS pg_catalog.text[]
  LANGUAGE plpgsql VOLATILE PARALLEL SAFE
  AS $function$
    DECLARE
      amount pg_catalog.text COLLATE pg_catalog."C";
      marks pg_catalog.text COLLATE pg_catalog."C";
      first pg_catalog.text COLLATE pg_catalog."C";
      last pg_catalog.text COLLATE pg_catalog."C";
    BEGIN
      IF (
        $1 COLLATE pg_catalog."C" OPERATOR(pg_catalog.~)
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
      ) IS NOT TRUE THEN
        RETURN NULL;
      END IF;
      amount := pg_catalog.ltrim($1, '+-');
      marks := pg_catalog.translate(amount, '0123456789', '');
      first := pg_catalog.left(marks, 1);
      last := pg_catalog.right(marks, 1);
      RETURN ARRAY[
        amount,
        -- A point or comma that is the only mark is a decimal mark.
        CASE WHEN marks OPERATOR(pg_catalog.<>) ALL ('{"",.,","}') THEN first END,
        CASE
          WHEN marks OPERATOR(pg_catalog.=) ANY ('{.,","}') OR last OPERATOR(pg_catalog.<>) first THEN last
        END
      ];
    END
  $function$;

-- Recognizes an amount of money: a number next to a currency or other text.
-- The argument can be any text. If it is an amount (not in the swiss form) with other text before it, after
-- it, or both, returns four elements: the amount as written, its group mark or NULL, its decimal mark or
-- NULL, and the other text, the part before joined to the part after. The other text contains no digit, point
-- or comma. Returns NULL for text of any other form and for NULL.
CREATE OR REPLACE FUNCTION mathesar_types.get_mathesar_money_array(pg_catalog.text) RETURNS pg_catalog.text[]
  LANGUAGE plpgsql VOLATILE PARALLEL SAFE
  AS $function$
    DECLARE
      amount pg_catalog.text COLLATE pg_catalog."C";
      around pg_catalog.text;
    BEGIN
      IF (
        $1 COLLATE pg_catalog."C" OPERATOR(pg_catalog.~)
          '^[^0-9.,]*('
          '[0-9]{1,3}([.,][0-9]{1,2})?'
          '|[0-9]{4,}([.,][0-9]+)?'
          '|[0-9]{1,3},[0-9]{3}[.][0-9]+'
          '|[0-9]{1,3}(,[0-9]{3}){2,}([.][0-9]+)?'
          '|[0-9]{1,3}[.][0-9]{3},[0-9]+'
          '|[0-9]{1,3}([.][0-9]{3}){2,}(,[0-9]+)?'
          '|[0-9]{1,3}( [0-9]{3})+([.,][0-9]+)?'
          '|[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}([.][0-9]+)?'
          ')[^0-9.,]*$'
      ) IS NOT TRUE THEN
        RETURN NULL;
      END IF;
      -- The amount extends from the first digit to the last.
      amount := pg_catalog.substring($1 COLLATE pg_catalog."C", '[0-9](?:.*[0-9])?');
      around := pg_catalog.replace($1 COLLATE pg_catalog."C", amount, '');
      IF around OPERATOR(pg_catalog.=) '' COLLATE pg_catalog."C" THEN
        RETURN NULL;
      END IF;
      RETURN pg_catalog.array_append(mathesar_types.get_numeric_array(amount), around);
    END
  $function$;
