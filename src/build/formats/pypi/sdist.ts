import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipped } from '../../archives/gzip.ts'
import { writeTar } from '../../archives/tar.ts'
import { compressXz } from '../../archives/xz.ts'
import { placeArtifact } from '../../files/artifact-file.ts'
import type { About, BuildContext } from '../../types.ts'
import type { PypiProject } from './contents.ts'
import { dataFiles, licenseFiles, metadata, stem, wheelMetadata } from './metadata.ts'
import { moduleFiles } from './module.ts'
import type { Target } from './platform-tag.ts'
import backend from './python/backend.py'

/** pip shows this file to whoever unpacks the source distribution. */
const PYPROJECT = `# A build downloads and compiles nothing: this archive contains everything that a wheel contains.
[build-system]
requires = []
build-backend = "backend"
backend-path = ["build_backend"]
`

/** An executable that a source distribution carries, and where it runs. */
export interface CarriedExecutable {
  /** Its path on this machine. */
  readonly executable: string
  readonly target: Target
}

/**
 * Writes the source distribution, which builds the wheels for these targets from what it carries: their
 * executables, which xz compresses, since PyPI accepts no file larger than 100 MiB. Returns the artifact's
 * path.
 */
export async function writeSdist(
  about: About,
  project: PypiProject,
  carried: readonly CarriedExecutable[],
  context: BuildContext,
): Promise<string> {
  const root = stem(about)
  const files = new Map<string, { content: string } | { from: string }>([
    ['PKG-INFO', { content: metadata(about, project) }],
    ['pyproject.toml', { content: PYPROJECT }],
    ['build_backend/backend.py', { content: backend }],
    ...[...moduleFiles(about)].map(([name, content]) => [name, { content }] as const),
    ...dataFiles(project).map((path) => [dataName(path), { content: project.data[path] ?? '' }] as const),
    ...licenseFiles(project).map((name) => [name, { content: project.licenses[name] ?? '' }] as const),
  ])
  for (const { executable, target } of carried) {
    context.progress(`Compressing the executable for ${target.tag}`)
    const copy = join(context.scratch, `${root}-${target.tag}`)
    await copyFile(executable, copy)
    files.set(packedName(target), { from: await compressXz(copy, context, compression(target)) })
  }
  const names = [...files.keys(), 'release.json'].sort()
  files.set('release.json', {
    content: releaseJson(about, project, { names, carried, epoch: context.epoch }),
  })
  const name = `${root}.tar.gz`
  context.progress(`Packing ${name}`)
  const archive = join(context.scratch, `${root}.tar`)
  await writeTar(
    archive,
    [...files].map(([file, source]) =>
      'from' in source
        ? { kind: 'copy', path: `/${root}/${file}`, from: source.from }
        : { kind: 'file', path: `/${root}/${file}`, content: source.content },
    ),
    context.epoch,
    context.signal,
    '',
  )
  return placeArtifact(context, name, {
    content: await gzipped(await readFile(archive), context, 1),
  })
}

/**
 * xz's fastest preset with a memory for half of an executable, and for Intel's machine code the filter that
 * makes its jumps alike: it takes a quarter of the default's time, and three platforms fit below PyPI's
 * limit. The lzma of Python 3.8 has the filter for Intel, but not the one for Arm.
 */
function compression({ machine }: Target): string[] {
  const filter = machine === 'x86_64' ? ['--x86'] : []
  return [...filter, '--lzma2=preset=1,dict=64MiB', '--block-size=64MiB']
}

function packedName({ tag }: Target): string {
  return `executables/${tag}.xz`
}

function dataName(path: string): string {
  return `data/${path}`
}

/** The facts that python/backend.py reads. */
function releaseJson(
  about: About,
  project: PypiProject,
  {
    names,
    carried,
    epoch,
  }: { names: readonly string[]; carried: readonly CarriedExecutable[]; epoch: number },
): string {
  const release = {
    stem: stem(about),
    command: about.name,
    epoch,
    modules: [...moduleFiles(about).keys()],
    data: dataFiles(project).map((path) => ({ file: dataName(path), path })),
    licenses: licenseFiles(project),
    wheel: wheelMetadata('@TAG@'),
    executables: carried.map(({ target }) => ({ file: packedName(target), ...target })),
    files: names,
  }
  return `${JSON.stringify(release, null, 2)}\n`
}
