import { chmod, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { placeArtefact } from '../../files/artifact-file.ts'
import { runProgram } from '../../programs/run-program.ts'
import type { Format } from '../../types.ts'

/** The tarball that `npm publish` takes. npm itself packs: it knows what it wants, and gives every file the same time. */
export const npm: Format = {
  name: 'npm',
  summary: 'tarball for npm install and npm publish',
  programs: [{ name: 'npm', install: 'install Node.js with npm, https://nodejs.org/' }],
  accepts: ({ npm: contents }) => contents !== undefined,
  async build(payload, context) {
    if (!payload.npm) return []
    context.progress('Packing for npm')
    const { directory } = await payload.npm(context)
    await normaliseModes(directory)
    const packed = join(context.work, 'npm-packed')
    await mkdir(packed)
    await runProgram(
      'npm',
      {
        args: ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', packed],
        cwd: directory,
      },
      context,
    )
    const file = `${payload.about.name}-${payload.about.version}.tgz`
    return [await placeArtefact(context, file, { from: join(packed, file) })]
  },
}

/** npm packs modes as they are, which the umask and the file system have a say in. */
async function normaliseModes(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const runs = entry.isDirectory() || ((await stat(path)).mode & 0o100) !== 0
    await chmod(path, runs ? 0o755 : 0o644)
  }
}
