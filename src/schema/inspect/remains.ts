import { RemainsError } from '../errors.ts'
import type { MathesarReleases, SchemaOrigin, SchemaRecord } from '../sources/types.ts'
import type { SchemaState } from './types.ts'

/** Such as `Mathesar 0.9.0 to 0.11.0`; if nothing says which, `a Mathesar`. */
export function releasesText(releases: MathesarReleases | null): string {
  if (releases === null) return 'a Mathesar'
  const { oldest, newest } = releases
  if (newest === null) return `Mathesar ${oldest} or later`
  return oldest === newest ? `Mathesar ${oldest}` : `Mathesar ${oldest} to ${newest}`
}

/** Whose schemas another source installed, such as `of the source "other", version 1.2`. */
export function otherSourceText({ source, version }: Pick<SchemaRecord, 'source' | 'version'>): string {
  return `of the source "${source}", version ${version}`
}

/** Returns what happens to the Mathesar whose schemas are replaced or removed. */
export function foreignWarning({ releases }: Extract<SchemaOrigin, { kind: 'foreign' }>): string {
  return (
    `mathesarctl did not install these schemas (they are those of ${releasesText(releases)}); ` +
    'a Mathesar that uses them will no longer work on this database.'
  )
}

/** Describes what is left in a few words. */
export function remainsText({ of, releases }: Extract<SchemaOrigin, { kind: 'remains' }>): string {
  switch (of) {
    case 'types':
      return 'only the types of an earlier install (mathesar_types)'
    case 'removal':
      return 'only what an unfinished removal by a Mathesar has left'
    case 'msar missing':
      return `the schemas of ${releasesText(releases)} without the functions of msar`
    case 'parts':
      return 'only parts of the Mathesar schemas'
  }
}

/**
 * Returns the error for the remains of Mathesar schemas, with which no Mathesar can work. `canComplete`:
 * whether an install restores what is missing.
 */
export function remainsError(
  state: Extract<SchemaState, { kind: 'remains' }>,
  database: string,
  canComplete = state.of === 'types',
): RemainsError {
  const names = state.schemas
    .map(({ name, objects }) => `${name} (${objects} ${objects === 1 ? 'object' : 'objects'})`)
    .join(', ')
  return new RemainsError(
    'SCHEMA_CONFLICT',
    `Database "${database}" has ${remainsText(state)}: ${names}. No Mathesar can work with that.`,
    canComplete
      ? 'Complete them by running "mathesarctl db add" again with the same values, or with ' +
          '"mathesarctl schema install"; the types stay.'
      : 'Let the Mathesar that used the database install its own schemas again, replace what is left with ' +
          '--existing-schema replace, or remove it with "mathesarctl schema remove".',
    { field: 'existing-schema', data: { remains: state.of, release: state.releases } },
  )
}
