import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { withDirectories } from '../../archives/tar.ts'
import { formatDescription } from '../../debian/control.ts'
import { paragraphText } from '../../debian/deb822.ts'
import type { About, InstalledFile } from '../../types.ts'
import type { DebPackage } from './contents.ts'

/** What the control fields say of one package, beside the payload's facts. */
interface Build {
  readonly version: string
  readonly architecture: string
}

/**
 * Returns the members of control.tar: what dpkg reads before it unpacks anything, and the maintainer scripts.
 *
 * @param contents with all files that the package installs
 */
export async function controlFiles(
  about: About,
  build: Build,
  contents: DebPackage,
): Promise<InstalledFile[]> {
  const { files, scripts } = contents
  const conffiles = files.filter(isConffile).map(({ path }) => `${path}\n`)
  return [
    { kind: 'file', path: '/control', content: await controlFields(about, build, contents) },
    { kind: 'file', path: '/md5sums', content: await md5sums(files) },
    ...(conffiles.length === 0
      ? []
      : [{ kind: 'file' as const, path: '/conffiles', content: conffiles.sort().join('') }]),
    ...Object.entries(scripts).map(
      ([name, content]): InstalledFile => ({ kind: 'file', path: `/${name}`, content, mode: 0o755 }),
    ),
  ]
}

/** Returns the fields in the order of dpkg-gencontrol. */
async function controlFields(
  about: About,
  { version, architecture }: Build,
  contents: DebPackage,
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

/** Returns the size in KiB as dpkg-gencontrol counts it: each file rounded up, and one for each directory. */
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

/**
 * Returns the hashes that `dpkg --verify` checks. Conffiles are not among them, since the operator edits
 * those.
 */
async function md5sums(files: readonly InstalledFile[]): Promise<string> {
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
  return file.kind === 'file' && file.isConfiguration === true
}
