DO $guard$
DECLARE
  own boolean := {{isOwnInstall}};
  found record;
BEGIN
  {{refuseLater}}
  FOR found IN
    SELECT n.nspname, r.rolname, {{isFilled}} AS filled
    FROM pg_catalog.pg_namespace n
    JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
    WHERE n.nspname IN ({{schemas}})
  LOOP
    IF found.rolname <> current_user THEN
      RAISE EXCEPTION 'schema % belongs to role %', found.nspname, found.rolname
        USING ERRCODE = 'insufficient_privilege',
          HINT = 'Run this script as that role: ownership must not change.';
    END IF;
    {{refuseOthers}}
  END LOOP;
END
$guard$;
