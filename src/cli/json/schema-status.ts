import { z } from 'zod'
import type { Drift, SchemaStatus } from '../../schema/types.ts'
import { count, objectOf } from './define.ts'

export const schemaStatusDocument = objectOf<SchemaStatus>()({
  installed: z.boolean().describe('Whether the database has Mathesar schemas.'),
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
