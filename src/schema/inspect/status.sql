-- One row: who installed the schemas, the manifest, and every object inside with the hash of its definition.
WITH {{inside}},
{{described}}
SELECT {{inventory}} AS inventory, ({{manifest}}) AS manifest,
  coalesce((
    SELECT json_agg(json_build_object('identity', d.identity, 'hash', d.hash)) FROM described d
  ), '[]') AS objects;
