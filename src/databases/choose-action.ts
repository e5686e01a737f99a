import { OperatorError } from '../errors.ts'
import { foreignWarning, releasesText, remainsError, remainsText } from '../schema/inspect/remains.ts'
import type { SchemaSource } from '../schema/sources/types.ts'
import type { SchemaRecord, SchemaState } from '../schema/types.ts'
import type { RunOptions } from './events.ts'

/** What to do with Mathesar schemas that are already there and were not installed by this program. */
export const EXISTING_SCHEMA_CHOICES = ['adopt', 'replace', 'refuse'] as const
export type ExistingSchemaChoice = (typeof EXISTING_SCHEMA_CHOICES)[number]

/**
 * - `install`: none were there;
 * - `complete`: ours, but not all of them, or the types alone of anybody's: what is missing is installed;
 * - `upgrade`: ours, of an earlier version of the same source: brought to this one in place;
 * - `keep`: ours, left as they are;
 * - `adopt`: not ours, left as they are;
 * - `replace`: not ours, or remains: replaced in place; never by cascading.
 */
export type SchemaAction = 'install' | 'complete' | 'upgrade' | 'keep' | 'adopt' | 'replace'

/** Whether an action changes anything in the user database. */
export function writesSchema(action: SchemaAction): boolean {
  return action !== 'keep' && action !== 'adopt'
}

/**
 * Decides by what was found and, where the schemas are not ours, by what the operator wants. Remains are never adopted.
 * Errors: `SCHEMA_CONFLICT`.
 */
export function chooseAction(
  state: SchemaState,
  choice: ExistingSchemaChoice,
  source: Pick<SchemaSource, 'name' | 'version' | 'checksum'>,
  database: string,
): SchemaAction {
  switch (state.kind) {
    case 'absent':
      return 'install'
    case 'ours':
      if (!state.isComplete) return 'complete'
      return isEarlier(state.record, source) ? 'upgrade' : 'keep'
    case 'remains':
      if (choice === 'replace') return 'replace'
      if (choice === 'refuse' || state.of !== 'types') throw remainsError(state, database, false)
      return 'complete'
    case 'foreign':
      if (choice === 'refuse') throw conflict(state)
      return choice
  }
}

/** Warns before the schemas of a Mathesar are replaced: it can't work on the database any more. */
export function warnOfReplacement(state: SchemaState, action: SchemaAction, options: RunOptions): void {
  if (action !== 'replace') return
  if (state.kind === 'foreign') {
    options.onProgress?.({
      type: 'warning',
      message: foreignWarning(state),
      hint: 'The bundled schemas are those of Mathesar 0.1. To leave the schemas as they are, use --existing-schema adopt.',
    })
  } else if (state.kind === 'remains') {
    options.onProgress?.({
      type: 'warning',
      message: `The database has ${remainsText(state)}; the bundled schemas take their place.`,
      hint: 'The types that columns may have are kept.',
    })
  }
}

/** Whether an install is of an earlier version of a source, or of the same version with other SQL. */
function isEarlier(
  record: SchemaRecord,
  source: Pick<SchemaSource, 'name' | 'version' | 'checksum'>,
): boolean {
  if (record.source !== source.name || record.checksum === source.checksum) return false
  return record.version.localeCompare(source.version, 'en', { numeric: true }) <= 0
}

function conflict(state: Extract<SchemaState, { kind: 'foreign' }>): OperatorError {
  const names = state.schemas.map((schema) => schema.name).join(', ')
  return new OperatorError(
    'SCHEMA_CONFLICT',
    `The database already has Mathesar schemas (${names}), and mathesarctl did not install them: they are those of ${releasesText(state.releases)}.`,
    'Use --existing-schema adopt to keep them as they are, or --existing-schema replace to put the bundled ones in their place.',
    { field: 'existing-schema' },
  )
}
