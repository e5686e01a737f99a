import { OperatorError } from '../errors.ts'
import { MATHESAR_SCHEMAS, type SchemaState } from '../schema/types.ts'

/** What to do with Mathesar schemas that are already there and were not installed by this program. */
export const EXISTING_SCHEMA_CHOICES = ['adopt', 'replace', 'refuse'] as const
export type ExistingSchemaChoice = (typeof EXISTING_SCHEMA_CHOICES)[number]

/**
 * - `install`: none were there;
 * - `complete`: ours, but not all of them (the types were kept by an earlier removal);
 * - `keep`: ours, left as they are;
 * - `adopt`: not ours, left as they are;
 * - `replace`: dropped without cascading, then installed anew.
 */
export type SchemaAction = 'install' | 'complete' | 'keep' | 'adopt' | 'replace'

/** Whether an action changes anything in the user database. */
export function writesSchema(action: SchemaAction): boolean {
  return action !== 'keep' && action !== 'adopt'
}

/**
 * Decides by what was found and, where the schemas are not ours, by what the operator wants.
 * Errors: `SCHEMA_CONFLICT`.
 */
export function chooseAction(state: SchemaState, choice: ExistingSchemaChoice): SchemaAction {
  if (state.kind === 'absent') return 'install'
  if (state.kind === 'ours') return state.schemas.length < MATHESAR_SCHEMAS.length ? 'complete' : 'keep'
  if (choice === 'refuse') throw conflict(state)
  return choice
}

function conflict(state: SchemaState): OperatorError {
  const names = state.schemas.map((schema) => schema.name).join(', ')
  return new OperatorError(
    'SCHEMA_CONFLICT',
    `The database already has Mathesar schemas (${names}), and mathesarctl did not install them.`,
    'Use --existing-schema adopt to keep them as they are, or --existing-schema replace to put the bundled ones in their place.',
    { field: 'existing-schema' },
  )
}
