-- A query: publications of updates or deletes in the Mathesar schemas, of which an install needs both: of all
-- tables, or of these. A table without a replica identity can't have them.
SELECT p.pubname AS name, p.puballtables AS "isOfAllTables"
FROM pg_catalog.pg_publication p
WHERE (p.pubupdate OR p.pubdelete) AND (p.puballtables OR EXISTS (
  SELECT FROM pg_catalog.pg_publication_tables t
  WHERE t.pubname = p.pubname AND t.schemaname IN ({{schemas}})
))
ORDER BY 1
