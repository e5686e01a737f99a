import { shellQuoted, toRun } from '../hint.ts'
import { countMissing } from '../schema/inspect/releases.ts'
import { releasesText } from '../schema/inspect/remains.ts'
import { compareVersions, isLaterVersion } from '../schema/sources/compare-versions.ts'
import { descriptionOf } from '../schema/sources/known.ts'
import { mayWorkIn } from '../schema/sources/release/version.ts'
import type { SchemaState } from '../schema/types.ts'
import { NO_SQL_VERSION, type ReleaseRange, type StoredDatabase } from '../store/types.ts'
import { type Generation, generationOf } from './fitting-source.ts'
import { sourceFlagsText } from './source-text.ts'

/*
 * A Mathesar works on a user database with the SQL of its own release alone. After an upgrade of Mathesar the
 * databases still have the SQL of the earlier one.
 */

/** What is known of the SQL that the Mathesar of an internal database needs. */
export interface NeededSql {
  generation: Generation | null
  /** The releases that fit its internal database; `null` if none is known. */
  releases: ReleaseRange | null
  /** The version that its release gives itself, from its tree on this machine; `null` if there is none. */
  version: string | null
  /** An upgrade finds the SQL that its Mathesar needs, without flags that name it. */
  isAtHand: boolean
}

/** Why a Mathesar can't work on a database, or not for sure, and what to do about it. */
export interface Misfit {
  message: string
  hint: string
}

/**
 * Returns whether the SQL of a release is earlier or later than what a Mathesar needs, as far as that is
 * known for sure; `null`: it may be what it needs.
 */
export function compareWithNeeded(
  sql: string,
  { releases, version }: Pick<NeededSql, 'releases' | 'version'>,
): 'earlier' | 'later' | null {
  if (sql === NO_SQL_VERSION) return 'earlier'
  if (version !== null) {
    const order = compareVersions(sql, version)
    return order === 0 ? null : order < 0 ? 'earlier' : 'later'
  }
  if (releases === null || mayWorkIn(sql, releases)) return null
  return isLaterVersion(sql, releases.newest) ? 'later' : 'earlier'
}

/** Returns how many objects the schemas of a stored database lack for sure: see `countMissing`. */
export function missingObjects(state: SchemaState, stored: Pick<StoredDatabase, 'confirmedVersion'>): number {
  return countMissing(state, recordedRelease(stored))
}

/** Returns the release whose SQL Mathesar recorded for a database; `null`: none. */
export function recordedRelease({
  confirmedVersion,
}: Pick<StoredDatabase, 'confirmedVersion'>): string | null {
  return confirmedVersion === NO_SQL_VERSION ? null : (confirmedVersion ?? null)
}

/** Returns what a database of a Mathesar 0.1.x is that a later Mathesar works on by now. */
export function usedByLater(state: SchemaState, name: string, database: string): Misfit {
  return {
    message:
      `A later Mathesar uses database "${database}" now: its schemas are those of ${presentText(state)}. ` +
      'This Mathesar 0.1.x can no longer work on it.',
    hint: toRun(
      'Work on the database in that Mathesar. To remove the record here, which leaves the database as it is, run:',
      `mathesarctl db remove ${shellQuoted(name)}`,
    ),
  }
}

/**
 * Returns why the Mathesar of the internal database can't work with the schemas of a database, or does not
 * count them as current; `null` if nothing shows that.
 *
 * @param state complete schemas
 */
export function findMisfit(
  state: SchemaState,
  { name, database, confirmedVersion }: Pick<StoredDatabase, 'name' | 'database' | 'confirmedVersion'>,
  needed: NeededSql,
): Misfit | null {
  if (needed.generation === null) return null
  const present = generationOf(state)
  if (needed.generation === 'legacy') {
    return present === 'modern' ? usedByLater(state, name, database) : null
  }
  const upgrade = toRun(
    `Bring them to the SQL of its release${sourceFlagsText(needed.isAtHand)}:`,
    `mathesarctl db upgrade ${shellQuoted(name)}`,
  )
  const inDatabase = present === 'legacy' ? 'earlier' : comparePresent(state, needed)
  if (inDatabase !== null) {
    return {
      message:
        `Database "${database}" has the schemas of ${presentText(state)}, and this Mathesar is ` +
        `${neededText(needed)}.`,
      hint: inDatabase === 'later' ? LATER : upgrade,
    }
  }
  if (confirmedVersion == null) return null
  if (confirmedVersion === NO_SQL_VERSION) {
    return {
      message:
        `Database "${database}" has the schemas of ${presentText(state)}, and the internal database ` +
        'records that none are installed: for Mathesar, the database needs an upgrade.',
      hint: upgrade,
    }
  }
  const recorded = compareWithNeeded(confirmedVersion, needed)
  const isOther = state.kind === 'ours' && compareVersions(confirmedVersion, state.record.version) !== 0
  if (recorded === null && !isOther) return null
  return {
    message:
      `For database "${database}" the internal database records the schemas of Mathesar ${confirmedVersion}, ` +
      (recorded === null
        ? `and they are those of ${presentText(state)}.`
        : `and this Mathesar is ${neededText(needed)}.`),
    hint: recorded === 'later' ? LATER : upgrade,
  }
}

const LATER =
  'A Mathesar works with the SQL of its own release, and that of a later one is never replaced: upgrade this ' +
  'Mathesar to that release.'

function comparePresent(state: SchemaState, needed: NeededSql): ReturnType<typeof compareWithNeeded> {
  if (state.kind === 'ours') return compareWithNeeded(state.record.version, needed)
  if (state.kind !== 'foreign' || state.releases === null) return null
  const { oldest, newest } = state.releases
  if (compareWithNeeded(oldest, needed) === 'later') return 'later'
  return newest !== null && compareWithNeeded(newest, needed) === 'earlier' ? 'earlier' : null
}

function presentText(state: SchemaState): string {
  if (state.kind === 'foreign') return releasesText(state.releases)
  if (state.kind !== 'ours') return 'a Mathesar'
  const { version } = state.record
  const description = descriptionOf(state.record)
  return description?.generation === 'modern'
    ? `Mathesar ${version}`
    : (description?.mathesar ?? 'a Mathesar')
}

/** Returns the release of a Mathesar as far as it is known, such as `0.11.0`. */
export function neededText({ releases, version }: Pick<NeededSql, 'releases' | 'version'>): string {
  if (version !== null) return version
  if (releases === null) return '0.2.0 or later'
  const { oldest, newest } = releases
  return oldest === newest ? oldest : `one of ${oldest} to ${newest}`
}
