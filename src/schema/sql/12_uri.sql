-- URIs: the split of RFC 3986, appendix B, its components, and the type whose check rests on them.
--
-- The split is purely syntactic and never fails. Immutable throughout, since users may build indexes on these
-- functions. The collation "C" makes the split work for text of every collation, nondeterministic ones included.

-- Takes any text, returns nine elements: scheme with its colon, scheme, authority with its slashes, authority, path,
-- query with its question mark, query, fragment with its number sign, fragment. An absent component is NULL, an empty
-- one the empty string; the path is never absent. NULL for NULL.
CREATE OR REPLACE FUNCTION mathesar_types.uri_parts(pg_catalog.text) RETURNS pg_catalog.text[]
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.regexp_match(
      $1 COLLATE pg_catalog."C",
      '^(([^:/?#]+):)?(//([^/?#]*))?([^?#]*)([?]([^#]*))?(#(.*))?$'
    )
  $function$;

-- Takes any text, returns the scheme without its colon; NULL where it has none.
CREATE OR REPLACE FUNCTION mathesar_types.uri_scheme(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT (mathesar_types.uri_parts($1))[2]
  $function$;

-- Takes any text, returns the authority without the slashes before it; NULL where it has none.
CREATE OR REPLACE FUNCTION mathesar_types.uri_authority(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT (mathesar_types.uri_parts($1))[4]
  $function$;

-- Takes any text, returns the path, possibly empty.
CREATE OR REPLACE FUNCTION mathesar_types.uri_path(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT (mathesar_types.uri_parts($1))[5]
  $function$;

-- Takes any text, returns the query without its question mark; NULL where it has none.
CREATE OR REPLACE FUNCTION mathesar_types.uri_query(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT (mathesar_types.uri_parts($1))[7]
  $function$;

-- Takes any text, returns the fragment without its number sign; NULL where it has none.
CREATE OR REPLACE FUNCTION mathesar_types.uri_fragment(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT (mathesar_types.uri_parts($1))[9]
  $function$;

-- mathesar_types.uri: text that has a scheme; stored exactly as given. Raises 23514 for others.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('mathesar_types.uri') IS NULL THEN
    CREATE DOMAIN mathesar_types.uri AS pg_catalog.text
      CONSTRAINT uri_check CHECK (
        (mathesar_types.uri_scheme(VALUE) IS NOT NULL AND mathesar_types.uri_path(VALUE) IS NOT NULL)
        OR VALUE IS NULL
      );
  END IF;
END
$install$;
