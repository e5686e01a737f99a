import type { Artifact } from '../../src/build/artifact.ts'
import { buildArtifacts } from '../../src/build/build.ts'
import type { AptRepoSettings } from '../../src/build/formats/apt-repo/description.ts'
import type { Payload } from '../../src/build/payloads/types.ts'

/** A payload without any package of its own. */
export const PAYLOAD: Payload = {
  about: {
    name: 'mathesarctl',
    version: '0.3.0',
    summary: 'payload of a test',
    description: ['It has nothing.'],
    license: 'MIT',
    homepage: null,
    maintainer: 'Test <test@example.org>',
  },
  epoch: 1_790_000_000,
  components: async () => [],
  contents: {},
}

export interface RepositoryBuild extends AptRepoSettings {
  out: string
  env?: Readonly<Record<string, string>>
  onStep?: (detail: string) => void
}

export interface RepositoryBuilt {
  artifacts: readonly Artifact[]
  warnings: readonly string[]
}

/** Runs `mathesarctl build apt-repo` with that payload. */
export async function buildRepository(build: RepositoryBuild): Promise<RepositoryBuilt> {
  const { out, env, onStep, ...settings } = build
  const warnings: string[] = []
  const artifacts = await buildArtifacts({
    payload: PAYLOAD,
    formats: ['apt-repo'],
    platforms: [],
    out,
    settings: { 'apt-repo': settings },
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
    onProgress: (event) => {
      if (event.type === 'warning') warnings.push(event.message)
      if (event.type === 'step') onStep?.(event.detail)
    },
  })
  return { artifacts, warnings }
}
