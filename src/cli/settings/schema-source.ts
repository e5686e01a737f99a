import {
  bundledSource,
  isOwnVersionIn,
  LegacyReleaseError,
  mayWorkIn,
  NoReleaseError,
  readRelease,
  releaseSource,
} from '../../databases/interface/schema-source.ts'
import { OperatorError, usageError } from '../../errors.ts'
import { joinHints } from '../../hint.ts'
import type { SchemaSource } from '../../schema/sources/types.ts'
import type { Store } from '../../store/types.ts'
import type { Invocation } from '../invocation.ts'
import { releaseRangeText } from '../render/release-range.ts'
import { BUNDLED } from './bundled.ts'
import type { TreeKind } from './discovery/release-trees.ts'
import { fetchSource } from './fetch-source.ts'
import { bundledOnModern, copyHint, releaseMissing } from './release-missing.ts'
import { releaseNeed } from './release-need.ts'
import { treesAtHand } from './source-at-hand.ts'

/** The flags that choose the SQL of the Mathesar schemas, as commander returns them. */
export interface SourceFlags {
  /** `bundled`, or the path of a release's tree, its tarball, or its `db/sql`. */
  schemaSource?: string
  /** The release: whose SQL is fetched, or to which `db/sql` alone belongs. */
  release?: string
  /** The SHA-256 that a tarball must have. */
  releaseChecksum?: string
}

/** Where the SQL comes from: what a flag or the configuration named, or a tree that was found. */
export type SourceOrigin =
  | { kind: 'bundled' }
  /** `isNamed`: the files there do not state their version, and the operator names it. */
  | { kind: 'path'; path: string; isNamed?: true }
  /** `path` is where its tarball is: in the cache, or an address. */
  | { kind: 'release'; release: string; path: string }
  | { kind: 'found'; path: string; how: TreeKind }

/** The SQL that a command uses, and where it comes from. */
export interface ChosenSource {
  source: SchemaSource
  origin: SourceOrigin
}

type SourceInvocation = Pick<Invocation, 'globals' | 'env' | 'terminal' | 'signal'>
type SourceStore = Pick<Store, 'capabilities' | 'mathesar'>

/** What a flag, or else the configuration, says of the source; `by` names the place. */
type Wanted =
  | { kind: 'none' }
  | { kind: 'bundled'; by: string }
  | ({ kind: 'path'; path: string; release: string | null } & WantedRelease)
  | ({ kind: 'release'; release: string } & WantedRelease)

interface WantedRelease {
  checksum: string | null
  by: string
  /** A flag says it, for this run; otherwise the configuration does, for whatever Mathesar is used. */
  isFlag: boolean
}

/**
 * Returns the source of the SQL: what the flags name, else what the Mathesar of the store needs, as far as
 * this machine has it. Errors: as `chooseSchemaSource`.
 *
 * @param store the internal database; `null` for a database that is not stored
 */
export async function resolveSchemaSource(
  invocation: SourceInvocation,
  flags: SourceFlags,
  store: SourceStore | null,
): Promise<SchemaSource> {
  return (await chooseSchemaSource(invocation, flags, store)).source
}

/**
 * Chooses the source of the SQL, strongest first: `--schema-source` with or without `--release`, `--release`
 * alone, the same two of the configuration, and for a live Mathesar of 0.2.0 or later a tree of a release
 * that is found on this machine. In all other cases it is the bundled SQL. A release that the configuration
 * names does not count for a Mathesar before 0.2.0, which none has the SQL for.
 *
 * Errors: `USAGE` for a source that can't be read or that the Mathesar of the store can't work with;
 * `ReleaseSourceMissing` where that needs a release and none is named or found; the reason of the signal.
 */
export async function chooseSchemaSource(
  invocation: SourceInvocation,
  flags: SourceFlags,
  store: SourceStore | null,
): Promise<ChosenSource> {
  const chosen = await findSchemaSource(invocation, flags, store)
  const { source, origin } = chosen
  if (origin.kind !== 'bundled') warnOfMisfit(invocation, chosen, store)
  const place = origin.kind === 'bundled' ? '' : ` of ${origin.path}`
  const how = origin.kind === 'found' ? `, ${FOUND_BY[origin.how]}` : ''
  invocation.terminal.trace(`SQL of the Mathesar schemas: ${source.name} ${source.version}${place}${how}`)
  return chosen
}

/** Chooses the source as `chooseSchemaSource`, and reports nothing. */
export function findSchemaSource(
  invocation: SourceInvocation,
  flags: SourceFlags,
  store: SourceStore | null,
): Promise<ChosenSource> {
  return choose(invocation, wantedSource(invocation, flags), store)
}

/** How a tree was found, as the end of a line. */
const FOUND_BY: Readonly<Record<TreeKind, string>> = {
  beside: 'found beside the .env file',
  package: 'found where packages put it',
  launcher: 'found by the launcher "mathesar" of PATH',
}

async function choose(
  invocation: SourceInvocation,
  wanted: Wanted,
  store: SourceStore | null,
): Promise<ChosenSource> {
  const generation = store?.capabilities.generation ?? null
  if (wanted.kind === 'bundled' || (wanted.kind === 'none' && generation !== 'modern')) {
    if (generation === 'modern' && wanted.kind === 'bundled') {
      throw bundledOnModern(await releaseNeed(invocation.globals, store), wanted.by)
    }
    return { source: bundledSource(), origin: { kind: 'bundled' } }
  }
  if (wanted.kind === 'none') return await findSource(invocation, store)
  if (generation === 'legacy') {
    if (wanted.isFlag) throw releaseOnLegacy(wanted.by)
    return { source: bundledSource(), origin: { kind: 'bundled' } }
  }
  try {
    return await namedSource(invocation, wanted)
  } catch (error) {
    // A Mathesar that the run names may be one of today, which can't work with the bundled SQL.
    if (error instanceof NoReleaseError && generation === null && invocation.globals.live === null) {
      throw withBundled(error)
    }
    // The hint of the error is for a Mathesar 0.1.x, or for none.
    if (generation !== 'modern' || !(error instanceof LegacyReleaseError)) throw error
    throw error.with({ hint: copyHint(await releaseNeed(invocation.globals, store)) })
  }
}

