/**
 * For debian/rules: writes what the Debian package has and the checkout has not, below a directory, with the paths of the package.
 *
 *     node scripts/debian.ts DIRECTORY ARCHITECTURE
 */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { epochOf } from '../src/build/build.ts'
import { PLATFORM_NAMES } from '../src/build/names.ts'
import { madeFiles } from '../src/build/payloads/mathesarctl/deb.ts'
import { checkoutOf, mathesarctlPayload } from '../src/build/payloads/mathesarctl/index.ts'
import { debArchitecture, platform } from '../src/build/platforms.ts'
import type { BuildContext } from '../src/build/types.ts'

const [directory, architecture] = process.argv.slice(2)
if (!directory || !architecture) throw new Error('Usage: node scripts/debian.ts DIRECTORY ARCHITECTURE')
const target = PLATFORM_NAMES.map(platform).find((one) => debArchitecture(one) === architecture)
if (!target) throw new Error(`There is no executable for ${architecture}`)

const { env } = process
const payload = mathesarctlPayload(env)
const work = await mkdtemp(join(tmpdir(), 'mathesarctl-debian-'))
const context: BuildContext = {
  settings: { debs: [] },
  platforms: [target],
  out: directory,
  work,
  epoch: epochOf(env, payload),
  env,
  signal: undefined,
  async executable(wanted) {
    if (env.MATHESARCTL_EXECUTABLE) return env.MATHESARCTL_EXECUTABLE
    if (!payload.executable) throw new Error('There is no executable to pack')
    return payload.executable(wanted, context)
  },
  made: () => [],
  progress: (step) => console.log(step),
  warn: (message, hint) => console.warn(`${message} ${hint}`),
}
try {
  for (const file of await madeFiles(checkoutOf(env), target, context)) {
    // dh_install can't put a file under another name, so debian/rules takes this one itself.
    const path = join(directory, file.path.startsWith('/usr/share/doc/') ? basename(file.path) : file.path)
    await mkdir(dirname(path), { recursive: true })
    if (file.kind === 'copy') await copyFile(file.from, path)
    else if (file.kind === 'file') await writeFile(path, file.content)
  }
} finally {
  await rm(work, { recursive: true, force: true })
}
