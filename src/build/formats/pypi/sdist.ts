import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipped } from '../../archives/gzip.ts'
import { writeTar } from '../../archives/tar.ts'
import { compressXz } from '../../archives/xz.ts'
import { placeArtefact } from '../../files/artifact-file.ts'
import type { About, BuildContext, PypiContents } from '../../types.ts'
import { licenceFiles, metadata, stem, wheelMetadata } from './metadata.ts'
import { moduleFiles } from './module.ts'
import type { Target } from './platform-tag.ts'
import backend from './python/backend.py'

const PYPROJECT = `# Nothing is fetched and nothing compiled: what the wheel is made of is here.
[build-system]
requires = []
build-backend = "backend"
backend-path = ["build_backend"]
`

/**
 * Writes the source distribution, which builds the wheels for these targets from what it carries: their executables,
 * compressed with xz, for PyPI takes no larger file than 100 MiB. Returns the artefact's path.
 */
export async function writeSdist(
  about: About,
  contents: PypiContents,
  carried: readonly { executable: string; target: Target }[],
  context: BuildContext,
): Promise<string> {
  const start = stem(about)
  const files = new Map<string, { content: string } | { from: string }>([
    ['PKG-INFO', { content: metadata(about, contents) }],
    ['pyproject.toml', { content: PYPROJECT }],
    ['build_backend/backend.py', { content: backend }],
    ...[...moduleFiles(about)].map(([name, content]) => [name, { content }] as const),
    ...licenceFiles(contents).map((name) => [name, { content: contents.licences[name] ?? '' }] as const),
  ])
  for (const { executable, target } of carried) {
    context.progress(`Compressing the executable for ${target.tag}`)
    const copy = join(context.work, `${start}-${target.tag}`)
    await copyFile(executable, copy)
    files.set(packedName(target), { from: await compressXz(copy, context, compression(target)) })
  }
  files.set('release.json', {
    content: release(
      about,
      contents,
      [...files.keys(), 'release.json'].sort(),
      carried.map(({ target }) => target),
      context,
    ),
  })
  const name = `${start}.tar.gz`
  context.progress(`Packing ${name}`)
  const archive = join(context.work, `${start}.tar`)
  await writeTar(
    archive,
    [...files].map(([file, source]) =>
      'from' in source
        ? { kind: 'copy', path: `/${start}/${file}`, from: source.from }
        : { kind: 'file', path: `/${start}/${file}`, content: source.content },
    ),
    context.epoch,
    context.signal,
    '',
  )
  return placeArtefact(context, name, {
    content: await gzipped(await readFile(archive), context, 1),
  })
}

/**
 * As fast as xz goes with a memory for all of half an executable, and for Intel's machine code the filter that makes its jumps alike:
 * a quarter of the default's time, and three platforms fit below PyPI's limit. Python 3.8's lzma has the filter for Intel, but not that for Arm.
 */
function compression({ machine }: Target): string[] {
  const filter = machine === 'x86_64' ? ['--x86'] : []
  return [...filter, '--lzma2=preset=1,dict=64MiB', '--block-size=64MiB']
}

function packedName({ tag }: Target): string {
  return `executables/${tag}.xz`
}

/** What python/backend.py is told. */
function release(
  about: About,
  contents: PypiContents,
  files: readonly string[],
  targets: readonly Target[],
  { epoch }: BuildContext,
): string {
  const told = {
    stem: stem(about),
    command: about.name,
    epoch,
    modules: [...moduleFiles(about).keys()],
    licences: licenceFiles(contents),
    wheel: wheelMetadata('@TAG@'),
    executables: targets.map((target) => ({ file: packedName(target), ...target })),
    files,
  }
  return `${JSON.stringify(told, null, 2)}\n`
}
