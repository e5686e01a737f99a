import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { usageError } from '../../../../errors.ts'
import { parseParagraphs } from '../../../debian/deb822.ts'
import { debControl, eachDebFile, NotADeb } from '../../../debian/read-deb.ts'
import type { InstalledFile } from '../../../types.ts'

/** A file or link of a Debian package. */
export type PackageFile = InstalledFile & {
  readonly kind: 'copy' | 'link'
  /** The name of its package. */
  readonly owner: string
}

/** A Debian package whose files are in the directory of this run. */
export interface UnpackedPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
}

/** All that the image can use of some packages. */
export interface Unpacked {
  readonly packages: readonly UnpackedPackage[]
  /** By absolute path. */
  readonly files: ReadonlyMap<string, PackageFile>
}

/** What the image can use of a package: 64-bit libraries, licenses and certificates. */
const USED = [
  /^(usr\/)?lib(64)?\/([a-z0-9_]+-linux-gnu\/)?[^/]+\.so(\.[^/]+)?$/,
  /^usr\/share\/doc\/[^/]+(\/copyright)?$/,
  /^usr\/share\/common-licenses\/[^/]+$/,
  /^usr\/share\/ca-certificates\/.+\.crt$/,
]

/**
 * Unpacks what the image can use of packages. It runs no script of theirs.
 *
 * Errors: `USAGE` if a file is not a Debian package, or if two of them are the same package.
 *
 * @param directory an absolute path that does not exist
 */
export async function unpackPackages(paths: readonly string[], directory: string): Promise<Unpacked> {
  const packages = new Map<string, UnpackedPackage>()
  const files = new Map<string, PackageFile>()
  for (const path of paths) {
    try {
      const fields = parseParagraphs(await debControl(path))[0]
      const name = fields?.get('Package') ?? ''
      if (packages.has(name)) {
        throw usageError(
          `There are two versions of the Debian package ${name}, and ${path} is one of them.`,
          'Keep one version of each package in the directory.',
          'debian-packages',
        )
      }
      const version = fields?.get('Version') ?? ''
      packages.set(name, { name, version, architecture: fields?.get('Architecture') ?? '' })
      await unpack(path, { name, directory, files })
    } catch (error) {
      if (!(error instanceof NotADeb)) throw error
      throw usageError(
        `${path} ${error.message}`,
        'Download the package again, with "apt-get download".',
        'debian-packages',
      )
    }
  }
  return { packages: [...packages.values()], files }
}

interface Destination {
  readonly name: string
  readonly directory: string
  readonly files: Map<string, PackageFile>
}

async function unpack(path: string, { name, directory, files }: Destination): Promise<void> {
  await eachDebFile(path, async (entry, content) => {
    if (!USED.some((pattern) => pattern.test(entry.name)) || entry.name.split('/').includes('..')) return
    const installed = `/${entry.name}`
    if (entry.type === 'symlink') {
      files.set(installed, { kind: 'link', path: installed, target: entry.target, owner: name })
      return
    }
    if (entry.type !== 'file') return
    const from = join(directory, entry.name)
    await mkdir(dirname(from), { recursive: true })
    await pipeline(Readable.from(content as AsyncIterable<Buffer>), createWriteStream(from))
    files.set(installed, { kind: 'copy', path: installed, from, mode: entry.mode, owner: name })
  })
}

/** Returns a file and, if it is a link, all that it leads to. Links that lead nowhere end the list. */
export function followLinks({ files }: Pick<Unpacked, 'files'>, path: string): PackageFile[] {
  const followed: PackageFile[] = []
  for (let at = files.get(path); at !== undefined && !followed.includes(at); ) {
    followed.push(at)
    if (at.kind !== 'link') break
    at = files.get(posix.resolve(posix.dirname(at.path), at.target))
  }
  return followed
}
