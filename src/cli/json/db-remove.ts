import { z } from 'zod'
import type { RemoveDatabaseResult } from '../../databases/remove.ts'
import { objectOf, type Warnings, warnings } from './define.ts'
import { removalFields } from './removal.ts'

export const dbRemoveDocument = objectOf<RemoveDatabaseResult & Warnings>()({
  name: z.string().describe('Name under which the database was stored.'),
  status: z
    .enum(['removed', 'planned', 'rehearsed'])
    .describe(
      'What the run did: "planned" with --dry-run; "rehearsed" with --rehearse, and nothing changed.',
    ),
  schemaRemoved: z
    .boolean()
    .describe('Whether the Mathesar schemas were removed; with "typesKept" all but mathesar_types.'),
  ...removalFields,
  forgotten: z
    .boolean()
    .describe('Whether only the record was removed because the server could not be asked about the schemas.'),
  alsoUsedBy: z
    .array(z.string())
    .describe('Names of other stored databases that used the schemas that were dropped.'),
  ...warnings,
}).describe('The database that was removed, and what the removal did in it.')
