-- A common table expression of save.sql, for layouts whose servers have an sslmode.
changed_server AS (
  UPDATE {{schema}}.mathesar_server AS s
  SET sslmode = c.sslmode, updated_at = c.now
  FROM checked AS c
  WHERE s.id = c.server_id AND s.sslmode <> c.sslmode
),
