import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAr } from '../../archives/ar.ts'
import { GZIP } from '../../archives/gzip.ts'
import { withDirectories, writeTar } from '../../archives/tar.ts'
import { compressXz, XZ } from '../../archives/xz.ts'
import { debianVersion, formatDescription } from '../../debian/control.ts'
import { paragraphText } from '../../debian/deb822.ts'
import { placeArtefact } from '../../files/artifact-file.ts'
import { debArchitecture } from '../../platforms.ts'
import type {
  About,
  BuildContext,
  DebContents,
  Format,
  InstalledFile,
  Payload,
  Platform,
} from '../../types.ts'

/** The package that dpkg and apt install, written by deb(5): needs nothing of Debian's to build. */
export const deb: Format = {
  name: 'deb',
  summary: 'package for Debian and Ubuntu',
  programs: [XZ, GZIP],
  accepts: ({ deb: contents }) => contents !== undefined,
  async build(payload, context) {
    const made: string[] = []
    for (const platform of context.platforms) {
      const path = await buildFor(payload, platform, context)
      if (path !== null) made.push(path)
    }
    return made
  },
}

async function buildFor(payload: Payload, platform: Platform, context: BuildContext): Promise<string | null> {
  const architecture = debArchitecture(platform)
  if (architecture === null || !payload.deb) {
    context.warn(
      `There is no Debian package for ${platform.name}.`,
      'Debian packages are made for linux-x64 and linux-arm64.',
    )
    return null
  }
  const contents = await payload.deb(platform, context)
  const version = debianVersion(payload.about.version)
  const name = `${payload.about.name}_${version}_${architecture}.deb`
  const work = join(context.work, name)
  await mkdir(work)
  context.progress(`Compressing ${name}`)
  const data = join(work, 'data.tar')
  await writeTar(data, contents.files, context.epoch, context.signal)
  const control = join(work, 'control.tar')
  const fields = await controlFields(payload.about, { version, architecture }, contents)
  await writeTar(control, await controlFiles(fields, contents), context.epoch, context.signal)
  const packed = join(work, name)
  await writeAr(
    packed,
    [
      { name: 'debian-binary', content: '2.0\n' },
      { name: 'control.tar.xz', from: await compressXz(control, context) },
      { name: 'data.tar.xz', from: await compressXz(data, context) },
    ],
    context.epoch,
    context.signal,
  )
  return placeArtefact(context, name, { from: packed })
}

/** What lies in DEBIAN/: what dpkg reads before it unpacks anything, and the maintainer scripts. */
async function controlFiles(fields: string, { files, scripts }: DebContents): Promise<InstalledFile[]> {
  const conffiles = files.filter(isConffile).map(({ path }) => `${path}\n`)
  return [
    { kind: 'file', path: '/control', content: fields },
    { kind: 'file', path: '/md5sums', content: await checksums(files) },
    ...(conffiles.length === 0
      ? []
      : [{ kind: 'file' as const, path: '/conffiles', content: conffiles.sort().join('') }]),
    ...Object.entries(scripts).map(
      ([name, content]): InstalledFile => ({ kind: 'file', path: `/${name}`, content, mode: 0o755 }),
    ),
  ]
}

/** The order is that of dpkg-gencontrol. */
async function controlFields(
  about: About,
  { version, architecture }: { version: string; architecture: string },
  contents: DebContents,
): Promise<string> {
  const fields: [string, string][] = [
    ['Package', about.name],
    ['Version', version],
    ['Architecture', architecture],
    ['Maintainer', about.maintainer],
    ['Installed-Size', String(await installedSize(contents.files))],
    ...Object.entries(contents.fields),
  ]
  if (about.homepage !== null) fields.push(['Homepage', about.homepage])
  fields.push(['Description', formatDescription(about.summary, about.description)])
  return paragraphText(fields)
}

/** In KiB, each file rounded up by itself, and one for whatever has no content: as dpkg-gencontrol reckons. */
async function installedSize(files: readonly InstalledFile[]): Promise<number> {
  let size = 0
  for (const file of withDirectories(files)) {
    if (file.kind === 'directory') size += 1
    else if (file.kind === 'link') size += Math.ceil(Buffer.byteLength(file.target) / 1024)
    else if (file.kind === 'copy') size += Math.ceil((await stat(file.from)).size / 1024)
    else size += Math.ceil(Buffer.byteLength(file.content) / 1024)
  }
  return size
}

/** What `dpkg --verify` checks. Conffiles are not in it: they are the operator's to change. */
async function checksums(files: readonly InstalledFile[]): Promise<string> {
  let lines = ''
  for (const file of withDirectories(files)) {
    if (file.kind === 'directory' || file.kind === 'link' || isConffile(file)) continue
    const hash = createHash('md5')
    if (file.kind === 'file') hash.update(file.content)
    else for await (const chunk of createReadStream(file.from)) hash.update(chunk as Buffer)
    lines += `${hash.digest('hex')}  ${file.path.slice(1)}\n`
  }
  return lines
}

function isConffile(file: InstalledFile): boolean {
  return file.kind === 'file' && file.conffile === true
}
