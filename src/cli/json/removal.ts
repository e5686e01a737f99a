import { z } from 'zod'
import type { SchemaRemovalResult } from '../../databases/removal.ts'
import type { Rehearsal, RelationLock } from '../../schema/types.ts'
import { count, type FieldsOf, objectOf } from './define.ts'
import { convertedColumn, dependent, removalCost, strategy } from './objects.ts'

const relation = z.string().describe('The relation, qualified and quoted as in SQL, such as public.people.')
const mode = z.string().describe('The mode of the lock as the manual names it, such as "ACCESS EXCLUSIVE".')

const relationLock = objectOf<RelationLock>()({
  relation,
  mode,
  bytes: count().describe('Size of the relation on disk with indexes and TOAST, in bytes; 0 for a view.'),
})

const heldLock = objectOf<Rehearsal['locks'][number]>()({ relation, mode })

const rehearsal = objectOf<Rehearsal>()({
  durationMs: count().describe('Milliseconds from BEGIN to ROLLBACK.'),
  lockedMs: count().describe('Milliseconds from the request for the first lock on a relation to ROLLBACK.'),
  lockTimeoutMs: count().describe('Milliseconds that any single lock was waited for at most.'),
  locks: z
    .array(heldLock)
    .describe('The locks that the server held for the rehearsal at its end, ACCESS SHARE left out.'),
  notAnalyzed: z
    .array(z.string())
    .describe(
      'What the removal analyzes at its end, and a rehearsal does not, such as "table public.people".',
    ),
})

/** The fields of every removal of the Mathesar schemas, done or planned. */
export const removalFields = {
  converted: z
    .array(convertedColumn)
    .describe('The columns that became plain ones, or would: with --dry-run and --rehearse.'),
  dropped: z
    .array(z.string())
    .describe('What was dropped, or would be, such as "column public.t.email" and "schema msar".'),
  notes: z.array(z.string()).describe('What the operator should know of the removal, one sentence each.'),
  typesKept: z.boolean().describe('Whether mathesar_types was there and stays.'),
  dependents: z
    .array(dependent)
    .exactOptional()
    .describe('With --dry-run: everything that depends on the schemas, then the routines that mention them.'),
  strategy: strategy
    .exactOptional()
    .describe('With --dry-run and --rehearse: what would become of the dependents.'),
  cost: removalCost.exactOptional().describe('With --dry-run: what "convert" and "cascade" would cost.'),
  locks: z
    .array(relationLock)
    .exactOptional()
    .describe('With --rehearse: the locks on relations that were announced, the largest relation first.'),
  rewrittenBytes: count()
    .exactOptional()
    .describe('With --rehearse: size of the tables and materialized views that are written anew, in bytes.'),
  rehearsal: rehearsal.exactOptional().describe('With --rehearse: what was measured.'),
} satisfies FieldsOf<SchemaRemovalResult>
