import { z } from 'zod'
import type { SchemaRemovalResult } from '../../databases/removal.ts'
import type { FieldsOf } from './define.ts'
import { convertedColumn, dependent, removalCost, strategy } from './objects.ts'

/** The fields of every removal of the Mathesar schemas, done or planned. */
export const removalFields = {
  converted: z
    .array(convertedColumn)
    .describe('The columns that became plain ones, or would with a dry run.'),
  dropped: z
    .array(z.string())
    .describe('What was dropped, or would be, such as "column public.t.email" and "schema msar".'),
  notes: z.array(z.string()).describe('What the operator should know of the removal, one sentence each.'),
  typesKept: z.boolean().describe('Whether mathesar_types was there and stays.'),
  dependents: z
    .array(dependent)
    .exactOptional()
    .describe('With --dry-run: everything that depends on the schemas, then the routines that mention them.'),
  strategy: strategy.exactOptional().describe('With --dry-run: what would become of the dependents.'),
  cost: removalCost.exactOptional().describe('With --dry-run: what "convert" and "cascade" would cost.'),
} satisfies FieldsOf<SchemaRemovalResult>
