ALTER TABLE mathesar_user ALTER COLUMN username TYPE varchar(63);
