import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isInterruption, usageError } from '../errors.ts'
import { makeDirectories } from '../make-directories.ts'
import { type Artifact, describeArtifact } from './artifact.ts'
import { billOfMaterials } from './bill-of-materials.ts'
import { writeChecksums } from './checksums.ts'
import { contextMaker } from './context.ts'
import { epochOf } from './epoch.ts'
import { placeArtifact, sweepUnfinished } from './files/artifact-file.ts'
import { artifactError, buildFileError } from './files/file-errors.ts'
import { type FormatJob, formatJobs, type RunPlan } from './format-job.ts'
import { requirePrograms } from './programs/require-programs.ts'
import type { BuildRequest } from './request.ts'

/**
 * Builds artifacts, with their checksums and their bill of materials beside them. It writes only whole
 * artifacts into the directory, and keeps those of other versions.
 *
 * Errors: `USAGE` if a setting or a program is missing, before it builds anything, or if it can't write
 * files; `INTERNAL` if the disk is full; the signal's own reason if the signal ended the run; those of
 * the formats.
 *
 * @returns all artifacts of this run, in the order in which they were written
 */
export async function buildArtifacts(request: BuildRequest): Promise<readonly Artifact[]> {
  try {
    return await build(request)
  } catch (error) {
    if (isInterruption(error)) throw error
    // Programs and streams that the signal ends report it in words of their own.
    request.signal?.throwIfAborted()
    throw buildFileError(error, request.out)
  }
}

async function build(request: BuildRequest): Promise<readonly Artifact[]> {
  const { payload, out, env, signal } = request
  const jobs = await formatJobs(request)
  const epoch = epochOf(env, payload)
  const { name, version } = payload.about
  await checkJobs(jobs, {
    name,
    version,
    formats: request.formats,
    out,
    epoch,
    env,
    signal,
    isOwnExecutable: async (path) => (await payload.isOwnExecutable?.(path, signal)) ?? true,
  })
  try {
    makeDirectories(out)
  } catch (error) {
    throw artifactError(error, out)
  }
  await sweepUnfinished(out)
  const artifacts: Artifact[] = []
  const report = async (format: Artifact['format'], path: string) => {
    const artifact = await describeArtifact(format, path, out)
    artifacts.push(artifact)
    request.onProgress?.({ type: 'artifact', artifact })
  }
  return await withScratchDirectory(async (scratch) => {
    const contextOf = contextMaker(request, { scratch, epoch }, artifacts)
    for (const job of jobs) {
      for (const path of await job.build(contextOf(job.name, job.platforms))) {
        signal?.throwIfAborted()
        await report(job.name, path)
      }
    }
    const bill = `${payload.about.name}-${payload.about.version}.cdx.json`
    const content = billOfMaterials(payload.about, await payload.components(), epoch)
    await report('sbom', await placeArtifact({ out }, bill, { content }))
    await report('checksums', await writeChecksums(artifacts, out))
    return artifacts
  })
}

/**
 * Checks everything that can be wrong before a format builds: first the settings, then the programs, then
 * what the programs read.
 */
async function checkJobs(jobs: readonly FormatJob[], plan: RunPlan): Promise<void> {
  for (const job of jobs) await job.checkSettings(plan)
  await requirePrograms(
    jobs.flatMap(({ programs }) => programs),
    plan.env,
  )
  for (const job of jobs) await job.checkInput(plan)
}

/**
 * Runs a function with a directory for temporary files, and deletes the directory afterwards. Errors: `USAGE`
 * if the place for such directories does not exist.
 */
async function withScratchDirectory<Result>(run: (path: string) => Promise<Result>): Promise<Result> {
  const path = await mkdtemp(join(tmpdir(), 'mathesarctl-build-')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw usageError(
      `The directory ${tmpdir()} for temporary files does not exist.`,
      'Name another one in TMPDIR.',
    )
  })
  // A second Ctrl-C ends the process without waiting for `finally`.
  const sweep = () => rmSync(path, { recursive: true, force: true })
  process.on('exit', sweep)
  try {
    return await run(path)
  } finally {
    await rm(path, { recursive: true, force: true })
    process.off('exit', sweep)
  }
}
