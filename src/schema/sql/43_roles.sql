-- This function creates a role for Mathesar.

-- Creates a role that can work with the current database through Mathesar.
-- The name is unquoted. The password can be any text, but the server stores text in the format of a password
-- hash as a hash. Grants the role LOGIN, all privileges on the database, and USAGE on the three schemas;
-- raises a notice for each schema that does not exist. Returns the name. Raises 42710 if the role exists,
-- 42501 if the caller may not grant all of these privileges.
CREATE OR REPLACE FUNCTION msar.create_basic_mathesar_user(
  username pg_catalog.text,
  password_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE plpgsql VOLATILE STRICT
  AS $function$
    DECLARE
      database_name CONSTANT pg_catalog.text := pg_catalog.current_database();
      sch_name pg_catalog.text;
    BEGIN
      EXECUTE pg_catalog.format('CREATE ROLE %I LOGIN', username);
      BEGIN
        EXECUTE pg_catalog.format('ALTER ROLE %I PASSWORD %L', username, password_);
      EXCEPTION WHEN OTHERS THEN
        -- The context of the server's own error would show this command, and so the password.
        RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = SQLERRM;
      END;

      -- GRANT only warns if it grants fewer privileges than requested, so check the privileges afterwards.
      EXECUTE pg_catalog.format(
        'GRANT CREATE, CONNECT, TEMPORARY ON DATABASE %I TO %I', database_name, username
      );
      IF NOT (
        pg_catalog.has_database_privilege(username::pg_catalog.name, database_name, 'CREATE')
        AND pg_catalog.has_database_privilege(username::pg_catalog.name, database_name, 'CONNECT')
        AND pg_catalog.has_database_privilege(username::pg_catalog.name, database_name, 'TEMPORARY')
      ) THEN
        RAISE EXCEPTION USING
          ERRCODE = 'insufficient_privilege',
          MESSAGE = pg_catalog.format('permission denied for database %s', database_name);
      END IF;

      -- The other two schemas may have been dropped, so this loop calls none of their functions.
      FOREACH sch_name IN ARRAY ARRAY['mathesar_types', '__msar', 'msar'] LOOP
        IF NOT EXISTS (
          SELECT FROM pg_catalog.pg_namespace AS n
          WHERE n.nspname OPERATOR(pg_catalog.=) sch_name COLLATE pg_catalog."C"
        ) THEN
          RAISE NOTICE 'Schema % does not exist', sch_name;
          CONTINUE;
        END IF;
        EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I', sch_name, username);
        IF NOT pg_catalog.has_schema_privilege(username::pg_catalog.name, sch_name, 'USAGE') THEN
          RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = pg_catalog.format('permission denied for schema %s', sch_name);
        END IF;
      END LOOP;
      RETURN username;
    END
  $function$;
