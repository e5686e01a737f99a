import type { Rule } from '../rule.ts'

/** What people write into an address bar. */
export const uriFromText: Rule = () => ({
  says: `Returns text that has a scheme unchanged. Else puts http:// before it and lower-cases the whole, if the authority
then ends in a dot and a row of top_level_domains, the dot not being the second of two. Raises P0001 otherwise.`,
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
      -- ASCII first, lest a Turkish locale take the dot from an I; then the other letters, by the database's locale.
      address := pg_catalog.lower(pg_catalog.lower(written) COLLATE pg_catalog."default");
      labels := pg_catalog.string_to_array(pg_catalog.split_part(pg_catalog.split_part(pg_catalog.split_part(
        address, '/', 1), '?', 1), '#', 1), '.');
      last := pg_catalog.cardinality(labels);
      IF last OPERATOR(pg_catalog.=) 2
        OR (last OPERATOR(pg_catalog.>) 2 AND labels[last OPERATOR(pg_catalog.-) 1] OPERATOR(pg_catalog.<>) '')
      THEN
        -- The collation is that of the table's index.
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
