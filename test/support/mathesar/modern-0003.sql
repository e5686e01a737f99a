ALTER TABLE mathesar_configuredrole ALTER COLUMN password DROP NOT NULL;
ALTER TABLE mathesar_database ADD COLUMN nickname varchar;
ALTER TABLE mathesar_columnmetadata ADD COLUMN display_width integer;
