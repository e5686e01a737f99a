-- Django adds a column with its default, and drops the default again.
ALTER TABLE mathesar_server ADD COLUMN sslmode varchar(20) NOT NULL DEFAULT 'prefer';
ALTER TABLE mathesar_server ALTER COLUMN sslmode DROP DEFAULT;
