import { isAbsolute, join, resolve } from 'node:path'
import type { ComposeProject } from '../../databases/interface/compose.ts'
import { LAST_KNOWN_RELEASE, mayWorkIn } from '../../databases/interface/schema-source.ts'
import { OperatorError } from '../../errors.ts'
import { joinHints, shellQuoted, toRun } from '../../hint.ts'
import type { ReleaseRange } from '../../store/types.ts'
import { releaseRangeText } from '../render/release-range.ts'

/**
 * A Mathesar of 0.2.0 or later works on a user database with the SQL of its own release alone, and nothing
 * names that.
 */
export class ReleaseSourceMissing extends OperatorError {
  static override readonly kind = 'release source missing'
}

/** What is known of the Mathesar that needs the SQL. */
export interface ReleaseNeed {
  /** The releases that fit its internal database; `null` if none is known. */
  releases: ReleaseRange | null
  /** Its Compose project; `null` if it has none, or none that is known. */
  project: ComposeProject | null
  /** It runs in a container. */
  isInContainer: boolean
  /** The configuration file, which can name the SQL for every run; `null` if there is no place for one. */
  configFile: string | null
}

/** The name of the container in the Compose file that Mathesar publishes. */
const CONTAINER = 'mathesar_service'

/** The directory that the copy of the SQL goes to. */
const COPY = 'mathesar-sql'

/**
 * Returns the error for a Mathesar whose release's SQL is needed and not there (`USAGE`). Its hint names the
 * command that copies the SQL out of the container, and the flags that use it.
 *
 * @param problems why trees that are there can't be used, each as a sentence
 */
export function releaseMissing(need: ReleaseNeed, problems: readonly string[] = []): ReleaseSourceMissing {
  const sentence =
    'This Mathesar needs the SQL of its own release, and this machine has none that can be used.'
  return new ReleaseSourceMissing('USAGE', [sentence, ...problems].join(' '), copyHint(need), {
    field: 'schema-source',
  })
}

/** Returns the error for the bundled SQL on a Mathesar that can't work with it (`USAGE`). */
export function bundledOnModern(need: ReleaseNeed, by: string): ReleaseSourceMissing {
  return new ReleaseSourceMissing(
    'USAGE',
    `The bundled SQL (${by}) is that of Mathesar 0.1.4 to 0.1.7: this Mathesar would no longer work on the database.`,
    copyHint(need),
    { field: 'schema-source' },
  )
}

/** Returns how to get the SQL of a release: from the container, the installation, or by a download. */
export function copyHint({ releases, project, isInContainer, configFile }: ReleaseNeed): string {
  const known = knownRelease(releases, project)
  const release = known ?? 'V'
  const directory = project === null ? COPY : join(project.directory, COPY)
  const copy =
    project === null
      ? toRun('If it runs in a container, copy its SQL out:', copyCommand('docker cp', CONTAINER))
      : toRun(
          `Copy its SQL out of the container, in the directory ${isAbsolute(project.directory) ? project.directory : '.'}:`,
          copyCommand('docker compose cp', project.service),
        )
  return joinHints(
    copy,
    toRun(
      'Then name the copy and its release:',
      `--schema-source ${shellQuoted(directory)} --release ${release}`,
    ),
    configFile === null
      ? ''
      : toRun(
          `Or name both for every run, in ${configFile}:`,
          `schema-source: ${yamlText(resolve(directory))}`,
          `release: ${release}`,
        ),
    `With --release ${release} alone, mathesarctl downloads the SQL.`,
    isInContainer
      ? ''
      : 'An installation without a container is named by its directory: --schema-source DIRECTORY.',
    known === null ? whichRelease(releases) : '',
  )
}

/**
 * Returns the release that the Mathesar is: that of the image in its Compose file, unless it can't have these
 * tables, or else the only one that has them. `null` if several can be it: later releases than all known ones
 * may have the same tables.
 */
function knownRelease(releases: ReleaseRange | null, project: ComposeProject | null): string | null {
  const ofImage = project?.release ?? null
  if (ofImage !== null && (releases === null || mayWorkIn(ofImage, releases))) return ofImage
  const isOne = releases !== null && releases.oldest === releases.newest
  return isOne && releases.newest !== LAST_KNOWN_RELEASE ? releases.oldest : null
}

function whichRelease(releases: ReleaseRange | null): string {
  const shown = 'V is the release that your Mathesar shows'
  if (releases === null) return `${shown}, such as ${LAST_KNOWN_RELEASE}.`
  const range = releaseRangeText(releases)
  const isOne = releases.oldest === releases.newest
  return releases.newest === LAST_KNOWN_RELEASE
    ? `${shown}: ${range}, or a later one.`
    : `${shown}: ${isOne ? range : `one of ${range}`}.`
}

/** Returns a path as a value in YAML. */
function yamlText(path: string): string {
  return /^[\w./+-]+$/.test(path) ? path : JSON.stringify(path)
}

/**
 * Returns the command that copies the SQL out of a container. It removes an earlier copy first, since the new
 * one would go below it.
 */
function copyCommand(copy: string, container: string): string {
  return `rm -rf ${COPY} && ${copy} ${shellQuoted(container)}:/code/db/sql ${COPY}`
}
