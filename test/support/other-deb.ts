/**
 * Builds the Debian package of this checkout with another version, executable and settings: a process of its own, since the
 * umask is one of a process.
 *
 *     node test/support/other-deb.ts '{"out": …, "version": …, "executable": …, "settings": …}'
 */
import { buildArtefacts } from '../../src/build/build.ts'
import { mathesarctlPayload } from '../../src/build/payloads/mathesarctl/index.ts'
import { platform } from '../../src/build/platforms.ts'
import type { Payload } from '../../src/build/types.ts'

export interface OtherDeb {
  /** A directory, absolute. */
  out: string
  version: string
  /** The path of a file that stands in for the executable. */
  executable: string
  /** The text of /etc/mathesar/mathesarctl.yaml, if it is another. */
  settings?: string
}

const { out, version, executable, settings } = JSON.parse(process.argv[2] ?? '') as OtherDeb
const own = mathesarctlPayload({})
const payload: Payload = {
  ...own,
  about: { ...own.about, version },
  executable: async () => executable,
  async deb(target, context) {
    const contents = await own.deb?.(target, context)
    if (!contents) throw new Error('There is no Debian package')
    const files = contents.files.map((file) =>
      settings !== undefined && file.kind === 'file' && file.conffile ? { ...file, content: settings } : file,
    )
    return { ...contents, files }
  },
}
await buildArtefacts({
  payload,
  formats: ['deb'],
  platforms: [platform('linux-x64')],
  out,
  settings: { debs: [] },
  env: process.env,
})
