-- Tables of Django's own apps in an internal database of Mathesar. Serial keys are Django 3.1's, and turn
-- into identity keys for the releases with Django 4.2.

CREATE TABLE django_migrations (
  id serial PRIMARY KEY,
  app varchar(255) NOT NULL,
  name varchar(255) NOT NULL,
  applied timestamptz NOT NULL
);

CREATE TABLE django_content_type (
  id serial PRIMARY KEY,
  app_label varchar(100) NOT NULL,
  model varchar(100) NOT NULL,
  CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model)
);

CREATE TABLE auth_permission (
  id serial PRIMARY KEY,
  name varchar(255) NOT NULL,
  content_type_id integer NOT NULL,
  codename varchar(100) NOT NULL,
  CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co
    FOREIGN KEY (content_type_id) REFERENCES django_content_type DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename)
);
CREATE INDEX auth_permission_content_type_id_2f476e4b ON auth_permission (content_type_id);

CREATE TABLE auth_group (
  id serial PRIMARY KEY,
  name varchar(150) NOT NULL CONSTRAINT auth_group_name_key UNIQUE
);
CREATE INDEX auth_group_name_a6ea08ec_like ON auth_group (name varchar_pattern_ops);

CREATE TABLE auth_group_permissions (
  id serial PRIMARY KEY,
  group_id integer NOT NULL,
  permission_id integer NOT NULL,
  CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id
    FOREIGN KEY (group_id) REFERENCES auth_group DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm
    FOREIGN KEY (permission_id) REFERENCES auth_permission DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id)
);

CREATE TABLE mathesar_user (
  id serial PRIMARY KEY,
  password varchar(128) NOT NULL,
  last_login timestamptz,
  is_superuser boolean NOT NULL,
  username varchar(150) NOT NULL CONSTRAINT mathesar_user_username_key UNIQUE,
  email varchar(254) NOT NULL,
  is_staff boolean NOT NULL,
  is_active boolean NOT NULL,
  date_joined timestamptz NOT NULL,
  full_name varchar(255),
  short_name varchar(255),
  password_change_needed boolean NOT NULL
);
CREATE INDEX mathesar_user_username_2850b692_like ON mathesar_user (username varchar_pattern_ops);

CREATE TABLE mathesar_user_groups (
  id serial PRIMARY KEY,
  user_id integer NOT NULL,
  group_id integer NOT NULL,
  CONSTRAINT mathesar_user_groups_user_id_3bd0ab0e_fk_mathesar_user_id
    FOREIGN KEY (user_id) REFERENCES mathesar_user DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_user_groups_group_id_96021c41_fk_auth_group_id
    FOREIGN KEY (group_id) REFERENCES auth_group DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_user_groups_user_id_group_id_b15c2b4b_uniq UNIQUE (user_id, group_id)
);

CREATE TABLE mathesar_user_user_permissions (
  id serial PRIMARY KEY,
  user_id integer NOT NULL,
  permission_id integer NOT NULL,
  CONSTRAINT mathesar_user_user_p_user_id_c5dfc7e0_fk_mathesar_
    FOREIGN KEY (user_id) REFERENCES mathesar_user DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_user_user_p_permission_id_4f3d5e2a_fk_auth_perm
    FOREIGN KEY (permission_id) REFERENCES auth_permission DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_user_user_permi_user_id_permission_id_6a8b1f20_uniq UNIQUE (user_id, permission_id)
);

CREATE TABLE django_admin_log (
  id serial PRIMARY KEY,
  action_time timestamptz NOT NULL,
  object_id text,
  object_repr varchar(200) NOT NULL,
  action_flag smallint NOT NULL CHECK (action_flag >= 0),
  change_message text NOT NULL,
  content_type_id integer,
  user_id integer NOT NULL,
  CONSTRAINT django_admin_log_content_type_id_c4bce8eb_fk_django_co
    FOREIGN KEY (content_type_id) REFERENCES django_content_type DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT django_admin_log_user_id_c564eba6_fk_mathesar_user_id
    FOREIGN KEY (user_id) REFERENCES mathesar_user DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE django_session (
  session_key varchar(40) PRIMARY KEY,
  session_data text NOT NULL,
  expire_date timestamptz NOT NULL
);
CREATE INDEX django_session_expire_date_a5c62663 ON django_session (expire_date);

INSERT INTO django_migrations (app, name, applied)
SELECT app, name, '2025-01-28 12:00:00+00'
FROM (VALUES
  ('contenttypes', '0001_initial'),
  ('contenttypes', '0002_remove_content_type_name'),
  ('auth', '0001_initial'),
  ('auth', '0002_alter_permission_name_max_length'),
  ('auth', '0003_alter_user_email_max_length'),
  ('auth', '0004_alter_user_username_opts'),
  ('auth', '0005_alter_user_last_login_null'),
  ('auth', '0006_require_contenttypes_0002'),
  ('auth', '0007_alter_validators_add_error_messages'),
  ('auth', '0008_alter_user_username_max_length'),
  ('auth', '0009_alter_user_last_name_max_length'),
  ('auth', '0010_alter_group_name_max_length'),
  ('auth', '0011_update_proxy_permissions'),
  ('auth', '0012_alter_user_first_name_max_length'),
  ('admin', '0001_initial'),
  ('admin', '0002_logentry_remove_auto_add'),
  ('admin', '0003_logentry_add_action_flag_choices'),
  ('sessions', '0001_initial')
) AS applied (app, name);
