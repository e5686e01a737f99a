import type { Rule } from '../rule.ts'

/** Reads URIs and host names, as people type them into an address bar. */
export const uriFromText: Rule = () => ({
  comment: `Returns text with a scheme unchanged. If the text has no scheme and its host name ends in a
top-level domain (a row of top_level_domains, after a single dot), returns it in lower case with
http:// before it. Raises P0001 for other text.`,
  body: `
    DECLARE
      written pg_catalog.text COLLATE pg_catalog."C" := $1;
      address pg_catalog.text COLLATE pg_catalog."C";
      labels pg_catalog.text[];
      last integer;
    BEGIN
      IF written OPERATOR(pg_catalog.~~) 'https://%'
        OR written OPERATOR(pg_catalog.~~) 'http://%'
        OR written OPERATOR(pg_catalog.~) '^[^:/?#]+:'
      THEN
        RETURN written::mathesar_types.uri;
      END IF;
      -- Convert ASCII letters first, since a Turkish locale would turn I into a dotless i; then convert the
      -- other letters by the database's locale.
      address := pg_catalog.lower(pg_catalog.lower(written) COLLATE pg_catalog."default");
      labels := pg_catalog.string_to_array(pg_catalog.split_part(pg_catalog.split_part(pg_catalog.split_part(
        address, '/', 1), '?', 1), '#', 1), '.');
      last := pg_catalog.cardinality(labels);
      IF last OPERATOR(pg_catalog.=) 2
        OR (
          last OPERATOR(pg_catalog.>) 2
          AND labels[last OPERATOR(pg_catalog.-) 1] OPERATOR(pg_catalog.<>) ''
        )
      THEN
        -- The index of the table has this collation.
        IF EXISTS (
          SELECT FROM mathesar_types.top_level_domains domains
          WHERE domains.tld OPERATOR(pg_catalog.=) (labels[last] COLLATE pg_catalog."default")
        ) THEN
          RETURN pg_catalog.concat('http://', address)::mathesar_types.uri;
        END IF;
      END IF;
      RAISE EXCEPTION '% is not a mathesar_types.uri', $1;
    END`,
})
