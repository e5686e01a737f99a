import { createHash } from 'node:crypto'
import { createReadStream, existsSync, rmSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { OperatorError, usageError } from '../errors.ts'
import { makeDirectories } from '../make-directories.ts'
import { withRepositoryLock } from './apt/repository-lock.ts'
import { billOfMaterials } from './bill-of-materials.ts'
import { placeArtefact, sweepUnfinished } from './files/artifact-file.ts'
import { artefactError, buildFileError } from './files/file-errors.ts'
import { FORMATS } from './formats/index.ts'
import { FORMAT_NAMES } from './names.ts'
import { requirePrograms } from './programs/require-programs.ts'
import type {
  Artefact,
  BuildContext,
  BuildSettings,
  Format,
  FormatName,
  Payload,
  Platform,
  PlatformName,
} from './types.ts'

export const CHECKSUMS = 'SHA256SUMS'

const LOCK_ATTEMPTS = 100
const LOCK_PAUSE_MS = 50

export interface BuildRequest {
  payload: Payload
  /** Formats in any order. */
  formats: readonly FormatName[]
  /** Every format was asked for: what can't be built as things are is left out, with a warning. */
  everything?: boolean
  platforms: readonly Platform[]
  /** Where the artefacts go, absolute; it is made where it is missing. */
  out: string
  settings: BuildSettings
  env: NodeJS.ProcessEnv
  signal?: AbortSignal
  onProgress?: (event: BuildEvent) => void
}

/** What a build tells while it runs. */
export type BuildEvent =
  | { type: 'step'; format: FormatName; detail: string }
  | { type: 'artefact'; artefact: Artefact }
  | { type: 'warning'; message: string; hint: string }

/**
 * Builds artefacts, with their checksums and bill of materials beside them. The directory is written to only by whole
 * artefacts, and those of another version that are there stay.
 *
 * Errors: `USAGE` where a setting or a program is missing, before anything is built, or where files can't be written;
 * `INTERNAL` where the disk is full; the signal's own reason where it ended the run; those of the formats.
 *
 * @returns all artefacts of this run, in the order in which they were made
 */
export async function buildArtefacts(request: BuildRequest): Promise<readonly Artefact[]> {
  try {
    return await build(request)
  } catch (error) {
    // What was going on says in its own words that it was ended.
    request.signal?.throwIfAborted()
    throw buildFileError(error, request.out)
  }
}

async function build(request: BuildRequest): Promise<readonly Artefact[]> {
  const { payload, out, settings, env } = request
  const formats = await loadFormats(request)
  const plan = { name: payload.about.name, formats: request.formats, out, epoch: epochOf(env, payload) }
  for (const format of formats) await format.check?.(settings, env, plan)
  await requirePrograms(
    formats.flatMap(({ programs }) => programs),
    env,
  )
  try {
    makeDirectories(out)
  } catch (error) {
    throw artefactError(error, out)
  }
  await sweepUnfinished(out)
  const work = await mkdtemp(join(tmpdir(), 'mathesarctl-build-')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw usageError(
      `The directory ${tmpdir()} for temporary files is not there.`,
      'Name another one in TMPDIR.',
    )
  })
  // Whoever presses Ctrl-C twice does not wait for what is below.
  const sweep = () => rmSync(work, { recursive: true, force: true })
  process.on('exit', sweep)
  const made: Artefact[] = []
  const tell = async (format: Artefact['format'], path: string) => {
    const artefact = await describeArtefact(format, path, out)
    made.push(artefact)
    request.onProgress?.({ type: 'artefact', artefact })
  }
  try {
    const executables = new Map<PlatformName, Promise<string>>()
    for (const format of formats) {
      const context: BuildContext = {
        settings,
        platforms: [...new Set(request.platforms)],
        out,
        work,
        epoch: epochOf(env, payload),
        env,
        signal: request.signal,
        executable(platform) {
          if (!payload.executable) throw new Error(`${payload.about.name} is no executable`)
          const known = executables.get(platform.name) ?? payload.executable(platform, context)
          executables.set(platform.name, known)
          return known
        },
        made: () => made.map(({ file }) => join(out, file)),
        progress: (detail) => request.onProgress?.({ type: 'step', format: format.name, detail }),
        warn: (message, hint) => request.onProgress?.({ type: 'warning', message, hint }),
      }
      for (const path of await format.build(payload, context)) {
        request.signal?.throwIfAborted()
        await tell(format.name, path)
      }
    }
    const bill = `${payload.about.name}-${payload.about.version}.cdx.json`
    const parts = await billOfMaterials(payload, epochOf(env, payload))
    await tell('sbom', await placeArtefact({ out }, bill, { content: parts }))
    await tell('checksums', await writeChecksums(made, out))
    return made
  } finally {
    await rm(work, { recursive: true, force: true })
    process.off('exit', sweep)
  }
}

