import { z } from 'zod'
import type { InstallSchemaResult } from '../../databases/schema.ts'
import { objectOf, type Warnings, warnings } from './define.ts'
import { installedSchema, schemaAction } from './objects.ts'

export const schemaInstallDocument = objectOf<InstallSchemaResult & Warnings>()({
  status: z
    .enum(['installed', 'unchanged', 'planned'])
    .describe('What the run did: "unchanged" means that there was nothing to do; "planned" means --dry-run.'),
  action: schemaAction.describe('What the run did, or would do, with the Mathesar schemas.'),
  schema: installedSchema.describe('The Mathesar schemas in the database after the run.'),
  ...warnings,
}).describe('The installed Mathesar schemas.')
