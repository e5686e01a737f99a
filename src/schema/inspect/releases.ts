import { compareVersions } from '../sources/compare-versions.ts'
import type { MathesarReleases, RoutineCounts } from '../sources/types.ts'

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

/**
 * Returns how many routines an install of a release has less than a clean one; 0 for a release that this
 * program does not know. An upgrade leaves what something depends on, so an install may have more.
 */
export function missingRoutines(release: string, counts: RoutineCounts): number {
  const line = MODERN.find((known) => mayBeOf(known, release))
  if (line === undefined) return 0
  return Math.max(0, line.msar - counts.msar) + Math.max(0, line.__msar - counts.__msar)
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
