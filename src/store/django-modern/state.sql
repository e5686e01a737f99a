-- All rows that records are made of, in one row of one statement: a column is an array of the values of all
-- rows, which is written and read several times faster than an array for each row. Times are joined by
-- commas, because that is faster still.
SELECT s.*, d.*, r.*, m.*, u.*
FROM (
  SELECT
    pg_catalog.json_agg(s.id) AS server_ids,
    pg_catalog.json_agg(s.host) AS server_hosts,
    pg_catalog.json_agg(s.port) AS server_ports,
    {{sslmodes}} AS server_sslmodes
  FROM {{schema}}.mathesar_server AS s
) AS s
CROSS JOIN (
  SELECT
    pg_catalog.json_agg(d.id) AS database_ids,
    pg_catalog.json_agg(d.server_id) AS database_servers,
    pg_catalog.json_agg(d.name) AS database_names,
    {{nicknames}} AS database_nicknames,
    pg_catalog.json_agg(d.last_confirmed_sql_version) AS database_versions,
    pg_catalog.string_agg(d.created_at::text, ',') AS database_created,
    pg_catalog.string_agg(d.updated_at::text, ',') AS database_updated
  FROM {{schema}}.mathesar_database AS d
) AS d
CROSS JOIN (
  SELECT
    pg_catalog.json_agg(r.id) AS role_ids,
    pg_catalog.json_agg(r.server_id) AS role_servers,
    pg_catalog.json_agg(r.name) AS role_names,
    pg_catalog.json_agg(r.password) AS role_passwords
  FROM {{schema}}.mathesar_configuredrole AS r
) AS r
CROSS JOIN (
  SELECT
    pg_catalog.json_agg(m.id) AS map_ids,
    pg_catalog.json_agg(m.database_id) AS map_databases,
    pg_catalog.json_agg(m.configured_role_id) AS map_roles,
    pg_catalog.json_agg(m.user_id) AS map_users
  FROM {{schema}}.mathesar_userdatabaserolemap AS m
) AS m
CROSS JOIN (
  SELECT
    pg_catalog.json_agg(u.id) AS user_ids,
    pg_catalog.json_agg(u.username) AS user_names,
    pg_catalog.json_agg(u.is_superuser) AS user_superusers,
    pg_catalog.json_agg(u.is_active) AS user_actives
  FROM {{schema}}.mathesar_user AS u
) AS u
