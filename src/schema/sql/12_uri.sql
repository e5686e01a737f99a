-- These functions split a URI into the components of RFC 3986, appendix B; the type uri checks its values
-- with them.
--
-- The split is purely syntactic and never fails. All functions are immutable, since users may build indexes
-- on them. The collation "C" lets them split text of every collation, nondeterministic ones included. Each
-- component has its own pattern, which costs a fraction of the pattern for all nine parts and yields the same
-- result.

-- Splits text into the parts of a URI.
-- The argument can be any text. Returns nine elements: scheme with its colon, scheme, authority with its
-- slashes, authority, path, query with its question mark, query, fragment with its number sign, fragment. An
-- absent component is NULL, an empty one is the empty string; the path is never absent. Returns NULL for
-- NULL.
CREATE OR REPLACE FUNCTION mathesar_types.uri_parts(pg_catalog.text) RETURNS pg_catalog.text[]
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.regexp_match(
      $1 COLLATE pg_catalog."C",
      '^(([^:/?#]+):)?(//([^/?#]*))?([^?#]*)([?]([^#]*))?(#(.*))?$'
    )
  $function$;

-- Returns the scheme of a URI without its colon.
-- The argument can be any text. Returns NULL if it has no scheme.
CREATE OR REPLACE FUNCTION mathesar_types.uri_scheme(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.substring($1 COLLATE pg_catalog."C", '^[^:/?#]+(?=:)')
  $function$;

-- Returns the authority of a URI without the slashes before it.
-- The argument can be any text. Returns NULL if it has no authority.
CREATE OR REPLACE FUNCTION mathesar_types.uri_authority(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.substring($1 COLLATE pg_catalog."C", '^(?:[^:/?#]+:)?//([^/?#]*)')
  $function$;

-- Returns the path of a URI, which may be empty.
-- The argument can be any text; all text has a path.
CREATE OR REPLACE FUNCTION mathesar_types.uri_path(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.substring($1 COLLATE pg_catalog."C", '^(?:[^:/?#]+:)?(?://[^/?#]*)?([^?#]*)')
  $function$;

-- Returns the query of a URI without its question mark.
-- The argument can be any text. Returns NULL if it has no query.
CREATE OR REPLACE FUNCTION mathesar_types.uri_query(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.substring($1 COLLATE pg_catalog."C", '^[^?#]*[?]([^#]*)')
  $function$;

-- Returns the fragment of a URI without its number sign.
-- The argument can be any text. Returns NULL if it has no fragment.
CREATE OR REPLACE FUNCTION mathesar_types.uri_fragment(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.substring($1 COLLATE pg_catalog."C", '#(.*)$')
  $function$;

-- mathesar_types.uri: text with a scheme, stored exactly as it was written. Raises 23514 for other text.
-- The two functions define what a scheme is. The comparisons before them accept the same values and decide
-- nearly all cases faster.
DO $install$
DECLARE
  is_new pg_catalog.bool := pg_catalog.to_regtype('mathesar_types.uri') IS NULL;
BEGIN
  IF is_new THEN
    CREATE DOMAIN mathesar_types.uri AS pg_catalog.text;
  END IF;
  -- Somebody may have dropped the check, and stored other text since: no row is checked again.
  IF NOT EXISTS (
    SELECT FROM pg_catalog.pg_constraint AS c
    WHERE c.contypid OPERATOR(pg_catalog.=) pg_catalog.to_regtype('mathesar_types.uri')::pg_catalog.oid
      AND c.contype OPERATOR(pg_catalog.=) 'c'
  ) THEN
    ALTER DOMAIN mathesar_types.uri
      ADD CONSTRAINT uri_check CHECK (
        VALUE COLLATE pg_catalog."C" OPERATOR(pg_catalog.~~) 'https://%'
        OR VALUE COLLATE pg_catalog."C" OPERATOR(pg_catalog.~~) 'http://%'
        OR VALUE COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[^:/?#]+:'
        OR (mathesar_types.uri_scheme(VALUE) IS NOT NULL AND mathesar_types.uri_path(VALUE) IS NOT NULL)
        OR VALUE IS NULL
      ) NOT VALID;
    IF is_new THEN
      ALTER DOMAIN mathesar_types.uri VALIDATE CONSTRAINT uri_check;
    END IF;
  END IF;
END
$install$;
