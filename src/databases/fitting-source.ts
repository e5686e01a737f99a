import { type OperatorError, usageError } from '../errors.ts'
import { descriptionOf } from '../schema/sources/known.ts'
import type { SourceDescription } from '../schema/sources/types.ts'
import type { SchemaState } from '../schema/types.ts'
import type { Capabilities } from '../store/types.ts'

/** The SQL that releases up to 0.1.7 need in a user database, or that of later ones. */
export type Generation = SourceDescription['generation']

/**
 * Refuses SQL with which the Mathesar of the internal database can't work. Errors: `USAGE`.
 *
 * @param source `null`: none was found
 */
export function requireFittingSource(
  { generation }: Pick<Capabilities, 'generation'>,
  source: Pick<SourceDescription, 'generation'> | null,
): void {
  if (generation === null || source?.generation === generation) return
  throw generation === 'modern' ? releaseNeeded() : bundledNeeded()
}

function releaseNeeded(): OperatorError {
  return usageError(
    'This Mathesar needs the SQL of its own release in the database.',
    'Name the tree or the tarball of that release with --schema-source, or the release with --release. Or add ' +
      "--register-only: Mathesar then lists the database, and asks for the role's login again before it " +
      'installs its SQL itself.',
    'schema-source',
  )
}

function bundledNeeded(): OperatorError {
  return usageError(
    'This Mathesar 0.1.x works with the bundled SQL alone, not with that of a later release.',
    'Leave --schema-source and --release out.',
    'schema-source',
  )
}

/** Returns which releases can work with the schemas of a database; `null` if nothing says so. */
export function generationOf(state: SchemaState): Generation | null {
  switch (state.kind) {
    case 'ours':
      return descriptionOf(state.record)?.generation ?? null
    case 'foreign':
      return state.releases?.oldest.startsWith('0.1.') ? 'legacy' : 'modern'
    default:
      return null
  }
}
