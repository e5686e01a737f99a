import { z } from 'zod'
import type { EditDatabaseResult } from '../../databases/edit.ts'
import { objectOf, type Warnings, warnings } from './define.ts'

export const dbEditDocument = objectOf<Omit<EditDatabaseResult, 'database' | 'alsoStoredAs'> & Warnings>()({
  name: z.string().describe('Name under which the database is stored after the run.'),
  status: z
    .enum(['changed', 'unchanged', 'planned'])
    .describe('What the run did: "unchanged" if there was nothing to do; "planned" with --dry-run.'),
  changed: z
    .array(z.string())
    .describe('The names of the settings that changed, or would change; never their values.'),
  ...warnings,
}).describe('What changed of a stored database.')
