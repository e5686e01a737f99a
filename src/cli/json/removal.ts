import { z } from 'zod'
import type { SchemaRemovalResult } from '../../databases/removal/index.ts'
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
  lockTimeoutMs: count().describe('Milliseconds that the rehearsal waits for each lock at most.'),
  locks: z
    .array(heldLock)
    .describe('The locks that the server held for the rehearsal at its end, except ACCESS SHARE.'),
  notAnalyzed: z
    .array(z.string())
    .describe('What the removal analyzes at its end and a rehearsal skips, such as "table public.people".'),
})

/** The fields of every removal of the Mathesar schemas, completed or planned. */
export const removalFields = {
  converted: z
    .array(convertedColumn)
    .describe(
      'The columns that the run converted to plain types; with --dry-run and --rehearse, those that ' +
        'it would convert.',
    ),
  dropped: z
    .array(z.string())
    .describe(
      'The objects that the run dropped, or would drop, such as "column public.t.email" and "schema msar".',
    ),
  notes: z.array(z.string()).describe('Facts about the removal for the operator, in one sentence each.'),
  typesKept: z.boolean().describe('Whether mathesar_types existed and stays.'),
  objects: count()
    .exactOptional()
    .describe('With --dry-run: how many objects there are in the schemas that the run would drop.'),
  dependents: z
    .array(dependent)
    .exactOptional()
    .describe('With --dry-run: everything that depends on the schemas, then the routines that mention them.'),
  strategy: strategy
    .exactOptional()
    .describe('With --dry-run and --rehearse: the choice of --on-dependents.'),
  cost: removalCost.exactOptional().describe('With --dry-run: what "convert" and "cascade" would cost.'),
  rebuilt: z
    .array(z.string())
    .exactOptional()
    .describe('With --dry-run: the objects that the run would drop and restore, such as "view public.v".'),
  locks: z
    .array(relationLock)
    .exactOptional()
    .describe('With --rehearse: the announced locks on relations, the largest relation first.'),
  rewrittenBytes: count()
    .exactOptional()
    .describe(
      'With --rehearse: size of the tables and materialized views that the removal rewrites, in bytes.',
    ),
  rehearsal: rehearsal.exactOptional().describe('With --rehearse: the measurements.'),
} satisfies FieldsOf<SchemaRemovalResult>
