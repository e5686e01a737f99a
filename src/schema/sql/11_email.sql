-- These functions return the two parts of an e-mail address. They are immutable, since users may build
-- indexes on them. The collation "C" lets them work on columns of every collation, nondeterministic ones
-- included.

-- Returns the part of an e-mail address before the at sign.
-- The argument is a valid address. Letter case is preserved. Returns NULL for NULL. Raises 23514 if the
-- argument is not a valid address.
CREATE OR REPLACE FUNCTION mathesar_types.email_local_part(mathesar_types.email) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.split_part($1::pg_catalog.text COLLATE pg_catalog."C", '@', 1)
  $function$;

-- Returns the part of an e-mail address after the at sign.
-- The argument is a valid address. Letter case is preserved. Returns NULL for NULL. Raises 23514 if the
-- argument is not a valid address.
CREATE OR REPLACE FUNCTION mathesar_types.email_domain_name(mathesar_types.email) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.split_part($1::pg_catalog.text COLLATE pg_catalog."C", '@', 2)
  $function$;
