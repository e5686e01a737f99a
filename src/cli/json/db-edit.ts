import { z } from 'zod'
import type { AccessChange, EditDatabaseResult } from '../../databases/edit/index.ts'
import { count, objectOf, type Warnings, warnings } from './define.ts'

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
  role: z
    .string()
    .exactOptional()
    .describe('The stored role that the changes are about, if several are stored for the database.'),
  passwordSharedWith: z
    .array(z.string())
    .exactOptional()
    .describe('Names of other stored databases whose role gets the new password too.'),
  sslmodeSharedWith: z
    .array(z.string())
    .exactOptional()
    .describe('Names of other stored databases whose server gets the new sslmode too.'),
  access: z
    .array(
      objectOf<AccessChange>()({
        user: z.string().describe('Name of a user of Mathesar.'),
        role: z.string().describe('Role that Mathesar connects as for this user after the run.'),
        before: z
          .string()
          .nullable()
          .describe('The role before the run; null if the user could not use the database.'),
      }),
    )
    .exactOptional()
    .describe('The users of Mathesar whose role for the database changes.'),
  deletes: objectOf<NonNullable<EditDatabaseResult['deletes']>>()({
    roles: count().exactOptional().describe('Number of roles.'),
    servers: count().exactOptional().describe('Number of servers.'),
  })
    .exactOptional()
    .describe('The stored servers and roles that the run deletes because no database uses them any more.'),
  ...warnings,
}).describe('The changes to a stored database.')
