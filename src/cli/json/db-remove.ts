import { z } from 'zod'
import { BELONGINGS } from '../../databases/interface/belongings.ts'
import type { RemoveDatabaseResult } from '../../databases/remove/index.ts'
import { count, objectOf, type Warnings, warnings } from './define.ts'
import { removalFields } from './removal.ts'

export const dbRemoveDocument = objectOf<Omit<RemoveDatabaseResult, 'isSchemaAbsent'> & Warnings>()({
  name: z.string().describe('Name under which the database was stored.'),
  status: z
    .enum(['removed', 'planned', 'rehearsed'])
    .describe(
      'What the run did: "planned" means --dry-run; "rehearsed" means --rehearse, which changed nothing.',
    ),
  deletes: z
    .partialRecord(z.enum(BELONGINGS), count())
    .describe(
      "How many rows of Mathesar's the run deleted with the record, or would delete with --dry-run; those of " +
        'which there are none are left out.',
    ),
  role: z
    .string()
    .exactOptional()
    .describe('The role that dropped the schemas, or would, if several are stored for the database.'),
  schemaRemoved: z
    .boolean()
    .describe(
      'Whether the run removed the Mathesar schemas; if "typesKept" is true, all but mathesar_types.',
    ),
  ...removalFields,
  forgotten: z
    .boolean()
    .describe(
      'Whether the run removed only the record, because it could not reach the server to check the schemas.',
    ),
  alsoUsedBy: z.array(z.string()).describe('Names of other stored databases that used the dropped schemas.'),
  ...warnings,
}).describe('The removed database, and what the removal did in it.')
