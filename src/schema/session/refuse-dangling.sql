-- Statements of a PL/pgSQL block for the end of a transaction that drops objects; {{doomed}} is an
-- expression, an array of the OIDs of all routines, types and relations that the transaction may have
-- dropped.
--
-- They fill a gap: PostgreSQL acquires no lock on the types and functions that a new table, column or view
-- uses, so an object that another session creates at the same time would lose its type or function. Sessions
-- that change relations hold ACCESS EXCLUSIVE on them until they commit. The statements wait for these
-- sessions, at most lock_timeout (SQLSTATE 55P03), and then check what they committed (SQLSTATE 2BP01). A
-- session that itself waits for this one is a deadlock that the server does not see (SQLSTATE 40P01).
DECLARE
  patience interval := current_setting('lock_timeout')::interval;
  deadline timestamptz := clock_timestamp() + patience;
BEGIN
  WHILE EXISTS (
    SELECT FROM pg_catalog.pg_locks l
    JOIN pg_catalog.pg_database b ON b.oid = l.database AND b.datname = current_database()
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.granted
      AND l.pid IS DISTINCT FROM pg_backend_pid()
  ) LOOP
    IF patience > '0' AND clock_timestamp() > deadline THEN
      RAISE EXCEPTION USING ERRCODE = 'lock_not_available',
        MESSAGE = 'another session is changing tables or views of this database';
    END IF;
    IF EXISTS (
      SELECT FROM pg_catalog.pg_locks l
      JOIN pg_catalog.pg_database b ON b.oid = l.database AND b.datname = current_database()
      WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.granted
        AND l.pid IS DISTINCT FROM pg_backend_pid() AND pg_backend_pid() = ANY (pg_blocking_pids(l.pid))
    ) THEN
      RAISE EXCEPTION USING ERRCODE = 'deadlock_detected',
        MESSAGE = 'another session that is changing tables or views of this database waits for this one';
    END IF;
    PERFORM pg_sleep(0.02);
  END LOOP;
  IF EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.refobjid = ANY ({{doomed}}) AND (
      d.refclassid = 'pg_catalog.pg_proc'::regclass
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.oid = d.refobjid)
      OR d.refclassid = 'pg_catalog.pg_type'::regclass
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.oid = d.refobjid)
      OR d.refclassid = 'pg_catalog.pg_class'::regclass
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = d.refobjid))
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
      MESSAGE = 'another session has just created something that depends on the Mathesar schemas';
  END IF;
END;
