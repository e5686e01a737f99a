-- The tables of Mathesar 0.1.0 to 0.1.3: no credentials are stored.

CREATE TABLE mathesar_database (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  name varchar(128) NOT NULL CONSTRAINT mathesar_database_name_key UNIQUE,
  deleted boolean NOT NULL
);
CREATE INDEX mathesar_database_name_df60c126_like ON mathesar_database (name varchar_pattern_ops);

CREATE TABLE mathesar_schema (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  oid integer NOT NULL CONSTRAINT mathesar_schema_oid_check CHECK (oid >= 0),
  database_id integer NOT NULL,
  CONSTRAINT mathesar_schema_database_id_213a82df_fk_mathesar_database_id
    FOREIGN KEY (database_id) REFERENCES mathesar_database DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT unique_schema UNIQUE (oid, database_id)
);
CREATE INDEX mathesar_schema_database_id_213a82df ON mathesar_schema (database_id);

CREATE TABLE mathesar_table (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  oid integer NOT NULL CONSTRAINT mathesar_table_oid_check CHECK (oid >= 0),
  import_verified boolean,
  is_temp boolean,
  import_target_id integer,
  schema_id integer NOT NULL,
  CONSTRAINT mathesar_table_import_target_id_6a0a8c55_fk_mathesar_table_id
    FOREIGN KEY (import_target_id) REFERENCES mathesar_table DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_table_schema_id_1bb9f2d7_fk_mathesar_schema_id
    FOREIGN KEY (schema_id) REFERENCES mathesar_schema DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT unique_table UNIQUE (oid, schema_id)
);

CREATE TABLE mathesar_column (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  attnum integer NOT NULL,
  display_options jsonb,
  table_id integer NOT NULL,
  CONSTRAINT mathesar_column_table_id_0d5f4b0c_fk_mathesar_table_id
    FOREIGN KEY (table_id) REFERENCES mathesar_table DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT unique_column UNIQUE (attnum, table_id)
);

CREATE TABLE mathesar_constraint (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  oid integer NOT NULL CONSTRAINT mathesar_constraint_oid_check CHECK (oid >= 0),
  table_id integer NOT NULL,
  CONSTRAINT mathesar_constraint_table_id_c21fd5d5_fk_mathesar_table_id
    FOREIGN KEY (table_id) REFERENCES mathesar_table DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT unique_constraint UNIQUE (oid, table_id)
);

CREATE TABLE mathesar_previewcolumnsettings (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  customized boolean NOT NULL,
  template varchar(255) NOT NULL
);

CREATE TABLE mathesar_tablesettings (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  column_order jsonb,
  preview_settings_id integer NOT NULL CONSTRAINT mathesar_tablesettings_preview_settings_id_key UNIQUE,
  table_id integer NOT NULL CONSTRAINT mathesar_tablesettings_table_id_key UNIQUE,
  CONSTRAINT mathesar_tablesettin_preview_settings_id_7b2b9a4f_fk_mathesar_
    FOREIGN KEY (preview_settings_id) REFERENCES mathesar_previewcolumnsettings
    DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_tablesettings_table_id_4c2d3a97_fk_mathesar_table_id
    FOREIGN KEY (table_id) REFERENCES mathesar_table DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE mathesar_uiquery (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  name varchar(128) NOT NULL,
  description text,
  initial_columns jsonb NOT NULL,
  transformations jsonb,
  display_options jsonb,
  display_names jsonb,
  base_table_id integer NOT NULL,
  CONSTRAINT mathesar_uiquery_base_table_id_2f9a3f2f_fk_mathesar_table_id
    FOREIGN KEY (base_table_id) REFERENCES mathesar_table DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE mathesar_datafile (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  file varchar(100) NOT NULL,
  created_from varchar(128) NOT NULL,
  base_name varchar(100) NOT NULL,
  header boolean NOT NULL,
  table_imported_to_id integer,
  user_id integer,
  CONSTRAINT mathesar_datafile_table_imported_to_id_0a1e5f7b_fk_mathesar_
    FOREIGN KEY (table_imported_to_id) REFERENCES mathesar_table DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_datafile_user_id_5f3d4b59_fk_mathesar_user_id
    FOREIGN KEY (user_id) REFERENCES mathesar_user DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE mathesar_databaserole (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  role varchar(10) NOT NULL,
  database_id integer NOT NULL,
  user_id integer NOT NULL,
  CONSTRAINT mathesar_databaserol_database_id_7a3406bd_fk_mathesar_
    FOREIGN KEY (database_id) REFERENCES mathesar_database DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_databaserole_user_id_3b9a3ad1_fk_mathesar_user_id
    FOREIGN KEY (user_id) REFERENCES mathesar_user DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT unique_database_role UNIQUE (user_id, database_id)
);

CREATE TABLE mathesar_schemarole (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  role varchar(10) NOT NULL,
  schema_id integer NOT NULL,
  user_id integer NOT NULL,
  CONSTRAINT mathesar_schemarole_schema_id_2c51f7a9_fk_mathesar_schema_id
    FOREIGN KEY (schema_id) REFERENCES mathesar_schema DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_schemarole_user_id_9f5b1f5e_fk_mathesar_user_id
    FOREIGN KEY (user_id) REFERENCES mathesar_user DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT unique_schema_role UNIQUE (user_id, schema_id)
);

CREATE TABLE mathesar_sharedtable (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  slug uuid NOT NULL CONSTRAINT mathesar_sharedtable_slug_key UNIQUE,
  enabled boolean NOT NULL,
  table_id integer NOT NULL,
  CONSTRAINT mathesar_sharedtable_table_id_b2a2c8f1_fk_mathesar_table_id
    FOREIGN KEY (table_id) REFERENCES mathesar_table DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE mathesar_sharedquery (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  slug uuid NOT NULL CONSTRAINT mathesar_sharedquery_slug_key UNIQUE,
  enabled boolean NOT NULL,
  query_id integer NOT NULL,
  CONSTRAINT mathesar_sharedquery_query_id_e0d2a9b3_fk_mathesar_uiquery_id
    FOREIGN KEY (query_id) REFERENCES mathesar_uiquery DEFERRABLE INITIALLY DEFERRED
);

INSERT INTO django_migrations (app, name, applied)
SELECT 'mathesar', name, '2023-08-29 12:00:00+00'
FROM (VALUES ('0001_initial'), ('0002_datafile_type'), ('0003_datafile_max_level'), ('0004_shares'))
  AS applied (name);
