import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { usageError } from '../../../../errors.ts'
import { debArchitecture } from '../../../debian/architecture.ts'
import type { Platform } from '../../../platforms.ts'
import type { BuildContext, Component, InstalledFile } from '../../../types.ts'
import { packagesIn } from './directory.ts'
import { debianArchives, downloadPackages } from './download.ts'
import { neededLibraries } from './libraries.ts'
import { licenseFiles } from './licenses.ts'
import { PINNED } from './pinned-packages.ts'
import { type PackageFile, type Unpacked, type UnpackedPackage, unpackPackages } from './unpack.ts'

/** What the image has of Debian. */
export interface DebianParts {
  readonly files: readonly InstalledFile[]
  readonly components: readonly Component[]
}

/** Where programs look for the authorities that the system trusts, on Debian and elsewhere. */
const BUNDLE = '/etc/ssl/certs/ca-certificates.crt'

const CERTIFICATES = 'ca-certificates'

/**
 * Returns the files of Debian packages that an executable needs: its libraries, the certificates of public
 * authorities, and the licenses of both.
 *
 * Errors: `USAGE` if the packages lack something; those of downloadPackages.
 *
 * @param directory of .deb files to use instead of the pinned versions; `null` without one
 */
export async function debianParts(
  platform: Platform,
  executable: string,
  directory: string | null,
  context: BuildContext,
): Promise<DebianParts> {
  const architecture = debArchitecture(platform) ?? ''
  const paths =
    directory === null
      ? await downloadPackages(pinnedFor(architecture), debianArchives(PINNED), context)
      : await packagesIn(directory, architecture)
  const unpacked = await unpackPackages(paths, join(context.scratch, `debian-${architecture}`))
  const libraries = await neededLibraries(executable, unpacked)
  const owners = [...new Set([...libraries.map(({ owner }) => owner), CERTIFICATES])]
  const licenses = await licenseFiles(owners, unpacked)
  const used = new Set([...owners, ...licenses.map(({ owner }) => owner)])
  return {
    files: [
      ...mergedDirectories(libraries),
      ...libraries,
      ...licenses,
      { kind: 'file', path: BUNDLE, content: await certificates(unpacked) },
    ],
    components: unpacked.packages
      .filter(({ name }) => used.has(name))
      .map((one) => component(one, directory === null ? PINNED.release : null)),
  }
}

function pinnedFor(architecture: string) {
  return PINNED.packages.filter((one) => one.architecture === architecture || one.architecture === 'all')
}

/**
 * Returns the links for libraries of Debian 13 and newer, whose packages have everything below /usr: the
 * loader's name in executables begins with /lib.
 */
function mergedDirectories(libraries: readonly PackageFile[]): InstalledFile[] {
  return ['lib', 'lib64']
    .filter(
      (name) =>
        libraries.some(({ path }) => path.startsWith(`/usr/${name}/`)) &&
        !libraries.some(({ path }) => path.startsWith('/lib')),
    )
    .map((name) => ({ kind: 'link', path: `/${name}`, target: `usr/${name}` }))
}

/**
 * Returns the bundle that update-ca-certificates writes where all certificates are trusted: they follow one
 * another in the order of their names.
 */
async function certificates({ files }: Unpacked): Promise<string> {
  const bundle: string[] = []
  for (const path of [...files.keys()].sort()) {
    const file = files.get(path)
    if (file?.kind !== 'copy' || !path.startsWith('/usr/share/ca-certificates/')) continue
    bundle.push(`${(await readFile(file.from, 'utf8')).trimEnd()}\n`)
  }
  if (bundle.length > 0) return bundle.join('')
  throw usageError(
    'No Debian package of this build has the certificates of public authorities.',
    `Add the package ${CERTIFICATES} to the directory that --debian-packages names.`,
    'debian-packages',
  )
}

/** The licenses of the files in the image; the copyright files beside them have the whole truth. */
const LICENSES: readonly [package_: RegExp, license: string][] = [
  [/^libc6$/, 'LGPL-2.1-or-later AND GPL-2.0-or-later'],
  [/^(libgcc-s1|libstdc\+\+6|libatomic1|gcc-\d+-base)$/, 'GPL-3.0-or-later WITH GCC-exception-3.1'],
  [/^ca-certificates$/, 'MPL-2.0 AND GPL-2.0-or-later'],
  [/^base-files$/, 'GPL-2.0-or-later'],
]

/** @param release Debian's name of the release; `null` if it is unknown */
function component({ name, version, architecture }: UnpackedPackage, release: string | null): Component {
  const license = LICENSES.find(([pattern]) => pattern.test(name))?.[1] ?? 'LicenseRef-Debian-copyright'
  const qualifiers = [`arch=${architecture}`, ...(release === null ? [] : [`distro=${release}`])]
  // In a package URL only letters, digits and a few signs stand for themselves.
  const encoded = [name, version].map((text) => encodeURIComponent(text)).join('@')
  return { name, version, license, purl: `pkg:deb/debian/${encoded}?${qualifiers.join('&')}` }
}
