import { toRun } from '../../hint.ts'
import type { SchemaRemovalPlan, SchemaRemovalResult } from './types.ts'

/** Returns what a removal would do, after `planRemoval` found that it can be done. */
export function plannedRemoval(plan: SchemaRemovalPlan): SchemaRemovalResult {
  const { survey, strategy } = plan
  const schemas = survey.schemas.map((name) => `schema ${name}`)
  return {
    converted: strategy === 'convert' ? survey.converted : [],
    dropped: strategy === 'cascade' ? [...survey.dropped, ...schemas] : schemas,
    notes: hstoreNotes(plan),
    typesKept: isTypesSchemaKept(plan),
    objects: plan.state.schemas
      .filter(({ name }) => survey.schemas.includes(name))
      .reduce((sum, { objects }) => sum + objects, 0),
    dependents: [...survey.dependents, ...survey.mentions],
    strategy,
    rebuilt: strategy === 'convert' ? survey.rebuilt : [],
    cost: { convert: survey.convert, cascade: survey.cascade },
  }
}

/** Notes about casts from hstore that stay with the types, and that no later Mathesar removes. */
export function hstoreNotes({ keepTypes, state: { hstoreCasts } }: SchemaRemovalPlan): string[] {
  if (!keepTypes || hstoreCasts.length === 0) return []
  const casts = hstoreCasts.length === 1 ? 'a cast' : `${hstoreCasts.length} casts`
  return [
    toRun(
      `mathesar_types keeps ${casts} from hstore that Mathesar 0.1 left; the removal by a later Mathesar fails because of that. To drop them:`,
      `DROP FUNCTION ${hstoreCasts.join(', ')};`,
    ),
  ]
}

/** Returns whether the schema `mathesar_types` exists and stays. */
export function isTypesSchemaKept({ keepTypes, state }: SchemaRemovalPlan): boolean {
  return keepTypes && state.schemas.some(({ name }) => name === 'mathesar_types')
}
