-- A condition: the server `s` has no other database than the one that leaves it (`l`).
s.id = l.server_id AND NOT EXISTS (
  SELECT FROM {{schema}}.mathesar_database AS o
  WHERE o.server_id = l.server_id AND o.id <> l.database_id)
