/**
 * Writes the files of the Debian package that a checkout does not contain to a directory, for debian/rules.
 * The paths below the directory are those of the package.
 *
 *     node scripts/debian.ts DIRECTORY ARCHITECTURE
 */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { contextMaker } from '../src/build/context.ts'
import { debArchitecture } from '../src/build/debian/architecture.ts'
import { epochOf } from '../src/build/epoch.ts'
import { checkoutOf } from '../src/build/payloads/mathesarctl/checkout.ts'
import { copyrightFile } from '../src/build/payloads/mathesarctl/deb.ts'
import { mathesarctlPayload } from '../src/build/payloads/mathesarctl/index.ts'
import { generatedFiles } from '../src/build/payloads/mathesarctl/installed-files.ts'
import { PLATFORM_NAMES, platform } from '../src/build/platforms.ts'
import type { BuildEvent } from '../src/build/request.ts'

const [directory, architecture] = process.argv.slice(2)
if (!directory || !architecture) throw new Error('Usage: node scripts/debian.ts DIRECTORY ARCHITECTURE')
const target = PLATFORM_NAMES.map(platform).find((one) => debArchitecture(one) === architecture)
if (!target) throw new Error(`There is no executable for ${architecture}`)

const { env } = process
const own = mathesarctlPayload(env)
const executable = env.MATHESARCTL_EXECUTABLE
const payload = executable === undefined ? own : { ...own, executable: async () => executable }
const scratch = await mkdtemp(join(tmpdir(), 'mathesarctl-debian-'))
const request = { payload, formats: [], platforms: [target], out: directory, env, onProgress: report }
const context = contextMaker(request, { scratch, epoch: epochOf(env, payload) }, [])('deb')
try {
  const files = [
    ...(await generatedFiles(target, context)),
    await copyrightFile(checkoutOf(env), target, context),
  ]
  for (const file of files) {
    // dh_install cannot rename a file, so debian/rules installs this one itself.
    const path = join(directory, file.path.startsWith('/usr/share/doc/') ? basename(file.path) : file.path)
    await mkdir(dirname(path), { recursive: true })
    if (file.kind === 'copy') await copyFile(file.from, path)
    else if (file.kind === 'file') await writeFile(path, file.content)
  }
} finally {
  await rm(scratch, { recursive: true, force: true })
}

function report(event: BuildEvent): void {
  if (event.type === 'step') console.log(event.detail)
  if (event.type === 'warning') console.warn(`${event.message} ${event.hint}`)
}
