import type { OperatorError } from '../errors.ts'
import { ExistingSchemaError } from '../schema/errors.ts'
import { countMissing } from '../schema/inspect/releases.ts'
import {
  foreignWarning,
  otherSourceText,
  releasesText,
  remainsError,
  remainsText,
} from '../schema/inspect/remains.ts'
import { laterError } from '../schema/install/succession.ts'
import type { SourceDescription, SourceVersion } from '../schema/sources/types.ts'
import type { SchemaState } from '../schema/types.ts'
import type { RunOptions } from './events.ts'
import type { ExistingSchemaChoice } from './existing-schema.ts'
import { generationOf } from './fitting-source.ts'

export { EXISTING_SCHEMA_CHOICES, type ExistingSchemaChoice } from './existing-schema.ts'

/**
 * What happens to the Mathesar schemas of a database:
 * - `install`: there are none, and all are installed;
 * - `complete`: some of the same source are there, or the types alone from anyone, and the rest is installed;
 * - `upgrade`: an earlier version of the same source is upgraded, or what the SQL of a release supersedes; or
 *   the same SQL runs again, because the operator wants it;
 * - `keep`: those of the same source stay as they are;
 * - `adopt`: those of another source or a Mathesar's own stay as they are;
 * - `replace`: a Mathesar's own, or remains, are replaced in place, never by cascading;
 * - `switch`: those of another source are replaced in place, never by cascading.
 */
export type SchemaAction = 'install' | 'complete' | 'upgrade' | 'keep' | 'adopt' | 'replace' | 'switch'

/** The source whose earlier versions are upgraded whatever the operator chose. */
const BUNDLED = 'bundled'

/** Returns whether an action changes anything in the user database. */
export function isSchemaWritten(action: SchemaAction): boolean {
  return action !== 'keep' && action !== 'adopt'
}

/** Returns whether an action replaces what another source or somebody else installed. */
export function isReplacement(action: SchemaAction): boolean {
  return action === 'replace' || action === 'switch'
}

/**
 * Chooses the action for schemas in that state; for schemas that the source did not install, the operator's
 * choice decides, and for those of an earlier release if the source is a release. Without a choice (null), a
 * Mathesar's own schemas are adopted; those of another source are an error, because nobody asked to keep
 * them. Remains are never adopted. `replace` repairs an install of the same SQL. Errors: `SCHEMA_CONFLICT`.
 */
export function chooseAction(
  state: SchemaState,
  choice: ExistingSchemaChoice | null,
  source: Pick<SourceDescription, 'follow' | 'generation'> & SourceVersion,
  database: string,
): SchemaAction {
  const succession = source.follow(source, state)
  switch (succession) {
    case 'switch':
      if (choice === 'adopt') return 'adopt'
      if (choice === 'replace') return 'switch'
      throw conflict(state, source)
    case 'supersede':
      if (choice === 'adopt') return 'adopt'
      if (choice === 'refuse') throw conflict(state, source)
      return 'upgrade'
    case 'adopt':
      if (choice === 'refuse') throw conflict(state, source)
      return choice ?? 'adopt'
    case 'complete':
      if (state.kind !== 'remains') return 'complete'
      if (choice === 'replace') return 'replace'
      if (choice === 'refuse') throw remainsError(state, database, false)
      return 'complete'
    case 'later':
      // A replacement first drops what is there, whatever the SQL of the source knows of it.
      if (choice === 'replace' && state.kind === 'remains') return 'replace'
      throw laterError(source, state, database)
    case 'refuse':
      if (choice === 'replace') return 'replace'
      if (state.kind === 'remains') throw remainsError(state, database, false)
      throw conflict(state, source)
    case 'upgrade':
      // No other program upgrades an earlier version of the bundled SQL.
      if (source.name === BUNDLED) return 'upgrade'
      if (choice === 'adopt') return 'keep'
      if (choice === 'refuse') throw conflict(state, source)
      return 'upgrade'
    case 'keep':
      return choice === 'replace' && canRepair(state, source) ? 'upgrade' : 'keep'
    default:
      return succession
  }
}

/** Warns before the schemas of a Mathesar are replaced: it can't work on the database any more. */
export function warnOfReplacement(
  state: SchemaState,
  action: SchemaAction,
  source: Pick<SourceDescription, 'name' | 'mathesar' | 'generation'>,
  options: RunOptions,
): void {
  if (!isReplacement(action)) return
  const { name, mathesar } = source
  const suitability = `The ${name} schemas are those of ${mathesar}.`
  if (state.kind === 'foreign') {
    options.onProgress?.({
      type: 'warning',
      message: foreignWarning(state),
      hint: `${suitability} To leave the schemas as they are, use --existing-schema adopt.`,
    })
  } else if (state.kind === 'remains') {
    options.onProgress?.({
      type: 'warning',
      message: `The database has ${remainsText(state)}; the ${name} schemas replace them.`,
      hint: 'The types that columns may have are kept.',
    })
  } else if (state.kind === 'ours') {
    options.onProgress?.({
      type: 'warning',
      message:
        `The database has the Mathesar schemas ${otherSourceText(state.record)}; ` +
        `the ${name} ones take their place.${isOfLater(state, source) ? ` ${LATER_LOSES}` : ''}`,
      hint: `${suitability} To leave the schemas as they are, use --existing-schema adopt.`,
    })
  }
}

