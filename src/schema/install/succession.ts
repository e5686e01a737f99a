import { OperatorError } from '../../errors.ts'
import { otherSourceText, releasesText } from '../inspect/remains.ts'
import type { SchemaState } from '../inspect/types.ts'
import { RELEASE } from '../sources/release/description.ts'
import type {
  MathesarReleases,
  SchemaOrigin,
  SchemaRecord,
  SchemaSource,
  SourceVersion,
} from '../sources/types.ts'

/**
 * Decides whether the SQL of a source that itself drops what earlier installs left may run upon what the
 * transaction reads under its lock. Returns the record of another run that installed the same SQL since the
 * caller looked: then nothing is left to do. Returns `null` if the SQL has to run. It takes the place of any
 * earlier install, whoever created it in the meantime.
 *
 * Errors: `SCHEMA_CONFLICT` if the schemas, or parts of them, are those of a later release, unless the
 * operator saw those of somebody else and chose to replace them; the SQL of an earlier release can't remove
 * them.
 */
export function checkSuccession(
  source: SchemaSource,
  { seen, now }: { seen: SchemaState; now: SchemaState },
  replace: boolean,
  database: string,
): SchemaRecord | null {
  const succession = source.follow(source, now)
  const isChosen = replace && seen.kind === now.kind && now.kind !== 'ours'
  if ((succession === 'adopt' || succession === 'later') && !isChosen) throw laterError(source, now, database)
  if (succession !== 'keep' || now.kind !== 'ours') return null
  if (now.record.checksum !== source.checksum) throw laterError(source, now, database)
  return now.record.installId === seen.record?.installId ? null : now.record
}

/** Returns the error for schemas of a later version than that of the source. */
export function laterError(source: SourceVersion, origin: SchemaOrigin, database: string): OperatorError {
  const isRelease = source.name === RELEASE.name
  const whose =
    origin.kind === 'ours' && !isRelease
      ? otherSourceText(origin.record)
      : `of ${origin.kind === 'ours' ? `Mathesar ${origin.record.version}` : releasesText(releasesOf(origin))}`
  const what = origin.kind === 'ours' && origin.isComplete ? 'the schemas' : 'parts of the schemas'
  return new OperatorError(
    'SCHEMA_CONFLICT',
    `Database "${database}" has ${origin.kind === 'foreign' ? 'the schemas' : what} ${whose}, and the SQL of ` +
      `${isRelease ? `Mathesar ${source.version}` : `version ${source.version}`} is that of an earlier ` +
      'release, which cannot take their place.',
    isRelease
      ? 'Nothing was changed. Name that release, or a later one, with --schema-source or --release.'
      : 'Nothing was changed. Use a mathesarctl of that version, or a later one.',
    { field: 'schema-source', data: { database } },
  )
}

function releasesOf(origin: SchemaOrigin): MathesarReleases | null {
  return origin.kind === 'foreign' || origin.kind === 'remains' ? origin.releases : null
}
