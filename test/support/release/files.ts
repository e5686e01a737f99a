import { readFileSync } from 'node:fs'
import type { ReleaseFiles } from '../../../src/schema/sources/release/source.ts'
import { type ListedObject, legacyObjects } from './earlier.ts'
import { type Routine, routinesOf } from './routines.ts'
import { isAtLeast, releasesUpTo, routineCounts, versionInTree } from './versions.ts'

/** How the SQL of the fixture is. */
export interface ReleaseOptions {
  /**
   * - `real` (the default): as many routines as the release has, and as many bytes, some 420 kB;
   * - `small`: half of that, as few routines as a release from 0.2.0 on is still recognized with.
   */
  size?: 'small' | 'real'
}

/** The fewest routines of `msar` that are recognized as those of 0.2.0 or later, and some more. */
const SMALL = 230

const TYPES = ['email', 'uri', 'mathesar_money', 'multicurrency_money', 'mathesar_json_array']

const written = new Map<string, ReleaseFiles>()

/** Returns the SQL of a release: what its install runs, in that order. */
export function releaseFiles(version: string, { size = 'real' }: ReleaseOptions = {}): ReleaseFiles {
  const key = `${version} ${size}`
  const files = written.get(key) ?? writeFiles(version, size)
  written.set(key, files)
  return files
}

function writeFiles(version: string, size: 'small' | 'real'): ReleaseFiles {
  const msar = size === 'small' ? SMALL : routineCounts(version).msar
  const routines = routinesOf(version, msar, size === 'real' ? 455 : 0)
  const of = (file: Routine['file']) =>
    routines
      .filter((routine) => routine.file === file)
      .map(({ sql }) => `\n${sql}`)
      .join('')
  const files = [
    { name: '00_msar_all_objects_table.sql', sql: objectsTable(version, size) },
    { name: '01_msar_types.sql', sql: fixed('types') },
    { name: '02_msar_remove.sql', sql: fixed('remove') },
    { name: '05_msar.sql', sql: `${beginning(version)}${of('05')}` },
    { name: '10_msar_joinable_tables.sql', sql: `-- Tables that others link to.\n${of('10')}` },
    { name: '30_msar_custom_aggregates.sql', sql: of('30') },
    { name: '45_msar_type_casting.sql', sql: of('45') },
    { name: '46_msar_type_inference.sql', sql: of('46') },
    { name: '50_msar_permissions.sql', sql: fixed('permissions') },
  ]
  return {
    version: versionInTree(version),
    files: isAtLeast(version, '0.2.3') ? files : files.filter(({ name }) => !name.startsWith('46')),
  }
}

function fixed(name: string): string {
  return readFileSync(new URL(`sql/${name}.sql`, import.meta.url), 'utf8')
}

/** Returns the file that lists what any release up to this one has. */
function objectsTable(version: string, size: 'small' | 'real'): string {
  const rows = new Map<string, string>()
  const add = ({ schema, name, kind, isCustomType }: ListedObject) => {
    const row = [schema, name, kind].map((value) => `'${value}'`).join(', ')
    rows.set(row, `  (${row}, ${isCustomType})`)
  }
  for (const name of [...TYPES, 'mathesar_json_object'])
    add({ schema: 'mathesar_types', name, kind: 'TYPE', isCustomType: true })
  legacyObjects().forEach(add)
  for (const [schema, name, from] of OWN_TYPES)
    if (isAtLeast(version, from)) add({ schema, name, kind: 'TYPE', isCustomType: false })
  for (const name of ['top_level_domains', 'expr_templates'])
    add({ schema: 'msar', name, kind: 'TABLE', isCustomType: false })
  for (const release of releasesUpTo(version))
    routinesOf(release, size === 'small' ? SMALL : routineCounts(release).msar, 0).forEach(add)
  // As in a real release, characters that are not ASCII are in comments alone.
  return `-- What any release up to this one installs \u2192 what is dropped (d\u00e9j\u00e0 vu; it's a list).
/* An old table may be there /* after a removal that wasn't strict; */ with another list. */
CREATE SCHEMA IF NOT EXISTS msar;
DROP TABLE IF EXISTS msar.all_mathesar_objects;
CREATE TABLE msar.all_mathesar_objects (
  obj_schema text,
  obj_name text,
  obj_kind text,
  custom_type boolean,
  UNIQUE (obj_schema, obj_name, obj_kind)
);
INSERT INTO msar.all_mathesar_objects (obj_schema, obj_name, obj_kind, custom_type) VALUES
${[...rows.values()].join(',\n')};
`
}

/** Types that columns do not have, and the release that has them first. */
const OWN_TYPES = [
  ['__msar', 'col_def', '0.2.0'],
  ['msar', 'pkey_kind', '0.2.2'],
  ['msar', 'type_compat_details', '0.2.3'],
] as const

function beginning(version: string): string {
  const pkeyKind = "CREATE TYPE msar.pkey_kind AS ENUM ('identity', 'uuid');\n"
  const details = 'CREATE TYPE msar.type_compat_details AS (type text, is_compatible boolean);\n'
  return `-- What is there from before goes, apart from the types and what something depends on.
SELECT msar.drop_all_msar_objects(
  ARRAY['msar', '__msar', 'mathesar_types', 'mathesar_inference_schema', 'msar_views'],
  remove_custom_types => false,
  strict => false
);

CREATE SCHEMA IF NOT EXISTS __msar;
CREATE SCHEMA IF NOT EXISTS msar;

CREATE TYPE __msar.col_def AS (name_ text, type_ text, default_ text);
${isAtLeast(version, '0.2.2') ? pkeyKind : ''}${isAtLeast(version, '0.2.3') ? details : ''}
CREATE TABLE msar.top_level_domains (tld text PRIMARY KEY);
INSERT INTO msar.top_level_domains VALUES ('com'), ('net'), ('org'), ('example');

CREATE TABLE msar.expr_templates (expr_key text PRIMARY KEY, expr_template text);
INSERT INTO msar.expr_templates VALUES
  ('equal', '(%s) = (%s)'),
  ('backslash', '\\'),
  ('semicolon', 'it''s; "quoted" -- here');
`
}
