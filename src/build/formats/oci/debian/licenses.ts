import { readFile } from 'node:fs/promises'
import { usageError } from '../../../../errors.ts'
import { followLinks, type PackageFile, type Unpacked } from './unpack.ts'

const COMMON = '/usr/share/common-licenses'

/**
 * Returns the copyright files of packages, and the texts of the licenses that these only name, which Debian
 * has once for all packages.
 *
 * Errors: `USAGE` if a text is missing, since nobody may pass the image on without it.
 */
export async function licenseFiles(packages: readonly string[], unpacked: Unpacked): Promise<PackageFile[]> {
  const found = new Map<string, PackageFile>()
  const add = (files: readonly PackageFile[]) => {
    for (const file of files) found.set(file.path, file)
  }
  const hasCommon = [...unpacked.files.keys()].some((path) => path.startsWith(`${COMMON}/`))
  for (const name of packages) {
    const directory = `/usr/share/doc/${name}`
    // Packages of one source share the directory of one of them.
    const link = unpacked.files.get(directory)
    const place = link?.kind === 'link' ? `/usr/share/doc/${link.target}` : directory
    add(link ? [link] : [])
    const copyright = followLinks(unpacked, `${place}/copyright`)
    if (copyright.at(-1)?.kind !== 'copy')
      throw missingText(`the copyright file of ${name}`, link?.kind === 'link' ? link.target : name)
    add(copyright)
    for (const file of copyright) {
      if (file.kind !== 'copy') continue
      const text = await readFile(file.from, 'utf8')
      for (const [, license = ''] of text.matchAll(/\/usr\/share\/common-licenses\/([\w.+-]*\w)/g))
        add(followLinks(unpacked, `${COMMON}/${license}`))
      // A copyright file may name a license that Debian does not have there, but not without this package.
      if (text.includes(`${COMMON}/`) && !hasCommon)
        throw missingText(`the licenses that the copyright file of ${name} names`, 'base-files')
    }
  }
  return [...found.values()]
}

function missingText(what: string, packageName: string): Error {
  return usageError(
    `No Debian package of this build has ${what}.`,
    `Add the package ${packageName} to the directory that --debian-packages names.`,
    'debian-packages',
  )
}
