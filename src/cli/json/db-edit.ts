import { z } from 'zod'
import type { EditDatabaseResult } from '../../databases/edit.ts'
import { objectOf, type Warnings, warnings } from './define.ts'

/** The settings whose values are shown. */
const FIELDS = [
  'name',
  'host',
  'port',
  'database',
  'user',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'options',
] as const

type Changes = Omit<EditDatabaseResult, 'database' | 'alsoStoredAs' | 'before'> &
  Partial<Pick<EditDatabaseResult, 'before'>>

export const dbEditDocument = objectOf<Changes & Warnings>()({
  name: z.string().describe('Name under which the database is stored after the run.'),
  status: z
    .enum(['changed', 'unchanged', 'planned'])
    .describe('What the run did: "unchanged" means that there was nothing to do; "planned" means --dry-run.'),
  changed: z.array(z.string()).describe('Names of the settings that the run changed, or would change.'),
  before: z
    .partialRecord(z.enum(FIELDS), z.union([z.string(), z.number(), z.null()]))
    .exactOptional()
    .describe(
      'The values of these settings before the run, without the password; left out if only that changed.',
    ),
  ...warnings,
}).describe('The changes to a stored database.')
