import { z } from 'zod'
import type { Drift, SchemaStatus } from '../../schema/types.ts'
import { count, objectOf } from './define.ts'
import { releases, remainsOf } from './objects.ts'

export const schemaStatusDocument = objectOf<SchemaStatus>()({
  installed: z.boolean().describe('Whether the database has Mathesar schemas that a Mathesar can work with.'),
  state: z
    .enum(['absent', 'ours', 'foreign', 'remains'])
    .describe(
      'Who installed the schemas, by the objects that are there: nobody, mathesarctl, a Mathesar; or "remains" of an install, with which no Mathesar can work.',
    ),
  remains: remainsOf
    .nullable()
    .describe(
      'With state "remains", what is left: the types alone; what an unfinished removal by a Mathesar leaves; everything but the functions of msar; other parts.',
    ),
  release: releases
    .nullable()
    .describe('The releases of Mathesar that the schemas may be of; null if mathesarctl installed them.'),
  staleRecord: objectOf<NonNullable<SchemaStatus['staleRecord']>>()({
    source: z.string().describe('Where the SQL of the earlier install came from.'),
    version: z.string().describe('Version of that SQL.'),
  })
    .nullable()
    .describe('The record of an earlier install by mathesarctl, where what is there now is another one.'),
  hstoreCasts: z
    .array(z.string())
    .describe(
      'Casts from hstore that Mathesar 0.1 left under a later release, whose own removal fails because of them.',
    ),
  source: z
    .string()
    .nullable()
    .describe('Where the installed SQL came from; null if mathesarctl did not install it.'),
  version: z.string().nullable().describe('Version of that SQL; null where it is not known.'),
  checksum: z
    .string()
    .nullable()
    .describe('SHA-256 of that SQL in hexadecimal digits; null where it is not known.'),
  objects: count().describe('Number of objects in the Mathesar schemas.'),
  typesOnly: z
    .boolean()
    .describe('Whether only mathesar_types is there, as a removal with --keep-types leaves it.'),
  drift: z
    .array(
      objectOf<Drift>()({
        object: z.string().describe('The object, such as "function msar.add_columns(oid, jsonb)".'),
        change: z.enum(['changed', 'dropped', 'added']).describe('What became of it since the install.'),
      }),
    )
    .describe('The objects that are no longer as they were installed.'),
}).describe('Which Mathesar schemas a database has, and what was changed in them since the install.')
