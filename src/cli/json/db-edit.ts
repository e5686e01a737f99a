import { z } from 'zod'
import type { EditDatabaseResult } from '../../databases/edit.ts'
import { objectOf, type Warnings, warnings } from './define.ts'

export const dbEditDocument = objectOf<Omit<EditDatabaseResult, 'database' | 'alsoStoredAs'> & Warnings>()({
  name: z.string().describe('Name under which the database is stored after the run.'),
  status: z
    .enum(['changed', 'unchanged', 'planned'])
    .describe('What the run did: "unchanged" means that there was nothing to do; "planned" means --dry-run.'),
  changed: z
    .array(z.string())
    .describe('Names of the settings that the run changed, or would change; never their values.'),
  ...warnings,
}).describe('The changes to a stored database.')
