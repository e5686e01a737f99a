import { OperatorError } from '../errors.ts'
import type { SchemaSource } from '../schema/sources/types.ts'
import { MATHESAR_SCHEMAS, type SchemaRecord, type SchemaState } from '../schema/types.ts'

/** What to do with Mathesar schemas that are already there and were not installed by this program. */
export const EXISTING_SCHEMA_CHOICES = ['adopt', 'replace', 'refuse'] as const
export type ExistingSchemaChoice = (typeof EXISTING_SCHEMA_CHOICES)[number]

/**
 * - `install`: none were there;
 * - `complete`: ours, but not all of them (the types were kept by an earlier removal);
 * - `upgrade`: ours, of an earlier version of the same source: brought to this one in place;
 * - `keep`: ours, left as they are;
 * - `adopt`: not ours, left as they are;
 * - `replace`: not ours, replaced in place; never by cascading.
 */
export type SchemaAction = 'install' | 'complete' | 'upgrade' | 'keep' | 'adopt' | 'replace'

/** Whether an action changes anything in the user database. */
export function writesSchema(action: SchemaAction): boolean {
  return action !== 'keep' && action !== 'adopt'
}

/**
 * Decides by what was found and, where the schemas are not ours, by what the operator wants.
 * Errors: `SCHEMA_CONFLICT`.
 */
export function chooseAction(
  state: SchemaState,
  choice: ExistingSchemaChoice,
  source: Pick<SchemaSource, 'name' | 'version' | 'checksum'>,
): SchemaAction {
  if (state.kind === 'absent') return 'install'
  if (state.kind === 'ours') {
    if (state.schemas.length < MATHESAR_SCHEMAS.length) return 'complete'
    return state.record !== null && isEarlier(state.record, source) ? 'upgrade' : 'keep'
  }
  if (choice === 'refuse') throw conflict(state)
  return choice
}

/** Whether an install is of an earlier version of a source, or of the same version with other SQL. */
function isEarlier(
  record: SchemaRecord,
  source: Pick<SchemaSource, 'name' | 'version' | 'checksum'>,
): boolean {
  if (record.source !== source.name || record.checksum === source.checksum) return false
  return record.version.localeCompare(source.version, 'en', { numeric: true }) <= 0
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
