import { resolve } from 'node:path'
import { usageError } from '../../../errors.ts'
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
  /** The repository that the image is uploaded to, such as `ghcr.io/owner/mathesarctl`. */
  push: {
    syntax: '--push <registry>',
    help: 'with REGISTRY/NAME, upload the image with the tags of its version',
    accepts: (word) => word !== 'gitlab',
    read: ([word = '', other]): string => {
      if (other === undefined) return word
      throw usageError(
        'There are several repositories with --push, and a run uploads the image to one.',
        'Pass one REGISTRY/NAME, and run the command again for each other one.',
        'push',
      )
    },
  } satisfies FormatFlag<string>,
}

export type OciSettings = SettingsOf<typeof flags>

export const OCI: FormatDescription<'oci', typeof flags> = {
  name: 'oci',
  summary: 'container image without a shell, for Docker, Podman and Kubernetes',
  flags,
}
