-- An expression of save.sql, for layouts with forms: the roles of the forms of a database that moves.
(SELECT pg_catalog.jsonb_agg(DISTINCT f.associated_role_id)
  FROM plan AS p JOIN {{schema}}.mathesar_form AS f ON f.database_id = p.database_id
  WHERE p.is_move AND f.associated_role_id IS NOT NULL)
