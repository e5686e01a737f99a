import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { usageError } from '../../../../errors.ts'
import { fileReason, systemErrorCode } from '../../../../files/file-reason.ts'
import { parseParagraphs } from '../../../debian/deb822.ts'
import { debControl, NotADeb } from '../../../debian/read-deb.ts'

/** The packages that every image needs. The rest depends on the release of Debian and on the executable. */
const REQUIRED = ['ca-certificates', 'libc6']

/**
 * Returns the paths of the Debian packages in a directory that are for an architecture, sorted by name.
 *
 * Errors: `USAGE` if the directory can't be read, if a file is not a Debian package, or if one is missing.
 */
export async function packagesIn(directory: string, architecture: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw usageError(
      `The directory of Debian packages, ${directory}, can't be read: ${fileReason(error)}.`,
      'Name a directory with .deb files.',
      'debian-packages',
    )
  })
  const paths: string[] = []
  const found = new Set<string>()
  for (const file of names.filter((name) => name.endsWith('.deb')).sort()) {
    const path = join(directory, file)
    const fields = parseParagraphs(await controlOf(path))[0]
    const own = fields?.get('Architecture')
    if (own !== architecture && own !== 'all') continue
    found.add(fields?.get('Package') ?? '')
    paths.push(path)
  }
  const missing = REQUIRED.filter((name) => !found.has(name))
  if (missing.length === 0) return paths
  throw usageError(
    `The directory ${directory} has no Debian package ${missing.join(' and ')} for ${architecture}.`,
    `Download them: apt-get download ${missing.map((name) => `${name}:${architecture}`).join(' ')}`,
    'debian-packages',
  )
}

async function controlOf(path: string): Promise<string> {
  try {
    return await debControl(path)
  } catch (error) {
    if (!(error instanceof NotADeb) && systemErrorCode(error) === null) throw error
    const reason = error instanceof NotADeb ? error.message : `can't be read: ${fileReason(error)}.`
    throw usageError(`${path} ${reason}`, 'Download the package again.', 'debian-packages')
  }
}
