-- All encrypted values of the modern layout, in one row. A role is named by itself and by the databases whose
-- users are mapped to it. Arrays are read faster than objects.
SELECT
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
      r.id, r.name, s.host, s.port,
      (SELECT pg_catalog.array_agg(DISTINCT COALESCE(NULLIF({{nickname}}, ''), d.name))
        FROM {{schema}}.mathesar_userdatabaserolemap AS m
        JOIN {{schema}}.mathesar_database AS d ON d.id = m.database_id
        WHERE m.configured_role_id = r.id),
      r.password) ORDER BY r.id)
    FROM {{schema}}.mathesar_configuredrole AS r
    JOIN {{schema}}.mathesar_server AS s ON s.id = r.server_id
    WHERE r.password <> '') AS roles,
  {{links}} AS links
