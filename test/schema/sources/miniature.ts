import { createHash } from 'node:crypto'
import { followByVersion } from '../../../src/schema/sources/follow.ts'
import { cutSql } from '../../../src/schema/sources/pieces.ts'
import type { SchemaSource, SourceDescription } from '../../../src/schema/sources/types.ts'

/**
 * A small source that differs from the bundled one wherever the contract allows it: in its schemas, type and
 * table, in the place of its record and manifest, in its settings, and in how it upgrades.
 */
export const MINIATURE: SourceDescription = {
  name: 'miniature 1/2',
  mathesar: 'a Mathesar of the tests',
  generation: 'legacy',
  schemas: ['msar', 'mathesar_types'],
  types: ['postcode'],
  tables: ['msar.countries', 'mathesar_types.prefixes'],
  keptTables: ['msar.countries'],
  record: { schemas: ['mathesar_types'], manifest: { kind: 'table', table: 'msar.countries' } },
  proof: null,
  settings: { search_path: 'mathesar_types, pg_catalog' },
  upgrade: 'drop and create',
  follow: followByVersion,
}

const SCHEMAS = `DO $install$
BEGIN
  IF to_regnamespace('msar') IS NULL THEN
    CREATE SCHEMA msar;
  END IF;
  IF to_regnamespace('mathesar_types') IS NULL THEN
    CREATE SCHEMA mathesar_types;
  END IF;
END
$install$;
`

/** Names without a schema lie in `mathesar_types`, by the setting. */
const CONTENTS = `DO $install$
BEGIN
  IF to_regtype('mathesar_types.postcode') IS NULL THEN
    CREATE DOMAIN postcode AS text CHECK (VALUE <> '');
  END IF;
END
$install$;
CREATE TABLE IF NOT EXISTS msar.countries (code text PRIMARY KEY);
INSERT INTO msar.countries VALUES ('NL') ON CONFLICT DO NOTHING;
CREATE TABLE prefixes (prefix text);
CREATE FUNCTION prefix_of(postcode) RETURNS text LANGUAGE sql AS 'SELECT left($1, 2)';
CREATE FUNCTION msar.country_of(postcode) RETURNS text LANGUAGE sql AS 'SELECT code FROM msar.countries LIMIT 1';
CREATE OR REPLACE VIEW msar.codes AS SELECT code FROM msar.countries;
`

export function miniatureSource(): SchemaSource {
  return {
    ...MINIATURE,
    version: '2.10.0',
    checksum: createHash('sha256')
      .update(SCHEMAS + CONTENTS)
      .digest('hex'),
    remover: null,
    parts: [
      { name: 'schemas', ...cutSql(SCHEMAS) },
      { name: 'contents', ...cutSql(CONTENTS) },
    ],
  }
}
