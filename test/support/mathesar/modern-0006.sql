ALTER TABLE mathesar_analyticsreport ADD COLUMN sso_connected_user_count integer;

-- The apps of django-allauth, which came with this release.
CREATE TABLE account_emailaddress (
  id serial PRIMARY KEY,
  email varchar(254) NOT NULL,
  verified boolean NOT NULL,
  "primary" boolean NOT NULL,
  user_id integer NOT NULL,
  CONSTRAINT account_emailaddress_user_id_2c513194_fk_mathesar_user_id
    FOREIGN KEY (user_id) REFERENCES mathesar_user DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE account_emailconfirmation (
  id serial PRIMARY KEY,
  created timestamptz NOT NULL,
  sent timestamptz,
  key varchar(64) NOT NULL CONSTRAINT account_emailconfirmation_key_key UNIQUE,
  email_address_id integer NOT NULL,
  CONSTRAINT account_emailconfirm_email_address_id_5b7f8c58_fk_account_e
    FOREIGN KEY (email_address_id) REFERENCES account_emailaddress DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE socialaccount_socialapp (
  id serial PRIMARY KEY,
  provider varchar(30) NOT NULL,
  name varchar(40) NOT NULL,
  client_id varchar(191) NOT NULL
);

CREATE TABLE socialaccount_socialaccount (
  id serial PRIMARY KEY,
  provider varchar(200) NOT NULL,
  uid varchar(191) NOT NULL,
  last_login timestamptz NOT NULL,
  date_joined timestamptz NOT NULL,
  extra_data jsonb NOT NULL,
  user_id integer NOT NULL,
  CONSTRAINT socialaccount_socialaccount_user_id_8146e70c_fk_mathesar_user_id
    FOREIGN KEY (user_id) REFERENCES mathesar_user DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE socialaccount_socialtoken (
  id serial PRIMARY KEY,
  token text NOT NULL,
  account_id integer NOT NULL,
  app_id integer,
  CONSTRAINT socialaccount_social_account_id_951f210e_fk_socialacc
    FOREIGN KEY (account_id) REFERENCES socialaccount_socialaccount DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT socialaccount_social_app_id_636a42d7_fk_socialacc
    FOREIGN KEY (app_id) REFERENCES socialaccount_socialapp DEFERRABLE INITIALLY DEFERRED
);

INSERT INTO django_migrations (app, name, applied)
SELECT app, name, '2025-07-29 12:00:00+00'
FROM (VALUES
  ('account', '0001_initial'),
  ('account', '0002_email_max_length'),
  ('account', '0003_alter_emailaddress_create_unique_verified_email'),
  ('account', '0004_alter_emailaddress_drop_unique_email'),
  ('account', '0005_emailaddress_idx_upper_email'),
  ('account', '0006_emailaddress_lower'),
  ('account', '0007_emailaddress_idx_email'),
  ('account', '0008_emailaddress_unique_primary_email_fixup'),
  ('account', '0009_emailaddress_unique_primary_email'),
  ('socialaccount', '0001_initial'),
  ('socialaccount', '0002_token_max_lengths'),
  ('socialaccount', '0003_extra_data_default_dict'),
  ('socialaccount', '0004_app_provider_id_settings'),
  ('socialaccount', '0005_socialtoken_nullable_app'),
  ('socialaccount', '0006_alter_socialaccount_extra_data')
) AS applied (app, name);
