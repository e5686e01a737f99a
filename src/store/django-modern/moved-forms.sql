-- A common table expression of save.sql, for layouts with forms: they follow a database that moves.
moved_forms AS (
  UPDATE {{schema}}.mathesar_form AS f
  SET server_id = s.id, updated_at = c.now, associated_role_id = (
    SELECT r.id
    FROM {{schema}}.mathesar_configuredrole AS o JOIN roles AS r ON r.name = o.name
    WHERE o.id = f.associated_role_id)
  FROM checked AS c CROSS JOIN server AS s
  WHERE c.is_move AND f.database_id = c.database_id
),
