-- All rows of the legacy layout in one row of one statement. Arrays are read faster than objects.
SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
    d.id, d.name, d.host, d.port, d.db_name, d.username, d.password, d.created_at, d.updated_at)) AS rows
FROM {{schema}}.mathesar_database AS d
