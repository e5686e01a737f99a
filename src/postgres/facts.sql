-- Every name and operator is qualified with pg_catalog: anything may precede it in the search_path of the
-- role. For a role that may not call pg_control_system() the placeholder becomes NULL.
SELECT pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version_number,
       {{system_identifier}} AS system_identifier,
       pg_catalog.round(
         pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) OPERATOR(pg_catalog.*) 1000000
       )::pg_catalog.int8::pg_catalog.text AS started_at,
       d.oid::pg_catalog.text AS database_oid,
       pg_catalog.pg_backend_pid() AS backend_pid,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       pg_catalog.current_setting('transaction_read_only') AS read_only,
       current_user::pg_catalog.text AS role,
       d.datname::pg_catalog.text AS database,
       pg_catalog.pg_get_userbyid(d.datdba)::pg_catalog.text AS database_owner,
       (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r
         WHERE r.rolname OPERATOR(pg_catalog.=) current_user) AS superuser,
       pg_catalog.pg_has_role(d.datdba, 'USAGE') AS is_owner,
       pg_catalog.has_database_privilege(d.oid, 'CREATE') AS may_create,
       (SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_object(
                 'name', e.evtname,
                 'event', e.evtevent,
                 'function', pg_catalog.concat(
                   pg_catalog.quote_ident(n.nspname::pg_catalog.text), '.',
                   pg_catalog.quote_ident(p.proname::pg_catalog.text)),
                 'owner', pg_catalog.pg_get_userbyid(e.evtowner))), '[]'::pg_catalog.json)
          FROM pg_catalog.pg_event_trigger AS e
          JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) e.evtfoid
          JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
         WHERE e.evtenabled OPERATOR(pg_catalog.=) ANY (ARRAY['O', 'A']::pg_catalog."char"[])
           AND e.evtevent OPERATOR(pg_catalog.<>) 'login'::pg_catalog.name
           AND COALESCE(pg_catalog.current_setting('event_triggers', true), 'on')
               OPERATOR(pg_catalog.=) 'on'::pg_catalog.text
       ) AS event_triggers,
       EXISTS (
         SELECT FROM pg_catalog.pg_class AS m
           JOIN pg_catalog.pg_class AS t ON t.relnamespace OPERATOR(pg_catalog.=) m.relnamespace
          WHERE m.relname OPERATOR(pg_catalog.=) 'django_migrations'::pg_catalog.name
            AND t.relname OPERATOR(pg_catalog.=)
                ANY (ARRAY['mathesar_user', 'mathesar_database']::pg_catalog.name[])
       ) AS holds_mathesar_tables
  FROM pg_catalog.pg_database AS d
 WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
