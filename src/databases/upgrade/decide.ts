import { OperatorError } from '../../errors.ts'
import { releasesText } from '../../schema/inspect/remains.ts'
import { isLaterVersion } from '../../schema/sources/compare-versions.ts'
import type { MathesarReleases, SchemaSource } from '../../schema/sources/types.ts'
import type { SchemaState } from '../../schema/types.ts'
import type { StoredDatabase, StoredSchema } from '../../store/types.ts'
import { chooseAction } from '../choose-action.ts'
import { storedSchemaOf } from '../stored-schema.ts'
import type { Looked } from './types.ts'

/** What Mathesar records for a database in which it has installed no SQL yet. */
const NOTHING_INSTALLED = '0.0.0'

type Known = Pick<StoredDatabase, 'schema' | 'confirmedVersion'>
type Decision = Pick<Looked, 'action' | 'from' | 'to'>

/**
 * Decides what becomes of the schemas of a stored database. A later version is never replaced, as its SQL may
 * lack what the earlier one drops. Errors: `SCHEMA_CONFLICT`.
 *
 * @param stored what the internal database says about them
 */
export function decideUpgrade(
  state: SchemaState,
  stored: Known,
  source: SchemaSource,
  database: string,
): Decision {
  const from = presentSchema(state, stored)
  const target = { source: source.name, version: source.version }
  if (state.kind === 'foreign') return { from, ...decideForeign(state, stored, source, from, database) }
  const action = chooseAction(state, null, source, database)
  switch (action) {
    case 'keep':
      if (isLaterRecord(state, source)) throw laterVersion(database, `version ${from?.version}`, source)
      return { from, ...confirmation(state, stored, source) }
    case 'install':
    case 'complete':
    case 'upgrade':
      return { action, from, to: target }
    default:
      throw new Error(`no upgrade follows from ${action}`)
  }
}

/**
 * Decides about schemas that a Mathesar installed itself. Some releases can't be told apart by their objects:
 * these are those of the source only where that Mathesar recorded its version.
 */
function decideForeign(
  state: Extract<SchemaState, { kind: 'foreign' }>,
  { confirmedVersion }: Known,
  source: SchemaSource,
  from: StoredSchema | null,
  database: string,
): Pick<Decision, 'action' | 'to'> {
  const { version, name } = source
  const isKept = chooseAction(state, null, source, database) === 'adopt'
  if (isKept && source.generation === 'legacy') return { action: 'none', to: from }
  const isLaterConfirmed = isKnown(confirmedVersion) && isLaterVersion(confirmedVersion, version)
  if (isKept || isLaterConfirmed || isLaterVersion(state.releases?.oldest ?? version, version)) {
    const known = isLaterConfirmed ? `Mathesar ${confirmedVersion}` : releasesText(state.releases)
    throw laterVersion(database, known, source)
  }
  const isCurrent = confirmedVersion === version && includes(state.releases, version)
  return isCurrent ? { action: 'none', to: from } : { action: 'upgrade', to: { source: name, version } }
}

/** Decides whether the internal database has to be told about schemas that are those of the source. */
function confirmation(
  state: SchemaState,
  { schema, confirmedVersion }: Known,
  { name, version, generation }: SchemaSource,
): Pick<Decision, 'action' | 'to'> {
  // Releases with the same SQL record themselves as the one that was installed first.
  const to = generation === 'modern' ? { source: name, version } : storedSchemaOf(state)
  const isRecorded =
    confirmedVersion == null
      ? schema?.source === to?.source && schema?.version === to?.version
      : confirmedVersion === to?.version
  return { action: isRecorded ? 'none' : 'confirm', to }
}

/** Returns the schemas that a database has, as far as their record or Mathesar's names them. */
export function presentSchema(state: SchemaState, { confirmedVersion }: Known): StoredSchema | null {
  if (state.kind === 'ours') return storedSchemaOf(state)
  if (state.kind !== 'foreign') return null
  const { oldest, newest } = state.releases ?? { oldest: null, newest: null }
  const proved = oldest === newest ? oldest : null
  return { source: 'mathesar', version: isKnown(confirmedVersion) ? confirmedVersion : proved }
}

function isKnown(version: string | null | undefined): version is string {
  return version != null && version !== NOTHING_INSTALLED
}

function isLaterRecord(state: SchemaState, { version, checksum }: SchemaSource): boolean {
  return (
    state.kind === 'ours' &&
    state.record.checksum !== checksum &&
    isLaterVersion(state.record.version, version)
  )
}

function includes(releases: MathesarReleases | null, version: string): boolean {
  if (releases === null) return true
  const { oldest, newest } = releases
  return !isLaterVersion(oldest, version) && (newest === null || !isLaterVersion(version, newest))
}

function laterVersion(database: string, present: string, { name, version }: SchemaSource): OperatorError {
  return new OperatorError(
    'SCHEMA_CONFLICT',
    `Database "${database}" has the Mathesar schemas of ${present}, which are later than those of the source ` +
      `"${name}", version ${version}; nothing takes their place.`,
    name === 'release'
      ? 'Use the SQL of that release or of a later one, with --release or --schema-source.'
      : 'Use a mathesarctl of that version or a later one.',
    { data: { version: present } },
  )
}
