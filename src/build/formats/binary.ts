import { placeArtefact } from '../artefact-file.ts'
import type { Format } from '../types.ts'

/** A single executable for each platform: nothing else has to be installed. */
export const binary: Format = {
  name: 'binary',
  summary: 'single executable that needs no Node',
  programs: [{ name: 'npm', install: 'install Node.js with npm, https://nodejs.org/' }],
  accepts: ({ executable }) => executable !== undefined,
  async build({ about }, context) {
    const paths: string[] = []
    for (const platform of context.platforms) {
      const from = await context.executable(platform)
      const file = `${about.name}-${about.version}-${platform.name}`
      paths.push(await placeArtefact(context, file, { from }, 0o755))
    }
    return paths
  },
}
