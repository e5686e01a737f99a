-- A condition: the role `r` was used by the database that leaves (`l`), and by nothing else; or its server
-- has no other database. Other roles that nobody uses stay: somebody stored them for later.
r.server_id = l.server_id AND (
  NOT EXISTS (
    SELECT FROM {{schema}}.mathesar_database AS o
    WHERE o.server_id = l.server_id AND o.id <> l.database_id)
  OR EXISTS (
    SELECT FROM {{role_uses}} AS u WHERE u.role_id = r.id AND u.database_id = l.database_id)
  AND NOT EXISTS (
    SELECT FROM {{role_uses}} AS u WHERE u.role_id = r.id AND u.database_id <> l.database_id))
