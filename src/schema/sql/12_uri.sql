-- URIs: the split of RFC 3986, appendix B, its components, and the type whose check rests on them.
--
-- The split is purely syntactic and never fails. Immutable throughout, since users may build indexes on these
-- functions. The collation "C" makes the split work for text of every collation, nondeterministic ones included. Each
-- component has a pattern of its own, which costs a fraction of what all nine parts cost; their results are the same.

-- Splits text into the parts of a URI.
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

-- Gives the scheme of a URI without its colon.
-- Takes any text; NULL where it has no scheme.
CREATE OR REPLACE FUNCTION mathesar_types.uri_scheme(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.substring($1 COLLATE pg_catalog."C", '^[^:/?#]+(?=:)')
  $function$;

-- Gives the authority of a URI without the slashes before it.
-- Takes any text; NULL where it has no authority.
CREATE OR REPLACE FUNCTION mathesar_types.uri_authority(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.substring($1 COLLATE pg_catalog."C", '^(?:[^:/?#]+:)?//([^/?#]*)')
  $function$;

-- Gives the path of a URI, possibly empty.
-- Takes any text, all of which has a path.
CREATE OR REPLACE FUNCTION mathesar_types.uri_path(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.substring($1 COLLATE pg_catalog."C", '^(?:[^:/?#]+:)?(?://[^/?#]*)?([^?#]*)')
  $function$;

-- Gives the query of a URI without its question mark.
-- Takes any text; NULL where it has no query.
CREATE OR REPLACE FUNCTION mathesar_types.uri_query(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.substring($1 COLLATE pg_catalog."C", '^[^?#]*[?]([^#]*)')
  $function$;

-- Gives the fragment of a URI without its number sign.
-- Takes any text; NULL where it has no fragment.
CREATE OR REPLACE FUNCTION mathesar_types.uri_fragment(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.substring($1 COLLATE pg_catalog."C", '#(.*)$')
  $function$;

-- mathesar_types.uri: text that has a scheme; stored exactly as given. Raises 23514 for others.
-- The helpers say what a scheme is; what is asked before them says the same of nearly all values in less time.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('mathesar_types.uri') IS NULL THEN
    CREATE DOMAIN mathesar_types.uri AS pg_catalog.text
      CONSTRAINT uri_check CHECK (
        VALUE COLLATE pg_catalog."C" OPERATOR(pg_catalog.~~) 'https://%'
        OR VALUE COLLATE pg_catalog."C" OPERATOR(pg_catalog.~~) 'http://%'
        OR VALUE COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[^:/?#]+:'
        OR (mathesar_types.uri_scheme(VALUE) IS NOT NULL AND mathesar_types.uri_path(VALUE) IS NOT NULL)
        OR VALUE IS NULL
      );
  END IF;
END
$install$;
