import { OperatorError } from '../../errors.ts'
import { mayBeOf, missingFromRelease } from '../../schema/inspect/releases.ts'
import { releasesText } from '../../schema/inspect/remains.ts'
import { isLaterVersion } from '../../schema/sources/compare-versions.ts'
import type { SchemaSource } from '../../schema/sources/types.ts'
import type { SchemaState } from '../../schema/types.ts'
import { NO_SQL_VERSION, type StoredDatabase } from '../../store/types.ts'
import { withChoiceCommand } from '../choice-command.ts'
import { chooseAction } from '../choose-action.ts'
import { type Generation, generationOf } from '../fitting-source.ts'
import { usedByLater } from '../misfit.ts'
import { type PresentSchema, storedSchemaOf } from '../stored-schema.ts'
import type { Looked } from './types.ts'

type Known = Pick<StoredDatabase, 'name' | 'schema' | 'confirmedVersion'>

/** Where the schemas are. */
interface UpgradePlace {
  database: string
  /** Which SQL the Mathesar of the internal database needs. */
  generation: Generation | null
}

type Decision = Pick<Looked, 'action' | 'from' | 'to'>

/**
 * Decides what becomes of the schemas of a stored database. A later version is never replaced, as its SQL may
 * lack what the earlier one drops. Errors: `SCHEMA_CONFLICT`; `LaterVersionError`.
 *
 * @param stored what the internal database says about them
 */
export function decideUpgrade(
  state: SchemaState,
  stored: Known,
  source: SchemaSource,
  { database, generation }: UpgradePlace,
): Decision {
  const from = presentSchema(state, stored)
  const target = { source: source.name, version: source.version }
  if (generation === 'legacy' && generationOf(state) === 'modern') {
    const { message, hint } = usedByLater(state, stored.name, database)
    throw new OperatorError('SCHEMA_CONFLICT', message, hint)
  }
  refuseLaterRecorded(state, stored, source)
  if (state.kind === 'foreign') return { from, ...decideForeign(state, stored, source, from, database) }
  if (source.follow(source, state) === 'later') throw laterVersion(laterText(state, source), source)
  const action = withChoiceCommand(stored.name, () => chooseAction(state, null, source, database))
  switch (action) {
    case 'keep':
      if (isLaterRecord(state, source)) throw laterVersion(laterText(state, source), source)
      if (state.kind === 'ours' && state.dropped > 0) {
        // The same SQL under the name of a later release: only that one restores it and keeps the name.
        const isLater = isLaterVersion(state.record.version, source.version)
        if (isLater) throw laterVersion(laterText(state, source), source)
        return { action: 'complete', from, to: target }
      }
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
 * these are those of the source only where that Mathesar recorded its version. Where routines or
 * tables are missing, the SQL runs again; then this program's record says what is there.
 */
function decideForeign(
  state: Extract<SchemaState, { kind: 'foreign' }>,
  { confirmedVersion }: Known,
  source: SchemaSource,
  from: PresentSchema | null,
  database: string,
): Pick<Decision, 'action' | 'to'> {
  const { version, name } = source
  const isKept = chooseAction(state, null, source, database) === 'adopt'
  if (isKept && source.generation === 'legacy') return { action: 'none', to: from }
  if (isKept || isLaterVersion(state.releases?.oldest ?? version, version)) {
    throw laterVersion(releasesText(state.releases), source)
  }
  const isCurrent =
    confirmedVersion === version &&
    mayBeOf(state.releases, version) &&
    missingFromRelease(version, state) === 0
  return isCurrent ? { action: 'none', to: from } : { action: 'upgrade', to: { source: name, version } }
}

/**
 * Refuses schemas for which Mathesar recorded a later version than that of the source: it does not repair
 * them while the record says that they are right. A later release may have the same SQL, and then nothing is
 * to be refused. Where there is nothing, or the types alone, no SQL of that version is in the way.
 *
 * Errors: `LaterVersionError`.
 */
function refuseLaterRecorded(state: SchemaState, stored: Known, source: SchemaSource): void {
  const { confirmedVersion } = stored
  if (!isConfirmedLater(stored, source)) return
  if (state.kind === 'absent' || (state.kind === 'remains' && state.of === 'types')) return
  const isSame = state.kind === 'ours' && state.record.checksum === source.checksum
  if (isSame && !isLaterVersion(confirmedVersion ?? '', state.record.version)) return
  throw laterVersion(`Mathesar ${confirmedVersion}`, source)
}

/** Returns whether Mathesar recorded a later version of its SQL than that of a release. */
export function isConfirmedLater(
  { confirmedVersion }: Pick<Known, 'confirmedVersion'>,
  { generation, version }: SchemaSource,
): boolean {
  return generation === 'modern' && isKnown(confirmedVersion) && isLaterVersion(confirmedVersion, version)
}

/** Decides whether the internal database lacks the version of schemas that are those of the source. */
function confirmation(
  state: SchemaState,
  { schema, confirmedVersion }: Known,
  { name, version, generation }: SchemaSource,
): Pick<Decision, 'action' | 'to'> {
  // A later release may have the same SQL: its record stays.
  const isLater = state.kind === 'ours' && isLaterVersion(state.record.version, version)
  const to = generation === 'modern' && !isLater ? { source: name, version } : storedSchemaOf(state)
  const isRecorded =
    confirmedVersion == null
      ? schema?.source === to?.source && schema?.version === to?.version
      : confirmedVersion === to?.version
  return { action: isRecorded ? 'none' : 'confirm', to }
}

/** Returns the schemas that a database has, as far as their record, Mathesar's or their objects name them. */
export function presentSchema(
  state: SchemaState,
  { confirmedVersion }: Pick<Known, 'confirmedVersion'>,
): PresentSchema | null {
  if (state.kind === 'ours') return storedSchemaOf(state)
  if (state.kind !== 'foreign') return null
  const { releases } = state
  const proved = releases !== null && releases.oldest === releases.newest ? releases.oldest : null
  const isRecorded = isKnown(confirmedVersion) && mayBeOf(releases, confirmedVersion)
  return { source: 'mathesar', version: isRecorded ? confirmedVersion : proved, release: releases }
}

function isKnown(version: string | null | undefined): version is string {
  return version != null && version !== NO_SQL_VERSION
}

/** Names the version of schemas that are not whole. */
function laterText(state: SchemaState, source: SchemaSource): string {
  if (state.kind === 'ours') return versionText({ ...source, version: state.record.version })
  return releasesText(state.kind === 'remains' ? state.releases : null)
}

function isLaterRecord(state: SchemaState, { version, checksum }: SchemaSource): boolean {
  return (
    state.kind === 'ours' &&
    state.record.checksum !== checksum &&
    isLaterVersion(state.record.version, version)
  )
}

/** A database has the SQL of a later version than that of the source, or Mathesar recorded one. */
export class LaterVersionError extends OperatorError {
  static override readonly kind = 'later version'
}

/** The row of a result names the database: the sentence is the same for all that are later. */
function laterVersion(present: string, source: SchemaSource): OperatorError {
  const isRelease = source.generation === 'modern'
  return new LaterVersionError(
    'SCHEMA_CONFLICT',
    `The schemas are those of ${present}. ${versionText(source)} is earlier, and its SQL does not take their place.`,
    isRelease
      ? 'Use the SQL of that release or of a later one, with --release or --schema-source.'
      : 'Use a mathesarctl of that version or a later one.',
    { data: { version: present } },
  )
}

function versionText({ generation, version }: Pick<SchemaSource, 'generation' | 'version'>): string {
  return generation === 'modern' ? `Mathesar ${version}` : `mathesarctl ${version}`
}