/** Warns that schemas which stay as they are lack objects of their install. */
export function warnOfDropped(
  state: SchemaState,
  action: SchemaAction,
  source: SourceVersion,
  options: RunOptions,
): void {
  const dropped = countMissing(state, null)
  if (isSchemaWritten(action) || dropped === 0) return
  options.onProgress?.({
    type: 'warning',
    message: `The database lacks ${droppedText(dropped)} of its Mathesar schemas: somebody dropped them.`,
    hint: `To restore them, ${restoringFlags(state, source)}.`,
  })
}

/** Returns what to do so that an install restores what is missing. */
function restoringFlags(state: SchemaState, source: SourceVersion): string {
  if (state.kind === 'foreign') {
    return `install the SQL of that release, with --release ${state.releases?.newest ?? 'VERSION'}`
  }
  if (state.kind !== 'ours' || canRepair(state, source)) return 'add --existing-schema replace'
  const { source: name, version } = state.record
  if (name !== BUNDLED) {
    return `install the SQL of that release, with --release ${version} --existing-schema replace`
  }
  return source.name === BUNDLED
    ? `use a mathesarctl of version ${version} or later`
    : 'install the bundled SQL, with --schema-source bundled --existing-schema replace'
}

/** Such as `147 objects`. */
export function droppedText(dropped: number): string {
  return dropped === 1 ? 'one object' : `${dropped} objects`
}

/**
 * Warns before the SQL of a release takes the place of what a Mathesar, or another source, installed: only a
 * Mathesar of that release can work with it.
 */
export function warnOfSuperseded(
  state: SchemaState,
  action: SchemaAction,
  source: SourceVersion,
  options: RunOptions,
): void {
  if (action !== 'upgrade' || (state.kind === 'ours' && state.record.source === source.name)) return
  const whose =
    state.kind === 'ours'
      ? otherSourceText(state.record)
      : `of ${releasesText(state.kind === 'foreign' ? state.releases : null)}`
  options.onProgress?.({
    type: 'warning',
    message:
      `The database has the Mathesar schemas ${whose}; those of Mathesar ${source.version} take their ` +
      'place. A Mathesar of another release that uses this database may no longer work on it.',
    hint: 'To leave the schemas as they are, use --existing-schema adopt.',
  })
}

/** What a replacement by the SQL of a Mathesar 0.1.x does to a later one. */
const LATER_LOSES = 'A later Mathesar that uses this database can then no longer work on it.'

/** Returns how to replace schemas, as the end of a sentence, and what that does to a later Mathesar. */
export function replaceHint(
  state: SchemaState,
  source: Pick<SourceDescription, 'name' | 'generation'>,
): string {
  const how = `--existing-schema replace to put the ${source.name} ones in their place.`
  return isOfLater(state, source) ? `${how} ${LATER_LOSES}` : how
}

/** Returns whether schemas are those of a later Mathesar than the 0.1.x that works with a source. */
function isOfLater(state: SchemaState, { generation }: Pick<SourceDescription, 'generation'>): boolean {
  return generation === 'legacy' && generationOf(state) === 'modern'
}

/**
 * Returns the error for schemas that the source did not install, where the operator did not choose what
 * becomes of them.
 */
function conflict(
  state: SchemaState,
  source: Pick<SourceDescription, 'generation'> & SourceVersion,
): OperatorError {
  const names = state.schemas.map((schema) => schema.name).join(', ')
  return new ExistingSchemaError(
    'SCHEMA_CONFLICT',
    state.kind === 'ours'
      ? `The database already has Mathesar schemas (${names}), those ${otherSourceText(state.record)}, ` +
          `and not ${otherSourceText({ source: source.name, version: source.version })}.`
      : `The database already has Mathesar schemas (${names}), and mathesarctl did not install them: ` +
          `they are those of ${releasesText(state.kind === 'foreign' ? state.releases : null)}.`,
    `Use --existing-schema adopt to keep them as they are, or ${replaceHint(state, source)}`,
    { field: 'existing-schema' },
  )
}

/**
 * Returns whether the same SQL has something to restore where it runs again. That of a release replaces what
 * was changed since, or recorded under another version by mistake.
 */
function canRepair(state: SchemaState, { name, checksum }: SourceVersion): boolean {
  if (state.kind !== 'ours' || state.record.checksum !== checksum) return false
  return name !== BUNDLED || state.dropped > 0
}
