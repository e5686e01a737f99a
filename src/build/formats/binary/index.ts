import { placeArtefact } from '../../files/artifact-file.ts'
import type { Format } from '../../types.ts'

/**
 * A single executable for each platform: nothing else has to be installed. Beside it are the licences of what is in it, which
 * want to go with every copy.
 */
export const binary: Format = {
  name: 'binary',
  summary: 'single executable that needs no Node',
  programs: [{ name: 'npm', install: 'install Node.js with npm, https://nodejs.org/' }],
  accepts: ({ executable }) => executable !== undefined,
  async build({ about, licences }, context) {
    const paths: string[] = []
    for (const platform of context.platforms) {
      const from = await context.executable(platform)
      const file = `${about.name}-${about.version}-${platform.name}`
      paths.push(await placeArtefact(context, file, { from }, 0o755))
      if (!licences) continue
      const content = joined(await licences(platform, context))
      paths.push(await placeArtefact(context, `${file}-licences.txt`, { content }))
    }
    return paths
  },
}

/** Texts in one, each under the name of its file. */
function joined(texts: Readonly<Record<string, string>>): string {
  const parts = Object.entries(texts).map(([name, text]) => `${name}\n\n${text.trim()}\n`)
  return parts.join(`\n${'='.repeat(78)}\n\n`)
}
