-- The pre-release 0.2.0-testing.1, after the tables of 0.1.4: a layout that was abandoned.

ALTER TABLE mathesar_database RENAME TO mathesar_connection;

CREATE TABLE mathesar_server (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  host varchar(255) NOT NULL,
  port integer NOT NULL
);

CREATE TABLE mathesar_database (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  name varchar(128) NOT NULL,
  server_id integer NOT NULL REFERENCES mathesar_server DEFERRABLE INITIALLY DEFERRED
);

INSERT INTO django_migrations (app, name, applied)
VALUES ('mathesar', '0007_users_permissions_remodel', '2024-07-01 12:00:00+00');