/** Returns the source that a path or a release names. Errors: `USAGE`; the reason of the signal. */
async function namedSource(
  invocation: SourceInvocation,
  wanted: Extract<Wanted, { kind: 'path' | 'release' }>,
): Promise<ChosenSource> {
  const { release, checksum } = wanted
  if (wanted.kind === 'release') {
    const { source, place } = await fetchSource(invocation, wanted.release, checksum)
    return { source, origin: { kind: 'release', release: wanted.release, path: place } }
  }
  const { path } = wanted
  const { signal } = invocation
  const files = await readRelease(path, { release, checksum, signal })
  const source = releaseSource(files)
  return { source, origin: { kind: 'path', path, ...(files.isNamed ? { isNamed: true } : {}) } }
}

/** Returns the error of a path without a release with a hint at the word that is no path. */
function withBundled(error: NoReleaseError): NoReleaseError {
  return error.with({
    hint: joinHints(error.hint, `Or name ${BUNDLED}: that is the SQL that mathesarctl contains.`),
  })
}

function wantedSource({ globals }: SourceInvocation, flags: SourceFlags): Wanted {
  const { config, files } = globals
  const isFlag = flags.schemaSource !== undefined || flags.release !== undefined
  const [path, release] = isFlag
    ? [flags.schemaSource, flags.release]
    : [config['schema-source'], config.release]
  const by = (key: string) => (isFlag ? `--${key}` : `${key} of ${files.config ?? 'config.yaml'}`)
  if (path === '') {
    throw usageError('--schema-source names nothing.', 'Pass bundled, or a path.', 'schema-source')
  }
  if (path === BUNDLED) {
    if (release !== undefined) {
      throw usageError(
        `The bundled SQL is of no release, and ${by('release')} names ${JSON.stringify(release)}.`,
        'Leave out one of --schema-source and --release.',
        'release',
      )
    }
    return { kind: 'bundled', by: by('schema-source') }
  }
  const checksum = flags.releaseChecksum ?? null
  if (path !== undefined) {
    return { kind: 'path', path, release: release ?? null, checksum, by: by('schema-source'), isFlag }
  }
  if (release !== undefined) return { kind: 'release', release, checksum, by: by('release'), isFlag }
  if (checksum === null) return { kind: 'none' }
  throw usageError(
    '--release-checksum is that of a tarball, and none is named.',
    'Name the release with --release, or its tarball with --schema-source.',
    'release-checksum',
  )
}

/** Finds the tree of the release that a live Mathesar needs. Errors: as `chooseSchemaSource`. */
async function findSource(invocation: SourceInvocation, store: SourceStore | null): Promise<ChosenSource> {
  const { globals, signal } = invocation
  const need = await releaseNeed(globals, store)
  const trees = treesAtHand(invocation)
  const problems: string[] = []
  const others: ChosenSource[] = []
  for (const { kind: how, path, trust } of trees) {
    try {
      const source = releaseSource(await readRelease(path, { trust, signal }))
      const chosen: ChosenSource = { source, origin: { kind: 'found', path, how } }
      if (need.releases === null || isOwnVersionIn(source.version, need.releases)) return chosen
      problems.push(`${path} is Mathesar ${source.version}.`)
      // A newer tree beside the .env file waits for its Mathesar to be restarted.
      if (how === 'beside' || mayWorkIn(source.version, need.releases)) others.push(chosen)
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      problems.push(error.message)
    }
  }
  const [other] = others
  if (other === undefined) throw releaseMissing(need, problems)
  return other
}

/** Warns of a release that has other tables than the internal database: its SQL is for another Mathesar. */
function warnOfMisfit(
  { terminal }: SourceInvocation,
  { source: { version }, origin }: ChosenSource,
  store: SourceStore | null,
): void {
  const releases = store?.mathesar?.releases ?? null
  if (releases === null) return
  if (mayWorkIn(version, releases)) {
    if (isOwnVersionIn(version, releases) || origin.kind !== 'path' || !origin.isNamed) return
    terminal.warn(
      `--release calls this SQL that of Mathesar ${version}, which it does not state itself, and this ` +
        `internal database is that of Mathesar ${releaseRangeText(releases)} as far as mathesarctl knows.`,
      'Check the number: the SQL of an earlier release does not take the place of what is recorded as a ' +
        'later one. After a mistake, "mathesarctl schema install NAME --existing-schema replace" with the ' +
        'right number corrects the record of a database.',
    )
    return
  }
  terminal.warn(
    `The SQL is that of Mathesar ${version}, and this internal database is that of Mathesar ` +
      `${releaseRangeText(releases)}.`,
    'A Mathesar works with the SQL of its own release. Upgrade that Mathesar too, or name its release.',
  )
}

function releaseOnLegacy(by: string): OperatorError {
  return usageError(
    `This Mathesar is 0.1.4 to 0.1.7, and no release's SQL (${by}) works with it.`,
    'Leave out --schema-source and --release: the bundled SQL has the interface of 0.1.4 to 0.1.7.',
    'schema-source',
  )
}
