-- From 0.1.3 to 0.1.4: credentials, and the language of a user.

ALTER TABLE mathesar_database ADD COLUMN db_name varchar(128) NOT NULL;
ALTER TABLE mathesar_database ADD COLUMN host varchar(255) NOT NULL;
ALTER TABLE mathesar_database ADD COLUMN password text NOT NULL;
ALTER TABLE mathesar_database ADD COLUMN port integer NOT NULL;
ALTER TABLE mathesar_database ADD COLUMN username text NOT NULL;
ALTER TABLE mathesar_user ADD COLUMN display_language varchar(30) NOT NULL;

INSERT INTO django_migrations (app, name, applied)
SELECT 'mathesar', name, '2024-01-30 16:46:46.123456+00'
FROM (VALUES ('0005_release_0_1_4'), ('0006_mathesar_databases_to_model')) AS applied (name);
