import { sql } from './database.ts'

/** Makes the schemas that this program installed in a database seem to be those of another version. */
export async function recordVersion(database: string, version: string): Promise<void> {
  await sql(
    database,
    `DO $do$
     DECLARE place record;
     BEGIN
       FOR place IN SELECT oid::regnamespace AS name, obj_description(oid, 'pg_namespace') AS comment
         FROM pg_namespace WHERE nspname IN ('msar', '__msar', 'mathesar_types')
       LOOP
         CONTINUE WHEN place.comment IS NULL;
         EXECUTE format('COMMENT ON SCHEMA %s IS %L', place.name, regexp_replace(place.comment,
           'version=\\S+ checksum=[0-9a-f]+', 'version=${version} checksum=' || repeat('0', 64)));
       END LOOP;
     END $do$`,
  )
}
