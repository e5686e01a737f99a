import { basename } from 'node:path'
import { usageError } from '../../../../errors.ts'
import { elfNeeds } from '../../../binaries/elf.ts'
import { followLinks, type PackageFile, type Unpacked } from './unpack.ts'

/**
 * Returns the libraries that an executable needs, those that they need, and the program that loads them.
 *
 * Errors: `USAGE` if no package has one of them.
 */
export async function neededLibraries(executable: string, unpacked: Unpacked): Promise<PackageFile[]> {
  const found = new Map<string, PackageFile>()
  const waiting = [executable]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const library of (await elfNeeds(path)).libraries) {
      const files = librariesOf(library, unpacked)
      if (files.length === 0) throw missingLibrary(library, executable)
      for (const file of files) {
        if (found.has(file.path)) continue
        found.set(file.path, file)
        if (file.kind === 'copy') waiting.push(file.from)
      }
    }
  }
  return [...found.values()]
}

/**
 * Returns all files and links of this name, and what they lead to: the loader is in a directory of its own
 * besides, where executables look for it.
 */
function librariesOf(name: string, unpacked: Unpacked): PackageFile[] {
  const paths = [...unpacked.files.keys()].filter((path) => basename(path) === name)
  // A link without its file is no library.
  const chains = paths.map((path) => followLinks(unpacked, path))
  return chains.filter((chain) => chain.at(-1)?.kind === 'copy').flat()
}

function missingLibrary(library: string, executable: string): Error {
  return usageError(
    `The executable ${basename(executable)} needs the library ${library}, which no Debian package of this ` +
      'build has.',
    'Add the package with that library to the directory that --debian-packages names.',
    'debian-packages',
  )
}
