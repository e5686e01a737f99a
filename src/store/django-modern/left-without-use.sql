-- Common table expressions, after one named `leaving` with the ids of a database and of the server that it
-- leaves, if it does: they delete the roles and the server that nothing else uses.
deleted_roles AS (
  DELETE FROM {{schema}}.mathesar_configuredrole AS r
  USING leaving AS l
  WHERE {{role_leaves}}
),
deleted_server AS (
  DELETE FROM {{schema}}.mathesar_server AS s
  USING leaving AS l
  WHERE {{server_leaves}}
)
