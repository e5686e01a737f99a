-- The two parts of an e-mail address. Immutable, since users may build indexes on them. The collation "C" makes them
-- work for columns of every collation, nondeterministic ones included.

-- Gives the part of an e-mail address before the at sign.
-- Takes a valid address; letter case stays. NULL for NULL. Raises 23514 where the argument is no valid address.
CREATE OR REPLACE FUNCTION mathesar_types.email_local_part(mathesar_types.email) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.split_part($1::pg_catalog.text COLLATE pg_catalog."C", '@', 1)
  $function$;

-- Gives the part of an e-mail address after the at sign.
-- Takes a valid address; letter case stays. NULL for NULL. Raises 23514 where the argument is no valid address.
CREATE OR REPLACE FUNCTION mathesar_types.email_domain_name(mathesar_types.email) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.split_part($1::pg_catalog.text COLLATE pg_catalog."C", '@', 2)
  $function$;
