ALTER TABLE mathesar_columnmetadata ADD COLUMN file_backend varchar;
