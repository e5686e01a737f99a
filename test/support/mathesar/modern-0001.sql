ALTER TABLE mathesar_user ADD COLUMN display_language varchar(30) NOT NULL;

CREATE TABLE mathesar_server (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  host varchar(255) NOT NULL,
  port integer NOT NULL,
  CONSTRAINT unique_server UNIQUE (host, port)
);

CREATE TABLE mathesar_database (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  name varchar(128) NOT NULL,
  last_confirmed_sql_version varchar NOT NULL,
  server_id integer NOT NULL,
  CONSTRAINT mathesar_database_server_id_e61ee8d6_fk_mathesar_server_id
    FOREIGN KEY (server_id) REFERENCES mathesar_server DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT unique_database UNIQUE (name, server_id),
  CONSTRAINT database_id_server_index UNIQUE (id, server_id)
);
CREATE INDEX mathesar_database_server_id_e61ee8d6 ON mathesar_database (server_id);

CREATE TABLE mathesar_configuredrole (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  name varchar(255) NOT NULL,
  password text NOT NULL,
  server_id integer NOT NULL,
  CONSTRAINT mathesar_configuredrole_server_id_d63ae0b8_fk_mathesar_server_id
    FOREIGN KEY (server_id) REFERENCES mathesar_server DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT unique_role UNIQUE (name, server_id),
  CONSTRAINT role_id_server_index UNIQUE (id, server_id)
);
CREATE INDEX mathesar_configuredrole_server_id_d63ae0b8 ON mathesar_configuredrole (server_id);

CREATE TABLE mathesar_userdatabaserolemap (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  configured_role_id integer NOT NULL,
  database_id integer NOT NULL,
  server_id integer NOT NULL,
  user_id integer NOT NULL,
  CONSTRAINT mathesar_userdatabas_configured_role_id_0cbe1f1d_fk_mathesar_
    FOREIGN KEY (configured_role_id) REFERENCES mathesar_configuredrole DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_userdatabas_database_id_3a1e6ee0_fk_mathesar_
    FOREIGN KEY (database_id) REFERENCES mathesar_database DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_userdatabas_server_id_49d1e6f7_fk_mathesar_
    FOREIGN KEY (server_id) REFERENCES mathesar_server DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_userdatabas_user_id_5d2dd5d3_fk_mathesar_
    FOREIGN KEY (user_id) REFERENCES mathesar_user DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT user_one_role_per_database UNIQUE (user_id, database_id)
);
CREATE INDEX mathesar_userdatabaserolemap_configured_role_id_0cbe1f1d
  ON mathesar_userdatabaserolemap (configured_role_id);
CREATE INDEX mathesar_userdatabaserolemap_database_id_3a1e6ee0 ON mathesar_userdatabaserolemap (database_id);
CREATE INDEX mathesar_userdatabaserolemap_server_id_49d1e6f7 ON mathesar_userdatabaserolemap (server_id);
CREATE INDEX mathesar_userdatabaserolemap_user_id_5d2dd5d3 ON mathesar_userdatabaserolemap (user_id);

CREATE TABLE mathesar_datafile (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  file varchar(100) NOT NULL,
  created_from varchar(128) NOT NULL,
  base_name varchar(100) NOT NULL,
  header boolean NOT NULL,
  user_id integer,
  CONSTRAINT mathesar_datafile_user_id_5f3d4b59_fk_mathesar_user_id
    FOREIGN KEY (user_id) REFERENCES mathesar_user DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE mathesar_columnmetadata (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  table_oid bigint NOT NULL,
  attnum smallint NOT NULL,
  bool_input varchar,
  bool_true varchar,
  bool_false varchar,
  num_min_frac_digits integer,
  num_max_frac_digits integer,
  num_grouping varchar,
  num_format varchar,
  mon_currency_symbol varchar,
  mon_currency_location varchar,
  time_format varchar,
  date_format varchar,
  duration_min varchar,
  duration_max varchar,
  database_id integer NOT NULL,
  CONSTRAINT mathesar_columnmetad_database_id_8f3a3a4d_fk_mathesar_
    FOREIGN KEY (database_id) REFERENCES mathesar_database DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT unique_column_metadata UNIQUE (database_id, table_oid, attnum)
);

CREATE TABLE mathesar_tablemetadata (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  table_oid bigint NOT NULL,
  import_verified boolean,
  column_order jsonb,
  record_summary_template jsonb,
  data_file_id integer,
  database_id integer NOT NULL,
  CONSTRAINT mathesar_tablemetada_data_file_id_6d2a8b36_fk_mathesar_
    FOREIGN KEY (data_file_id) REFERENCES mathesar_datafile DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_tablemetada_database_id_3f0e8dd5_fk_mathesar_
    FOREIGN KEY (database_id) REFERENCES mathesar_database DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT unique_table_metadata UNIQUE (database_id, table_oid)
);

CREATE TABLE mathesar_explorations (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  name varchar(128) NOT NULL CONSTRAINT mathesar_explorations_name_key UNIQUE,
  description text,
  base_table_oid bigint NOT NULL,
  schema_oid bigint NOT NULL,
  initial_columns jsonb NOT NULL,
  transformations jsonb,
  display_options jsonb,
  display_names jsonb,
  database_id integer NOT NULL,
  CONSTRAINT mathesar_exploration_database_id_91b7c9a1_fk_mathesar_
    FOREIGN KEY (database_id) REFERENCES mathesar_database DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX mathesar_explorations_name_5c8d1b70_like ON mathesar_explorations (name varchar_pattern_ops);

CREATE TABLE mathesar_analyticsreport (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  connected_database_count integer
);

CREATE TABLE mathesar_installationid (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  value uuid NOT NULL
);
