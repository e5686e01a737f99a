-- Saves the rows of one database as a plan states them ($1, SavePlan of save.ts): its server, its roles, the
-- database itself, and who is mapped to its roles. Locks the rows in the application's order, the server
-- first, compares them with those that the plan was made from, and writes nothing if they differ.
WITH plan AS MATERIALIZED (
  SELECT p.* FROM pg_catalog.jsonb_to_record($1::jsonb) AS p(
    expected jsonb, lock_servers integer[], lock_roles integer[], lock_users integer[], is_move boolean,
    new_base text, key_proof text, server_id integer, host text, port integer, sslmode text,
    database_id integer, name text, nickname text, sql_version text, roles jsonb, maps jsonb)
),
locked_servers AS MATERIALIZED (
  SELECT s.id, s.host, s.port
  FROM plan AS p CROSS JOIN {{schema}}.mathesar_server AS s
  WHERE s.id = ANY (p.lock_servers)
  ORDER BY s.id
  FOR UPDATE OF s
),
-- The conditions that count rows make one lock wait for the other.
locked_database AS MATERIALIZED (
  SELECT d.id, d.server_id, d.name, {{nickname}} AS nickname
  FROM plan AS p CROSS JOIN {{schema}}.mathesar_database AS d
  WHERE d.id = p.database_id AND (SELECT pg_catalog.count(*) FROM locked_servers) >= 0
  FOR UPDATE OF d
),
locked_roles AS MATERIALIZED (
  SELECT r.id, r.server_id, r.name, r.password
  FROM plan AS p CROSS JOIN {{schema}}.mathesar_configuredrole AS r
  WHERE r.id = ANY (p.lock_roles) AND (SELECT pg_catalog.count(*) FROM locked_database) >= 0
  ORDER BY r.id
  FOR UPDATE OF r
),
locked_maps AS MATERIALIZED (
  SELECT m.user_id, m.configured_role_id
  FROM plan AS p CROSS JOIN {{schema}}.mathesar_userdatabaserolemap AS m
  WHERE m.database_id = p.database_id AND (p.is_move OR m.user_id = ANY (p.lock_users))
    AND (SELECT pg_catalog.count(*) FROM locked_roles) >= 0
  ORDER BY m.id
  FOR UPDATE OF m
),
found AS MATERIALIZED (
  SELECT pg_catalog.jsonb_build_object(
    'servers', (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(s.id, s.host, s.port) ORDER BY s.id)
      FROM locked_servers AS s),
    'database', (SELECT pg_catalog.jsonb_build_array(d.id, d.server_id, d.name, d.nickname)
      FROM locked_database AS d),
    'roles', (SELECT pg_catalog.jsonb_agg(
        pg_catalog.jsonb_build_array(r.id, r.server_id, r.name, r.password) ORDER BY r.id)
      FROM locked_roles AS r),
    'maps', (SELECT pg_catalog.jsonb_agg(
        pg_catalog.jsonb_build_array(m.user_id, m.configured_role_id) ORDER BY m.user_id)
      FROM locked_maps AS m),
    'users', (SELECT pg_catalog.jsonb_agg(u.id ORDER BY u.id)
      FROM plan AS p JOIN {{schema}}.mathesar_user AS u ON u.id = ANY (p.lock_users)),
    'forms', {{form_roles}}
  ) AS rows
),
checked AS MATERIALIZED (
  SELECT p.*, pg_catalog.clock_timestamp() AS now
  FROM plan AS p JOIN found AS f ON f.rows = p.expected
  WHERE NOT EXISTS (
      SELECT FROM {{schema}}.mathesar_server AS s
      WHERE p.server_id IS NULL AND s.host = p.host AND COALESCE(s.port, 5432) = COALESCE(p.port, 5432))
    AND NOT EXISTS (
      SELECT FROM {{schema}}.mathesar_database AS d
      WHERE COALESCE(NULLIF({{nickname}}, ''), d.name) = p.new_base AND d.id IS DISTINCT FROM p.database_id)
    -- A rotation replaces it. That locks the table before it reads; this statement reads after its own lock.
    AND (p.key_proof IS NULL OR EXISTS (
      SELECT FROM {{schema}}.mathesar_configuredrole AS k WHERE k.password = p.key_proof))
),
new_server AS (
  INSERT INTO {{schema}}.mathesar_server (created_at, updated_at, host, port{{sslmode_column}})
  SELECT c.now, c.now, c.host, c.port{{sslmode_value}}
  FROM checked AS c
  WHERE c.server_id IS NULL
  RETURNING id
),
{{changed_server}}
server AS (
  SELECT n.id FROM new_server AS n
  UNION ALL
  SELECT c.server_id FROM checked AS c WHERE c.server_id IS NOT NULL
),
planned_roles AS (
  SELECT r.id, r.name, r.password
  FROM checked AS c
  CROSS JOIN pg_catalog.jsonb_to_recordset(c.roles) AS r(id integer, name text, password text)
),
new_roles AS (
  INSERT INTO {{schema}}.mathesar_configuredrole (created_at, updated_at, name, password, server_id)
  SELECT c.now, c.now, r.name, r.password, s.id
  FROM checked AS c CROSS JOIN server AS s CROSS JOIN planned_roles AS r
  WHERE r.id IS NULL
  RETURNING id, name
),
changed_roles AS (
  UPDATE {{schema}}.mathesar_configuredrole AS o
  SET password = r.password, updated_at = c.now
  FROM checked AS c CROSS JOIN planned_roles AS r
  WHERE o.id = r.id AND o.password IS DISTINCT FROM r.password
),
roles AS (
  SELECT n.id, n.name FROM new_roles AS n
  UNION ALL
  SELECT r.id, r.name FROM planned_roles AS r WHERE r.id IS NOT NULL
),
new_database AS (
  INSERT INTO {{schema}}.mathesar_database
    (created_at, updated_at, name, last_confirmed_sql_version, server_id{{nickname_column}})
  SELECT c.now, c.now, c.name, c.sql_version, s.id{{nickname_value}}
  FROM checked AS c CROSS JOIN server AS s
  WHERE c.database_id IS NULL
  RETURNING id, created_at, updated_at
),
changed_database AS (
  UPDATE {{schema}}.mathesar_database AS d
  SET server_id = s.id, name = c.name, updated_at = c.now,
    last_confirmed_sql_version = COALESCE(c.sql_version, d.last_confirmed_sql_version){{nickname_change}}
  FROM checked AS c CROSS JOIN server AS s
  WHERE d.id = c.database_id
    AND (d.server_id <> s.id OR d.name <> c.name OR {{nickname}} IS DISTINCT FROM c.nickname
      OR d.last_confirmed_sql_version <> c.sql_version)
  RETURNING d.id, d.created_at, d.updated_at
),
database AS (
  SELECT n.id FROM new_database AS n
  UNION ALL
  SELECT c.database_id FROM checked AS c WHERE c.database_id IS NOT NULL
),
planned_maps AS (
  SELECT m.ordinal, m.user_id, m.is_new, r.id AS role_id, d.id AS database_id, s.id AS server_id, c.now
  FROM checked AS c
  CROSS JOIN server AS s
  CROSS JOIN database AS d
  CROSS JOIN pg_catalog.jsonb_to_recordset(c.maps)
    AS m(ordinal integer, user_id integer, role text, is_new boolean)
  JOIN roles AS r ON r.name = m.role
),
new_maps AS (
  INSERT INTO {{schema}}.mathesar_userdatabaserolemap
    (created_at, updated_at, configured_role_id, database_id, server_id, user_id)
  SELECT m.now, m.now, m.role_id, m.database_id, m.server_id, m.user_id
  FROM planned_maps AS m
  WHERE m.is_new
  ORDER BY m.ordinal
),
changed_maps AS (
  UPDATE {{schema}}.mathesar_userdatabaserolemap AS o
  SET configured_role_id = m.role_id, server_id = m.server_id, updated_at = m.now
  FROM planned_maps AS m
  WHERE o.database_id = m.database_id AND o.user_id = m.user_id AND NOT m.is_new
    AND (o.configured_role_id <> m.role_id OR o.server_id <> m.server_id)
),
{{moved_forms}}
leaving AS (
  SELECT d.id AS database_id, d.server_id
  FROM checked AS c CROSS JOIN locked_database AS d
  WHERE c.is_move
),
{{left_without_use}}
SELECT
  EXISTS (SELECT FROM checked) AS is_written,
  (SELECT s.id FROM server AS s) AS server_id,
  (SELECT pg_catalog.json_build_array(d.id, d.created_at, d.updated_at)
    FROM (SELECT * FROM new_database UNION ALL SELECT * FROM changed_database) AS d) AS database,
  (SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_array(r.id, r.name)), '[]')
    FROM roles AS r) AS roles
