/** Where files lie in a repository (https://wiki.debian.org/DebianRepository/Format). */

export const SUITE = 'stable'
export const COMPONENT = 'main'

/** Relative to the root of the repository. */
export const DISTS = `dists/${SUITE}`

/** Relative to dists/stable, as Release names its files. */
export const packagesFile = (architecture: string) => `${COMPONENT}/binary-${architecture}/Packages`
export const contentsFile = (architecture: string) => `${COMPONENT}/Contents-${architecture}`

/** Returns where apt finds a file of the index by its hash, whatever has been published meanwhile. */
export function byHash(file: string, sha256: string): string {
  return `${file.slice(0, file.lastIndexOf('/'))}/by-hash/SHA256/${sha256}`
}

/** Returns a time in seconds since 1970 as Release files have it, such as `Sat, 14 Nov 2026 12:00:00 UTC`. */
export function releaseDate(epoch: number): string {
  return new Date(epoch * 1000).toUTCString().replace('GMT', 'UTC')
}
