CREATE TABLE mathesar_downloadlink (
  id serial PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  mash varchar NOT NULL,
  uri varchar NOT NULL,
  fsspec_kwargs jsonb NOT NULL,
  thumbnail bytea
);

CREATE TABLE mathesar_downloadlink_sessions (
  id serial PRIMARY KEY,
  downloadlink_id integer NOT NULL,
  session_id varchar(40) NOT NULL,
  CONSTRAINT mathesar_downloadlin_downloadlink_id_1c2d3e4f_fk_mathesar_
    FOREIGN KEY (downloadlink_id) REFERENCES mathesar_downloadlink DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_downloadlin_session_id_2b3c4d5e_fk_django_se
    FOREIGN KEY (session_id) REFERENCES django_session DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT mathesar_downloadlink_se_downloadlink_id_session__8a9b0c1d_uniq
    UNIQUE (downloadlink_id, session_id)
);
