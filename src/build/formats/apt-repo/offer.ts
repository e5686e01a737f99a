import { join } from 'node:path'
import { usageError } from '../../../errors.ts'
import { debPaths } from '../../debian/read-deb.ts'
import type { About } from '../../types.ts'
import { addContents, type Contents } from './contents-index.ts'
import type { Offer } from './index-files.ts'
import { type PackageEntry, readPackage } from './package-entry.ts'
import type { Published } from './published.ts'

/** The architectures of an index whose packages suit all: an index needs one. */
const DEFAULT_ARCHITECTURES = ['amd64', 'arm64']

/**
 * Reads the packages to add, and leaves out those that the repository has.
 *
 * Errors: `USAGE` if a published package would change.
 *
 * @returns the packages by their paths
 */
export async function packagesToAdd(
  debs: readonly string[],
  published: Published | null,
): Promise<Map<string, PackageEntry>> {
  const known = new Map((published?.packages ?? []).map((entry) => [entry.file, entry]))
  const added = new Map<string, PackageEntry>()
  for (const path of debs) {
    const entry = await readPackage(path)
    const existing = known.get(entry.file)
    if (existing) {
      refuseIfDifferent(entry, existing)
      continue
    }
    known.set(entry.file, entry)
    added.set(path, entry)
  }
  return added
}

function refuseIfDifferent(entry: PackageEntry, existing: PackageEntry): void {
  const { name, version, architecture } = entry
  if (existing.version !== version) {
    throw usageError(
      `${name} ${version} (${architecture}) would have the file of ${existing.version}, which is in the ` +
        'repository: file names do not contain the epoch.',
      'Build a version that differs in more than the epoch (the number before the colon).',
      'deb',
    )
  }
  if (existing.sha256 !== entry.sha256) {
    throw usageError(
      `${name} ${version} (${architecture}) is in the repository with other contents.`,
      'A published version never changes, since users have installed it: build a new version of the package.',
      'deb',
    )
  }
}

/** Returns what a repository offers: what it has published, and the packages that are added. */
export async function offerOf(
  root: string,
  about: About,
  published: Published | null,
  added: ReadonlyMap<string, PackageEntry>,
): Promise<Offer> {
  const packages = [...(published?.packages ?? []), ...added.values()].sort((one, other) =>
    one.file < other.file ? -1 : 1,
  )
  const named = new Set([...(published?.architectures ?? []), ...packages.map((one) => one.architecture)])
  named.delete('all')
  const architectures = named.size === 0 ? DEFAULT_ARCHITECTURES : [...named].sort()
  const contents = new Map<string, Contents>(
    architectures.map((architecture) => [architecture, published?.contents.get(architecture) ?? new Map()]),
  )
  const list = async (path: string, entry: PackageEntry, into: readonly string[]) => {
    if (into.length === 0) return
    const paths = await debPaths(path)
    for (const one of into) addContents(contents.get(one) ?? new Map(), paths, entry.location)
  }
  for (const [path, entry] of added)
    await list(path, entry, entry.architecture === 'all' ? architectures : [entry.architecture])
  // The index knows the contents of published packages, except for a new architecture.
  const fresh = published ? architectures.filter((one) => !published.architectures.includes(one)) : []
  for (const entry of published?.packages ?? [])
    if (entry.architecture === 'all') await list(join(root, entry.file), entry, fresh)
  return { origin: about.name, description: about.summary, architectures, packages, contents }
}
