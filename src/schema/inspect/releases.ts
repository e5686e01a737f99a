import { compareVersions } from '../sources/compare-versions.ts'
import type { MathesarReleases, RoutineCounts, SchemaOrigin } from '../sources/types.ts'

/** What a Mathesar's own install has and lacks. */
type ForeignContents = Pick<Extract<SchemaOrigin, { kind: 'foreign' }>, 'routines' | 'missingTables'>

/** Mathesar's releases by the number of routines that a clean install of each leaves. */
interface ReleaseLine extends Required<MathesarReleases> {
  msar: number
  __msar: number
  /**
   * A routine that this line has and no earlier one, as `regprocedure` prints it; null if there is none.
   */
  feature: string | null
}

const LEGACY: readonly ReleaseLine[] = [
  { oldest: '0.1.3', newest: '0.1.3', msar: 72, __msar: 31, feature: null },
  { oldest: '0.1.4', newest: '0.1.7', msar: 76, __msar: 35, feature: null },
]

/** In the order of the releases: a later one has the features of all earlier ones. */
const MODERN: readonly ReleaseLine[] = [
  { oldest: '0.2.0', newest: '0.2.0', msar: 582, __msar: 35, feature: null },
  {
    oldest: '0.2.1',
    newest: '0.2.1',
    msar: 568,
    __msar: 31,
    feature: 'msar.drop_schemas(regnamespace[])',
  },
  { oldest: '0.2.2', newest: '0.2.2', msar: 572, __msar: 32, feature: 'msar.cast_to_uuid(text)' },
  { oldest: '0.2.3', newest: '0.2.5', msar: 440, __msar: 32, feature: null },
  {
    oldest: '0.3.0',
    newest: '0.3.0',
    msar: 444,
    __msar: 32,
    feature: 'msar.set_not_null(regclass,smallint,boolean)',
  },
  { oldest: '0.4.0', newest: '0.4.0', msar: 446, __msar: 32, feature: 'msar.format_data(jsonb)' },
  { oldest: '0.5.0', newest: '0.5.0', msar: 453, __msar: 32, feature: 'msar.form_insert(jsonb,jsonb)' },
  {
    oldest: '0.6.0',
    newest: '0.6.0',
    msar: 456,
    __msar: 32,
    feature: 'msar.reset_mash(regclass,smallint,jsonb)',
  },
  {
    oldest: '0.7.0',
    newest: '0.7.1',
    msar: 472,
    __msar: 27,
    feature: 'msar.add_temp_table(text,__msar.col_def[])',
  },
  {
    oldest: '0.8.0',
    newest: '0.8.0',
    msar: 478,
    __msar: 27,
    feature: 'msar.build_column_expr(text,jsonb)',
  },
  {
    oldest: '0.9.0',
    newest: '0.11.0',
    msar: 479,
    __msar: 17,
    feature: 'msar.add_column(regclass,jsonb,boolean)',
  },
]

/**
 * The routine that Mathesar's own removal runs. A clean install has none; an unfinished removal leaves it.
 */
export const REMOVER = 'msar.drop_all_msar_objects(text[],boolean,boolean)'

/** The table in `msar` that goes with the remover. */
export const REMOVER_TABLE = 'all_mathesar_objects'

/** Tables of `msar` that releases before 0.2.0 do not have. */
export const MODERN_TABLES = ['top_level_domains', 'expr_templates', REMOVER_TABLE] as const

/** Those of them that an install of each of these releases leaves. */
export const RELEASE_TABLES = MODERN_TABLES.filter((name) => name !== REMOVER_TABLE)

/** Routines whose presence identifies the release. */
export const FEATURES: readonly string[] = MODERN.flatMap(({ feature }) =>
  feature === null ? [] : [feature],
)

/**
 * With fewer routines than this in `msar` nothing works: half of what the smallest release before 0.2.0 has,
 * or from then on. `legacyCasts`: routines in `mathesar_types`, where releases before 0.2.0 have all 469 of
 * their casts and helpers.
 */