/** The formats that were asked for, in the order in which one may need another. */
async function loadFormats(request: BuildRequest): Promise<Format[]> {
  const { formats, payload, settings } = request
  const wanted = await Promise.all(
    FORMAT_NAMES.filter((name) => formats.includes(name)).map((name) => FORMATS[name]()),
  )
  const loaded = request.everything
    ? wanted.filter((format) => {
        const lack = format.accepts(payload) ? (format.lacks?.(settings) ?? null) : null
        if (lack) request.onProgress?.({ type: 'warning', ...lack })
        return format.accepts(payload) && lack === null
      })
    : wanted
  const refused = loaded.find((format) => !format.accepts(payload))
  if (refused === undefined) return loaded
  throw usageError(
    `There is no ${refused.name} package of ${payload.about.name}.`,
    'Leave that format out.',
    'format',
  )
}

/**
 * The time that everything in an artefact has, in seconds since 1970.
 *
 * Errors: `USAGE` if SOURCE_DATE_EPOCH is not such a number (https://reproducible-builds.org/specs/source-date-epoch/).
 */
export function epochOf(env: NodeJS.ProcessEnv, payload: Payload): number {
  const given = env.SOURCE_DATE_EPOCH
  if (given === undefined || given === '') return payload.epoch
  // ZIP archives can't hold a time before 1980, and gzip none that 32 bits can't.
  if (/^[0-9]{9,10}$/.test(given) && Number(given) >= 315_619_200 && Number(given) < 2 ** 32)
    return Number(given)
  throw usageError(
    `SOURCE_DATE_EPOCH is "${given}", which is no time in seconds since 1970 (from 1980 to 2105).`,
    'Set it to the time of the commit, git log -1 --format=%ct, or leave it out.',
  )
}

async function describeArtefact(format: Artefact['format'], path: string, out: string): Promise<Artefact> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return {
    format,
    file: relative(out, path),
    bytes: (await stat(path)).size,
    sha256: hash.digest('hex'),
  }
}

/**
 * Brings the checksums up to date. One run at a time, for each writes down again what the others did; it takes no time, so the
 * others wait.
 */
async function writeChecksums(made: readonly Artefact[], out: string): Promise<string> {
  for (let left = LOCK_ATTEMPTS; ; left--) {
    try {
      return await withRepositoryLock(join(out, `.${CHECKSUMS}.lock`), out, async () =>
        placeArtefact({ out }, CHECKSUMS, { content: await checksums(made, out) }),
      )
    } catch (error) {
      if (left === 0 || !(error instanceof OperatorError && error.code === 'LOCKED')) throw error
      await setTimeout(LOCK_PAUSE_MS)
    }
  }
}

/** As `sha256sum --check` reads it. What earlier runs have put into the directory, and is still there, stays in it. */
async function checksums(artefacts: readonly Artefact[], out: string): Promise<string> {
  const sums = new Map<string, string>()
  const before = await readFile(join(out, CHECKSUMS), 'utf8').catch(() => '')
  for (const [, sum = '', file = ''] of before.matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm))
    if (existsSync(join(out, file))) sums.set(file, sum)
  for (const { file, sha256 } of artefacts) sums.set(file, sha256)
  const files = [...sums.keys()].sort()
  return files.map((file) => `${sums.get(file)}  ${file}\n`).join('')
}
