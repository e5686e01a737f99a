import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { writeAr } from '../../src/build/archives/ar.ts'

export interface PlainDeb {
  control: string
  /** The files by their paths, as the archive names them; a path that ends with / is a directory. */
  files?: Readonly<Record<string, string>>
  /** Members instead of those of a package. */
  members?: Readonly<Record<string, string | Buffer>>
}

/** Writes a package without dpkg, valid or not, and returns its path in the directory. */
export async function plainDeb(directory: string, name: string, deb: PlainDeb): Promise<string> {
  mkdirSync(directory, { recursive: true })
  const path = join(directory, name)
  const members = deb.members ?? {
    'debian-binary': '2.0\n',
    'control.tar.gz': gzipSync(await tar({ './': '', './control': deb.control })),
    'data.tar.gz': gzipSync(await tar(deb.files ?? { './': '' })),
  }
  await writeAr(
    path,
    Object.entries(members).map(([member, content]) => ({ name: member, content })),
    1_790_000_000,
  )
  return path
}

export async function tar(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const archive = pack()
  for (const [name, content] of Object.entries(files))
    archive.entry({ name, type: name.endsWith('/') ? 'directory' : 'file' }, content)
  archive.finalize()
  return buffer(archive)
}

/** Returns a control file with the fields of every package, and further fields. */
export function control(fields: Readonly<Record<string, string>> = {}): string {
  const all = {
    Package: 'mathesarctl',
    Version: '0.3.0',
    Architecture: 'amd64',
    Maintainer: 'Test <test@example.org>',
    ...fields,
    Description: 'package of a test',
  }
  return Object.entries(all)
    .map(([field, value]) => `${field}: ${value}\n`)
    .join('')
}
