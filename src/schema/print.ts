import { SCHEMA_NAMES } from './catalog.ts'
import { recordScript, topicsScript } from './install-script.ts'
import type { SchemaSource } from './sources/types.ts'
import { beginScript } from './transaction.ts'
import { MATHESAR_SCHEMAS } from './types.ts'

/** How long the printed script waits for a lock, in milliseconds. */
const LOCK_TIMEOUT_MS = 10_000

/**
 * What the program decides between two round trips of its own: the script refuses where an install would, and where it
 * would have to act as another role.
 */
const GUARD = `DO $guard$
DECLARE
  found record;
BEGIN
  FOR found IN
    SELECT n.nspname, r.rolname,
      coalesce(obj_description(n.oid, 'pg_namespace'), '') LIKE 'Mathesar schema, installed by mathesarctl: %' AS ours,
      EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid AND d.deptype = 'n'
      ) AS filled
    FROM pg_catalog.pg_namespace n
    JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
    WHERE n.nspname IN (${SCHEMA_NAMES})
  LOOP
    IF found.rolname <> current_user THEN
      RAISE EXCEPTION 'schema % belongs to role %', found.nspname, found.rolname
        USING ERRCODE = 'insufficient_privilege', HINT = 'Run this script as that role: ownership must not change.';
    END IF;
    IF found.filled AND NOT found.ours THEN
      RAISE EXCEPTION 'schema % holds objects that mathesarctl did not install', found.nspname
        USING ERRCODE = 'duplicate_schema', HINT = 'Keep them as they are, or run: mathesarctl schema install --existing-schema replace';
    END IF;
  END LOOP;
END
$guard$;`

/**
 * The exact SQL that an install of this source runs, as one script for psql or any other client, in one transaction.
 * The same source gives the same bytes.
 */
export function installScript(source: SchemaSource): string {
  const objects = source.topics.reduce((sum, topic) => sum + topic.objects, 0)
  return `-- The Mathesar schemas ${MATHESAR_SCHEMAS.join(', ')}: source ${source.name}, version ${source.version}, ${objects} objects.
-- Checksum of the SQL (SHA-256): ${source.checksum}
--
-- One transaction, safe to repeat. Needs CREATE on the database, or the three schemas made beforehand and owned by the
-- role that runs this. With psql: psql -X -v ON_ERROR_STOP=1 -f FILE

${beginScript(LOCK_TIMEOUT_MS)}

${GUARD}

${topicsScript(source)}

-- The record of this install: a comment on each schema, and the manifest of what was installed.
${recordScript(source, null)}

COMMIT;
`
}
