/**
 * Builds the Debian package of this checkout with another version, executable and settings. It is a separate
 * process, since the umask belongs to a process.
 *
 *     node test/support/other-deb.ts '{"out": …, "version": …, "executable": …, "settings": …}'
 */
import { buildArtifacts } from '../../src/build/build.ts'
import { mathesarctlPayload } from '../../src/build/payloads/mathesarctl/index.ts'
import type { Payload } from '../../src/build/payloads/types.ts'
import { platform } from '../../src/build/platforms.ts'

export interface OtherDeb {
  /** The absolute path of a directory. */
  out: string
  version: string
  /** The path of a file that replaces the executable. */
  executable: string
  /** Another text for /etc/mathesar/mathesarctl.yaml. */
  settings?: string
}

const { out, version, executable, settings } = JSON.parse(process.argv[2] ?? '') as OtherDeb
const own = mathesarctlPayload({})
const payload: Payload = {
  ...own,
  about: { ...own.about, version },
  executable: async () => executable,
  async installedFiles(target, context) {
    const files = (await own.installedFiles?.(target, context)) ?? []
    return files.map((file) =>
      settings !== undefined && file.kind === 'file' && file.isConfiguration
        ? { ...file, content: settings }
        : file,
    )
  },
}
await buildArtifacts({
  payload,
  formats: ['deb'],
  platforms: [platform('linux-x64')],
  out,
  env: process.env,
})
