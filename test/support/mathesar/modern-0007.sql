CREATE TABLE mathesar_form (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  token uuid NOT NULL CONSTRAINT mathesar_form_token_key UNIQUE,
  name varchar(128) NOT NULL,
  description text,
  version integer NOT NULL,
  schema_oid bigint NOT NULL,
  base_table_oid bigint NOT NULL,
  header_title jsonb NOT NULL,
  header_subtitle jsonb,
  publish_public boolean NOT NULL,
  submit_message jsonb,
  submit_redirect_url varchar(200),
  submit_button_label varchar(255),
  associated_role_id integer,
  database_id integer NOT NULL,
  server_id integer NOT NULL,
  CONSTRAINT mathesar_form_associated_role_id_3f9c2a01_fk_mathesar_
    FOREIGN KEY (associated_role_id) REFERENCES mathesar_configuredrole DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_form_database_id_64f2d2c3_fk_mathesar_database_id
    FOREIGN KEY (database_id) REFERENCES mathesar_database DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_form_server_id_a2d7c3f4_fk_mathesar_server_id
    FOREIGN KEY (server_id) REFERENCES mathesar_server DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT form_database_server_integrity
    FOREIGN KEY (database_id, server_id) REFERENCES mathesar_database (id, server_id),
  CONSTRAINT form_role_server_integrity
    FOREIGN KEY (associated_role_id, server_id) REFERENCES mathesar_configuredrole (id, server_id)
);

CREATE TABLE mathesar_formfield (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  key varchar(128) NOT NULL,
  index integer NOT NULL,
  label varchar(255),
  help text,
  kind varchar(255) NOT NULL,
  column_attnum smallint,
  related_table_oid bigint,
  fk_interaction_rule varchar(255),
  is_required boolean NOT NULL,
  styling jsonb,
  form_id integer NOT NULL,
  parent_field_id integer,
  CONSTRAINT mathesar_formfield_form_id_5e4d1c2b_fk_mathesar_form_id
    FOREIGN KEY (form_id) REFERENCES mathesar_form DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_formfield_parent_field_id_8b7a6f5e_fk_mathesar_
    FOREIGN KEY (parent_field_id) REFERENCES mathesar_formfield DEFERRABLE INITIALLY DEFERRED
);
