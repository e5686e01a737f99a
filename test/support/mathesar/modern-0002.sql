ALTER TABLE mathesar_userdatabaserolemap
  ADD CONSTRAINT userdatabaserolemap_database_server_integrity
  FOREIGN KEY (database_id, server_id) REFERENCES mathesar_database (id, server_id);
ALTER TABLE mathesar_userdatabaserolemap
  ADD CONSTRAINT userdatabaserolemap_role_server_integrity
  FOREIGN KEY (configured_role_id, server_id) REFERENCES mathesar_configuredrole (id, server_id);
