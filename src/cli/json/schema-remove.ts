import { z } from 'zod'
import type { RemoveSchemaResult } from '../../databases/schema.ts'
import { objectOf, type Warnings, warnings } from './define.ts'
import { removalFields } from './removal.ts'

/** If the operator declines, the command prints an error instead of a document. */
type Status = Exclude<RemoveSchemaResult['status'], 'declined'>

export const schemaRemoveDocument = objectOf<
  Omit<RemoveSchemaResult, 'status' | 'isRehearsed'> & { status: Status } & Warnings
>()({
  status: z
    .enum(['removed', 'absent', 'planned', 'rehearsed'])
    .describe(
      'What the run did: "absent" means that there were no schemas to remove; "planned" means ' +
        '--dry-run; "rehearsed" means --rehearse, which changed nothing.',
    ),
  ...removalFields,
  ...warnings,
}).describe('What the removal of the Mathesar schemas did.')
