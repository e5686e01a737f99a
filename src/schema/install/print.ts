import { quoteLiteral } from '../../postgres/quote.ts'
import { INSIDE, identity, SCHEMA_NAMES } from '../inspect/catalog.ts'
import { FINGERPRINTS, MODERN_TABLES_QUERY } from '../inspect/inventory.ts'
import { MATHESAR_TABLES } from '../inspect/own-objects.ts'
import { RECORD_PREFIX } from '../inspect/record.ts'
import { dropContentsScript, refuseLeftoversScript } from '../removal/script.ts'
import { beginScript } from '../session/transaction.ts'
import type { SchemaSource } from '../sources/types.ts'
import { MATHESAR_SCHEMAS } from '../types.ts'
import { recordScript, topicsScript } from './script.ts'

/** How long the printed script waits for a lock, in milliseconds. */
const LOCK_TIMEOUT_MS = 10_000

/**
 * Expressions about `n`, one of the schemas: whether it bears our record, and whether anything is in it. A record proves
 * nothing by itself: it survives an upgrade by a Mathesar.
 */
const OURS = `coalesce(starts_with(obj_description(n.oid, 'pg_namespace'), ${quoteLiteral(RECORD_PREFIX)}), false)
      AND (NOT EXISTS (${MODERN_TABLES_QUERY})
        OR (SELECT f.matching > 0 AND f.matching * 2 >= f.sampled FROM (${FINGERPRINTS}) f))`
const FILLED = `EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid AND d.deptype = 'n'
      )`

/** A condition: there is nothing of anybody else's to replace. The first schema that tells anything decides. */
const NOTHING_TO_REPLACE = `coalesce((
    SELECT ${OURS}
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname IN (${SCHEMA_NAMES}) AND (${OURS} OR ${FILLED})
    ORDER BY array_position(ARRAY[${SCHEMA_NAMES}], n.nspname::text)
    LIMIT 1
  ), true)`

/** What is made of schemas that somebody else installed. */
const REFUSE_FOREIGN = `IF found.filled AND NOT found.ours THEN
      RAISE EXCEPTION 'schema % holds objects that mathesarctl did not install', found.nspname
        USING ERRCODE = 'duplicate_schema',
          HINT = 'Keep them as they are, or use the script of: mathesarctl schema print --existing-schema replace';
    END IF;`
const REFUSE_OWN_OBJECTS = `DO $own$
DECLARE
  own text;
BEGIN
  IF ${NOTHING_TO_REPLACE} THEN
    RETURN;
  END IF;
  WITH ${INSIDE}
  SELECT min(${identity('i.classid', 'i.objid')}) INTO own
  FROM inside i
  WHERE i.classid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_extension'::regclass)
    AND ${identity('i.classid', 'i.objid')} NOT IN (${[...MATHESAR_TABLES].map(quoteLiteral).join(', ')});
  IF own IS NOT NULL THEN
    RAISE EXCEPTION 'there is a % inside the Mathesar schemas', own
      USING ERRCODE = 'dependent_objects_still_exist', HINT = 'Move it to another schema first: ALTER ... SET SCHEMA.';
  END IF;
END
$own$;`

/**
 * What the program decides between two round trips of its own: the script refuses where an install would, and where it
 * would have to act as another role.
 */
const guard = (replace: boolean) => `DO $guard$
DECLARE
  found record;
BEGIN
  FOR found IN
    SELECT n.nspname, r.rolname,
      ${OURS} AS ours, ${FILLED} AS filled
    FROM pg_catalog.pg_namespace n
    JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
    WHERE n.nspname IN (${SCHEMA_NAMES})
  LOOP
    IF found.rolname <> current_user THEN
      RAISE EXCEPTION 'schema % belongs to role %', found.nspname, found.rolname
        USING ERRCODE = 'insufficient_privilege', HINT = 'Run this script as that role: ownership must not change.';
    END IF;
    ${replace ? '' : REFUSE_FOREIGN}
  END LOOP;
END
$guard$;`

/**
 * The exact SQL that an install of this source runs, as one script for psql or any other client, in one transaction.
 * The same source gives the same bytes. With `replace` it is what an install with `--existing-schema replace` runs.
 */
export function installScript(source: SchemaSource, { replace = false } = {}): string {
  const objects = source.topics.reduce((sum, topic) => sum + topic.objects, 0)
  return `-- The Mathesar schemas ${MATHESAR_SCHEMAS.join(', ')}: source ${source.name}, version ${source.version}, ${objects} objects.
-- Checksum of the SQL (SHA-256): ${source.checksum}
--
-- One transaction, safe to repeat. Needs CREATE on the database, or the three schemas made beforehand and owned by the
-- role that runs this. With psql: psql -X -v ON_ERROR_STOP=1 -f FILE

${beginScript(LOCK_TIMEOUT_MS)}

${guard(replace)}

${replace ? `${REFUSE_OWN_OBJECTS}\n\n${dropContentsScript('replace', { unless: NOTHING_TO_REPLACE })}\n\n` : ''}${topicsScript(source)}

${replace ? `${refuseLeftoversScript(NOTHING_TO_REPLACE)}\n\n` : ''}-- The record of this install: a comment on each schema, and the manifest of what was installed.
${recordScript(source, null)}

COMMIT;
`
}
