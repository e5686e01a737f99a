-- A query: the entries of a manifest, each as `identity": "hash`, the identity with JSON's escapes. The text
-- is split, and not read as JSON, which would fail where it is not JSON; a pattern takes ten times as long.
-- No separator is within an entry: there a backslash is before each quote.
SELECT pg_catalog.unnest(pg_catalog.string_to_array(
  pg_catalog.substr(m.manifest, 3, greatest(pg_catalog.length(m.manifest) - 4, 0)), '", "')) AS entry
FROM ({{manifest}}) m
WHERE m.manifest IS NOT NULL
