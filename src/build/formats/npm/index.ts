import { chmod, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { placeArtifact } from '../../files/artifact-file.ts'
import { NPM_PROGRAM } from '../../programs/npm.ts'
import { runProgram } from '../../programs/run-program.ts'
import type { Format } from '../types.ts'
import type { NpmContents } from './contents.ts'
import { NPM } from './description.ts'

/**
 * The tarball that `npm publish` uploads. npm itself packs it: it knows its own rules, and sets the same time
 * on every file.
 */
export const npm: Format<NpmContents, object> = {
  name: NPM.name,
  requires: ['contents'],
  after: [],
  programs: () => [NPM_PROGRAM],
  async build({ about, contents }, context) {
    context.progress('Packing for npm')
    const { directory } = await contents(context)
    await normalizeModes(directory)
    const destination = join(context.scratch, 'npm-packed')
    await mkdir(destination)
    await runProgram(
      'npm',
      {
        args: ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', destination],
        cwd: directory,
      },
      context,
    )
    const file = `${about.name}-${about.version}.tgz`
    return [await placeArtifact(context, file, { from: join(destination, file) })]
  },
}

/** npm packs modes as they are, and they depend on the umask and the file system. */
async function normalizeModes(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const isExecutable = entry.isDirectory() || ((await stat(path)).mode & 0o100) !== 0
    await chmod(path, isExecutable ? 0o755 : 0o644)
  }
}
