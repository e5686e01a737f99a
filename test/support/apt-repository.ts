import { buildArtefacts } from '../../src/build/build.ts'
import type { Artefact, BuildSettings, Payload } from '../../src/build/types.ts'

/** A payload without any package of its own. */
export const PAYLOAD: Payload = {
  about: {
    name: 'mathesarctl',
    version: '0.3.0',
    summary: 'payload of a test',
    description: ['It has nothing.'],
    licence: 'MIT',
    homepage: null,
    maintainer: 'Test <test@example.org>',
  },
  epoch: 1_790_000_000,
  components: async () => [],
}

export interface RepositoryBuild extends Partial<BuildSettings> {
  out: string
  env?: Readonly<Record<string, string>>
  onStep?: (detail: string) => void
}

export interface RepositoryBuilt {
  artefacts: readonly Artefact[]
  warnings: readonly string[]
}

/** `mathesarctl build apt-repo` of that payload. */
export async function buildRepository(build: RepositoryBuild): Promise<RepositoryBuilt> {
  const { out, env, onStep, ...settings } = build
  const warnings: string[] = []
  const artefacts = await buildArtefacts({
    payload: PAYLOAD,
    formats: ['apt-repo'],
    platforms: [],
    out,
    settings: { debs: [], ...settings },
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
    onProgress: (event) => {
      if (event.type === 'warning') warnings.push(event.message)
      if (event.type === 'step') onStep?.(event.detail)
    },
  })
  return { artefacts, warnings }
}
