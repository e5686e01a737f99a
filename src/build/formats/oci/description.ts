import { resolve } from 'node:path'
import type { FormatDescription, FormatFlag, SettingsOf } from '../flags.ts'

const flags = {
  /** Archives beside the layout, for programs that do not read a layout. */
  archive: {
    syntax: '--archive',
    help: 'write an archive for docker load and ctr images import too, one for each platform',
    read: (): true => true,
  } satisfies FormatFlag<true>,
  /** Executables that were built elsewhere: absolute paths. */
  executables: {
    syntax: '--executable <file...>',
    help: 'executables to pack, one for each platform (default: build them)',
    read: (words): readonly string[] => words.map((file) => resolve(file)),
  } satisfies FormatFlag<readonly string[]>,
  /** The directory of the Debian packages that the system in the image comes from: an absolute path. */
  debianPackages: {
    syntax: '--debian-packages <dir>',
    help: 'directory with .deb files to use instead of downloading pinned versions',
    read: ([word = '']): string => resolve(word),
  } satisfies FormatFlag<string>,
}

export type OciSettings = SettingsOf<typeof flags>

export const OCI: FormatDescription<'oci', typeof flags> = {
  name: 'oci',
  summary: 'container image without a shell, for Docker, Podman and Kubernetes',
  flags,
}
