import { quoteLiteral } from '../../postgres/quote.ts'
import { DESCRIBED, INSIDE, MANIFEST, SCHEMA_NAMES, writtenNow } from '../inspect/catalog.ts'
import { DOOMED_SETTING, refuseDangling } from '../inspect/dangling.ts'
import { recordParts } from '../inspect/record.ts'
import { progressStatement } from '../session/progress.ts'
import type { SchemaSource } from '../sources/types.ts'
import { MATHESAR_SCHEMAS } from '../types.ts'

/** All topics of a source in install order, with a progress notice after each topic and within long ones. */
export function topicsScript(source: SchemaSource): string {
  const total = source.topics.reduce((sum, topic) => sum + topic.objects, 0)
  const parts: string[] = []
  let done = 0
  for (const { name: part, pieces } of source.topics) {
    for (const { sql, objects } of pieces) {
      done += objects
      parts.push(sql.trim(), progressStatement({ phase: 'install', part, done, total }))
    }
  }
  return parts.join('\n\n')
}

/**
 * The end of an install: drops the functions that an earlier install made and this one no longer has, unless something
 * depends on them, then writes the record and the manifest.
 *
 * Installed is what this transaction wrote, and what the earlier manifest names and is still there (types are kept
 * untouched). Anything else inside the schemas is a user's own and stays out of the manifest. Without an earlier
 * manifest nobody can tell, and everything counts. At the very end comes the look for what other sessions made of
 * anything that was dropped: see `refuseDangling`.
 */
export function recordScript(source: SchemaSource, installId: string | null): string {
  const { before, after } = recordParts({
    source: source.name,
    version: source.version,
    checksum: source.checksum,
    installId: installId ?? '',
  })
  const id = installId === null ? ' || gen_random_uuid()' : ''
  return `DO $record$
DECLARE
  earlier jsonb;
  manifest jsonb;
  stale record;
  doomed oid[] := coalesce(nullif(current_setting('${DOOMED_SETTING}', true), ''), '{}')::oid[];
  record_text text;
  schema_name name;
  constraint_name name;
BEGIN
  BEGIN
    earlier := (${MANIFEST})::jsonb;
    IF jsonb_typeof(earlier) <> 'object' THEN
      earlier := NULL;
    END IF;
  EXCEPTION WHEN data_exception THEN
    earlier := NULL;
  END;
  FOR stale IN
    SELECT p.oid, p.oid::regprocedure::text AS name
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN (${SCHEMA_NAMES})
      AND NOT ${writtenNow("'pg_catalog.pg_proc'::regclass", 'p.oid')}
      AND earlier ? ${`(CASE p.prokind WHEN 'a' THEN 'aggregate ' WHEN 'p' THEN 'procedure ' ELSE 'function ' END || p.oid::regprocedure)`}
  LOOP
    BEGIN
      EXECUTE 'DROP ROUTINE ' || stale.name;
      doomed := doomed || stale.oid;
    EXCEPTION WHEN dependent_objects_still_exist THEN
      NULL;
    END;
  END LOOP;
  manifest := (
    WITH ${INSIDE},
    ${DESCRIBED}
    SELECT coalesce(jsonb_object_agg(d.identity, d.hash), '{}')
    FROM described d
    WHERE earlier IS NULL
      OR earlier ? d.identity
      OR ${writtenNow('d.classid', 'd.objid')}
  );
  record_text := ${quoteLiteral(before)} || (SELECT count(*) FROM jsonb_object_keys(manifest)) || ${quoteLiteral(after)}${id};
  FOREACH schema_name IN ARRAY ARRAY[${MATHESAR_SCHEMAS.map(quoteLiteral).join(', ')}]::name[] LOOP
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', schema_name, record_text);
  END LOOP;
  FOR constraint_name IN
    SELECT c.conname
    FROM pg_catalog.pg_constraint c
    JOIN pg_catalog.pg_type t ON t.oid = c.contypid
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname = 'mathesar_types' AND t.typname = 'uri' AND c.contype = 'c'
    ORDER BY c.conname COLLATE "C"
    LIMIT 1
  LOOP
    EXECUTE format('COMMENT ON CONSTRAINT %I ON DOMAIN mathesar_types.uri IS %L', constraint_name, manifest);
  END LOOP;
  IF cardinality(doomed) > 0 THEN
    ${refuseDangling('doomed')}
  END IF;
END
$record$;`
}
