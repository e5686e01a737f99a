import { OperatorError } from '../../errors.ts'
import { releasesText } from '../inspect/remains.ts'
import type { SchemaState } from '../inspect/types.ts'
import type { SchemaRecord, SchemaSource } from '../sources/types.ts'

/**
 * Decides whether the SQL of a source that itself drops what earlier installs left may run upon what the
 * transaction reads under its lock. Returns the record of another run that installed the same SQL since the
 * caller looked: then nothing is left to do. Returns `null` if the SQL has to run. It takes the place of any
 * earlier install, whoever created it in the meantime.
 *
 * Errors: `SCHEMA_CONFLICT` if the schemas are those of a later release, unless the operator saw those of
 * somebody else and chose to replace them; the SQL of an earlier release can't remove them.
 */
export function checkSuccession(
  source: SchemaSource,
  { seen, now }: { seen: SchemaState; now: SchemaState },
  replace: boolean,
  database: string,
): SchemaRecord | null {
  const succession = source.follow(source, now)
  if (succession === 'adopt' && !(replace && seen.kind === 'foreign')) throw laterError(source, now, database)
  if (succession !== 'keep' || now.kind !== 'ours') return null
  if (now.record.checksum !== source.checksum) throw laterError(source, now, database)
  return now.record.installId === seen.record?.installId ? null : now.record
}

function laterError(source: SchemaSource, state: SchemaState, database: string): OperatorError {
  const present =
    state.kind === 'ours'
      ? `Mathesar ${state.record.version}`
      : releasesText(state.kind === 'foreign' ? state.releases : null)
  return new OperatorError(
    'SCHEMA_CONFLICT',
    `Database "${database}" has the schemas of ${present}, and the SQL of Mathesar ${source.version} is ` +
      'that of an earlier release, which cannot take their place.',
    'Nothing was changed. Name that release, or a later one, with --schema-source or --release.',
    { field: 'schema-source', data: { database } },
  )
}
