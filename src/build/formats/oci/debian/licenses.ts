import { readFile } from 'node:fs/promises'
import { followLinks, type PackageFile, type Unpacked } from './unpack.ts'

const COMMON = '/usr/share/common-licenses'

/**
 * Returns the copyright files of packages, and the texts of the licenses that these only name, which Debian
 * has once for all packages.
 */
export async function licenseFiles(packages: readonly string[], unpacked: Unpacked): Promise<PackageFile[]> {
  const found = new Map<string, PackageFile>()
  const add = (files: readonly PackageFile[]) => {
    for (const file of files) found.set(file.path, file)
  }
  for (const name of packages) {
    const directory = `/usr/share/doc/${name}`
    // Packages of one source share the directory of one of them.
    const link = unpacked.files.get(directory)
    const place = link?.kind === 'link' ? `/usr/share/doc/${link.target}` : directory
    add(link ? [link] : [])
    const copyright = followLinks(unpacked, `${place}/copyright`)
    add(copyright)
    for (const file of copyright) {
      if (file.kind !== 'copy') continue
      const text = await readFile(file.from, 'utf8')
      for (const [, license = ''] of text.matchAll(/\/usr\/share\/common-licenses\/([\w.+-]*\w)/g))
        add(followLinks(unpacked, `${COMMON}/${license}`))
    }
  }
  return [...found.values()]
}
