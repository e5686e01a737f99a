import { z } from 'zod'
import type { SchemaStatusResult } from '../../databases/schema.ts'
import type { Drift, SchemaStatus } from '../../schema/types.ts'
import { count, objectOf, type Warnings, warnings } from './define.ts'
import { releases, remainsOf } from './objects.ts'

export const schemaStatusDocument = objectOf<SchemaStatusResult & Warnings>()({
  installed: z.boolean().describe('Whether the database has Mathesar schemas that a Mathesar can use.'),
  state: z
    .enum(['absent', 'ours', 'foreign', 'remains'])
    .describe(
      'Who installed the schemas, as the existing objects show: "absent" nobody, "ours" mathesarctl, ' +
        '"foreign" a Mathesar; "remains" are parts of an install that no Mathesar can use.',
    ),
  remains: remainsOf
    .nullable()
    .describe(
      'With state "remains", the parts that are left: the types alone; the rest of an unfinished ' +
        'removal by a Mathesar; everything but the functions of msar; other parts.',
    ),
  release: releases
    .nullable()
    .describe(
      'The releases of Mathesar that may have installed the schemas; null if mathesarctl installed them.',
    ),
  staleRecord: objectOf<NonNullable<SchemaStatus['staleRecord']>>()({
    source: z.string().describe('Source of the SQL of the earlier install.'),
    version: z.string().describe('Version of that SQL.'),
  })
    .nullable()
    .describe('The record of an earlier install by mathesarctl, if another install replaced it.'),
  hstoreCasts: z
    .array(z.string())
    .describe(
      'Casts from hstore that Mathesar 0.1 created and a later release kept; its own removal fails ' +
        'because of them.',
    ),
  source: z
    .string()
    .nullable()
    .describe('Source of the installed SQL; null if mathesarctl did not install it.'),
  version: z.string().nullable().describe('Version of that SQL; null if unknown.'),
  checksum: z.string().nullable().describe('SHA-256 of that SQL in hexadecimal digits; null if unknown.'),
  objects: count().describe('Number of objects in the Mathesar schemas.'),
  typesOnly: z
    .boolean()
    .describe('Whether only mathesar_types exists, as after a removal with --keep-types.'),
  dropped: count().describe(
    'Number of objects of the install that somebody dropped, as far as the database shows. "drift" names ' +
      'them, unless the list of them was lost with one of them, or a Mathesar installed the schemas.',
  ),
  drift: z
    .array(
      objectOf<Drift>()({
        object: z.string().describe('The object, such as "function msar.add_columns(oid, jsonb)".'),
        change: z.enum(['changed', 'dropped', 'added']).describe('What changed since the install.'),
      }),
    )
    .describe('The objects that changed since the install.'),
  comparedWith: objectOf<NonNullable<SchemaStatusResult['comparedWith']>>()({
    source: z.string().describe('Source of that SQL: "bundled" or "release".'),
    version: z.string().describe('Version of that SQL.'),
    checksum: z.string().describe('SHA-256 of that SQL in hexadecimal digits.'),
    isInstalled: z.boolean().describe('Whether the record in the database is that of exactly this SQL.'),
  })
    .exactOptional()
    .describe('With --schema-source or --release: the SQL that they name.'),
  ...warnings,
}).describe('The Mathesar schemas of a database, and the changes to them since the install.')
