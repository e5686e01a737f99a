/** A Debian package whose files are in the image, in one version. */
export interface PinnedPackage {
  readonly name: string
  readonly version: string
  readonly architecture: 'amd64' | 'arm64' | 'all'
  /** The archive that has it. */
  readonly archive: 'debian' | 'debian-security'
  /** Its path in the archive. */
  readonly path: string
  readonly bytes: number
  /** In hexadecimal digits. */
  readonly sha256: string
}

export interface PinnedPackages {
  /** Debian's name of the release. */
  readonly release: string
  /** A time at which the archives had these versions, as snapshot.debian.org writes times. */
  readonly snapshot: string
  readonly packages: readonly PinnedPackage[]
}
