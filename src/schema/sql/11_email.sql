-- The two parts of an e-mail address. Immutable, since users may build indexes on them.

-- Takes a valid address, returns what stands before the at sign, letter case untouched. NULL for NULL.
-- Raises 23514 where the argument is no valid address.
CREATE OR REPLACE FUNCTION mathesar_types.email_local_part(mathesar_types.email) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.split_part($1::pg_catalog.text, '@', 1)
  $function$;

-- Takes a valid address, returns what stands after the at sign, letter case untouched. NULL for NULL.
-- Raises 23514 where the argument is no valid address.
CREATE OR REPLACE FUNCTION mathesar_types.email_domain_name(mathesar_types.email) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.split_part($1::pg_catalog.text, '@', 2)
  $function$;
