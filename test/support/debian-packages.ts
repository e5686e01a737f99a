import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { writeAr } from '../../src/build/archives/ar.ts'

/** The content of a file in a package, or the target of a link. */
type Entry = string | Buffer | { readonly link: string }

export interface LibraryPackage {
  name: string
  version?: string
  architecture: 'amd64' | 'arm64' | 'all'
  /** By their paths without the leading slash. */
  files: Readonly<Record<string, Entry>>
}

/** Writes a package with links and binary files into a directory, and returns its path. */
export async function libraryPackage(directory: string, deb: LibraryPackage): Promise<string> {
  const { name, version = '1.0', architecture, files } = deb
  const fields = [`Package: ${name}`, `Version: ${version}`, `Architecture: ${architecture}`]
  const path = join(directory, `${name}_${version}_${architecture}.deb`)
  mkdirSync(directory, { recursive: true })
  await writeAr(
    path,
    [
      { name: 'debian-binary', content: '2.0\n' },
      { name: 'control.tar.gz', content: gzipSync(await archive({ control: `${fields.join('\n')}\n` })) },
      { name: 'data.tar.gz', content: gzipSync(await archive(files)) },
    ],
    1_790_000_000,
  )
  return path
}

async function archive(files: LibraryPackage['files']): Promise<Buffer> {
  const tar = pack()
  for (const [path, entry] of Object.entries(files)) {
    const name = `./${path}`
    if (typeof entry === 'object' && 'link' in entry)
      tar.entry({ name, type: 'symlink', linkname: entry.link, mode: 0o777 })
    else tar.entry({ name, mode: 0o644 }, entry)
  }
  tar.finalize()
  return buffer(tar)
}

/**
 * What this machine's /bin/true needs, as Debian packs it for a processor: the bytes are the same for all,
 * since nothing runs them.
 */
function libraries(triplet: string, top: '' | 'usr/'): Record<string, Entry> {
  const files: Record<string, Entry> = {}
  const listed = execFileSync('ldd', ['/bin/true'], { encoding: 'utf8' })
  for (const [, path = ''] of listed.matchAll(/(\/\S+) \(0x/g)) {
    const name = basename(path)
    files[`${top}lib/${triplet}/${name}`] = readFileSync(realpathSync(path))
    if (name.startsWith('ld-linux')) files[`${top}lib64/${name}`] = { link: `/${top}lib/${triplet}/${name}` }
  }
  return files
}

/**
 * Writes packages for images with /bin/true as their program into a directory, and returns the directory.
 *
 * @param layout where the packages have their libraries
 */
export async function libraryPackages(
  directory: string,
  layout: 'split' | 'merged' = 'split',
): Promise<string> {
  for (const [architecture, triplet] of [
    ['amd64', 'x86_64-linux-gnu'],
    ['arm64', 'aarch64-linux-gnu'],
  ] as const) {
    const top = layout === 'merged' ? 'usr/' : ''
    await libraryPackage(directory, {
      name: 'libc6',
      version: '2:1.0+deb1',
      architecture,
      files: {
        ...libraries(triplet, top),
        [`${top}lib/${triplet}/libunused.so.1`]: 'no program needs it',
        'usr/bin/ldd': '#!/bin/sh\n',
        'usr/share/doc/libc6/copyright': 'See /usr/share/common-licenses/LGPL.\n',
        'usr/share/doc/libc6/changelog.gz': 'no image needs it',
      },
    })
    await libraryPackage(directory, {
      name: 'base-files',
      architecture,
      files: {
        'etc/debian_version': '12\n',
        'usr/share/common-licenses/GPL-3': 'GNU General Public License\n',
        'usr/share/common-licenses/LGPL': { link: 'LGPL-2.1' },
        'usr/share/common-licenses/LGPL-2.1': 'GNU Lesser General Public License\n',
      },
    })
  }
  await libraryPackage(directory, {
    name: 'ca-certificates',
    architecture: 'all',
    files: {
      'usr/share/ca-certificates/mozilla/B.crt': 'certificate B',
      'usr/share/ca-certificates/mozilla/A.crt': 'certificate A\n',
      'usr/share/doc/ca-certificates/copyright': 'Do as you like.\n',
    },
  })
  return directory
}