export const FEWEST = { legacy: half(LEGACY), modern: half(MODERN), legacyCasts: 100 } as const

function half(lines: readonly ReleaseLine[]): number {
  return Math.ceil(Math.min(...lines.map(({ msar }) => msar)) / 2)
}

/**
 * Returns which releases an install of 0.2.0 or later may be of: by the counts, else by the latest feature.
 */
export function modernReleases(counts: RoutineCounts, features: readonly string[]): MathesarReleases | null {
  const exact = MODERN.find((line) => line.msar === counts.msar && line.__msar === counts.__msar)
  if (exact !== undefined) return rangeOf([exact])
  const latest = MODERN.findLast(({ feature }) => feature !== null && features.includes(feature))
  if (latest === undefined) return null
  const next = MODERN[MODERN.indexOf(latest) + 1]
  if (next === undefined) return { oldest: latest.oldest, newest: null }
  // Nothing distinguishes a line without a feature of its own from the line before it.
  const following = MODERN.slice(MODERN.indexOf(next)).findIndex(({ feature }) => feature !== null)
  return rangeOf(MODERN.slice(MODERN.indexOf(latest), MODERN.indexOf(next) + Math.max(following, 0)))
}

/** Returns whether schemas may be those of a release, by the releases that they may come from. */
export function mayBeOf(releases: MathesarReleases | null, release: string): boolean {
  if (releases === null) return true
  const { oldest, newest } = releases
  return compareVersions(release, oldest) >= 0 && (newest === null || compareVersions(release, newest) <= 0)
}

/** Returns whether this program knows what an install of a release from 0.2.0 on leaves. */
export function isKnownRelease(release: string): boolean {
  return MODERN.some((known) => mayBeOf(known, release))
}

/**
 * Returns how many objects schemas lack for sure: those of this program's install that are gone, or, of a
 * Mathesar's own install, the routines and tables that its release has. An upgrade by a Mathesar leaves what
 * something depends on, so its install may have more than a clean one.
 *
 * @param recorded the release that the Mathesar recorded; `null`: only what each release has that the schemas
 * may come from is known
 */
export function countMissing(origin: SchemaOrigin, recorded: string | null): number {
  if (origin.kind === 'ours') return origin.dropped
  if (origin.kind !== 'foreign') return 0
  const { releases, missingTables } = origin
  if (recorded === null) return releases === null || releases.newest === null ? 0 : missingTables.length
  return mayBeOf(releases, recorded) ? missingFromRelease(recorded, origin) : 0
}

/**
 * Returns how many routines and tables a Mathesar's own install lacks that a clean one of the release has; 0
 * for a release that this program does not know.
 */
export function missingFromRelease(release: string, { routines, missingTables }: ForeignContents): number {
  const line = MODERN.find((known) => mayBeOf(known, release))
  if (line === undefined) return 0
  const { msar, __msar } = line
  return missingTables.length + Math.max(0, msar - routines.msar) + Math.max(0, __msar - routines.__msar)
}

/** Returns which releases before 0.2.0 an install may be of. */
export function legacyReleases(counts: RoutineCounts): MathesarReleases {
  const exact = LEGACY.find((line) => line.msar === counts.msar && line.__msar === counts.__msar)
  return exact === undefined ? { oldest: '0.1.2', newest: '0.1.7' } : rangeOf([exact])
}

/**
 * Returns which releases the routines of `__msar` alone may be of. The loss of `msar` may have taken one of
 * them along.
 */
export function releasesOfInnerSchema(count: number): MathesarReleases | null {
  const all = [...LEGACY, ...MODERN]
  const exact = all.filter(({ __msar }) => __msar === count)
  return rangeOf(exact.length > 0 ? exact : all.filter(({ __msar }) => __msar === count + 1))
}

function rangeOf(lines: readonly ReleaseLine[]): MathesarReleases
function rangeOf(lines: readonly ReleaseLine[]): MathesarReleases | null {
  const [first] = lines
  const last = lines.at(-1)
  return first === undefined || last === undefined ? null : { oldest: first.oldest, newest: last.newest }
}
