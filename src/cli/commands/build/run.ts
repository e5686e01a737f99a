import type { Artifact } from '../../../build/artifact.ts'
import { type PlatformName, platform } from '../../../build/platforms.ts'
import type { BuildEvent, BuildRequest } from '../../../build/request.ts'
import type { PushedImage } from '../../../build/types.ts'
import type { Invocation } from '../../invocation.ts'
import { tick } from '../../render/marks.ts'
import { byteSize } from '../../render/quantity.ts'
import { table } from '../../render/table.ts'
import { spinnerLine } from '../../spinner.ts'
import type { Terminal } from '../../terminal.ts'

/** What the operator asked for. */
export interface BuildOptions extends Pick<BuildRequest, 'formats' | 'isEveryFormat' | 'out' | 'settings'> {
  /** The platforms to build for; none: those of each format. */
  readonly platforms: readonly PlatformName[]
}

/** Builds, shows the progress, and prints the artifacts as a table or as one JSON document. */
export async function runBuild(
  { terminal, env, signal }: Pick<Invocation, 'terminal' | 'env' | 'signal'>,
  { platforms, ...options }: BuildOptions,
): Promise<void> {
  // Everything that only builds need is a bundle of its own.
  const { buildArtifacts, payloadFrom } = await import('../../../build/index.ts')
  const { show, images, stop } = progressOf(terminal)
  const artifacts = await buildArtifacts({
    ...options,
    payload: payloadFrom(env),
    platforms: platforms.map(platform),
    env,
    signal,
    onProgress: show,
  }).finally(stop)
  if (terminal.isJson) {
    terminal.document('build', {
      out: options.out,
      artefacts: artifacts,
      ...(images.length > 0 && { images }),
      ...terminal.collected(),
    })
    return
  }
  terminal.result(artifactTable(artifacts, terminal))
}

interface BuildProgress {
  show(event: BuildEvent): void
  /** The images that were uploaded. */
  images: readonly PushedImage[]
  stop(): void
}

function progressOf(terminal: Terminal): BuildProgress {
  const spinner = spinnerLine(terminal)
  const images: PushedImage[] = []
  const show = (event: BuildEvent) => {
    switch (event.type) {
      case 'step':
        if (!terminal.isAnimated) terminal.info(event.detail)
        spinner.show(event.detail)
        break
      case 'artifact':
        spinner.line(`${tick(terminal)} ${event.artifact.file}`)
        break
      case 'image': {
        const { repository, digest, tags } = event.image
        images.push(event.image)
        spinner.line(`${tick(terminal)} ${repository}@${digest} (${tags.join(', ')})`)
        break
      }
      case 'warning':
        spinner.stop()
        terminal.warn(event.message, event.hint)
        break
    }
  }
  return { show, images, stop: () => spinner.stop() }
}

const HASH_LENGTH = 64

/**
 * Operators compare hashes, so that none is cut: where they don't fit beside the rest, they stand on lines of
 * their own.
 */
function artifactTable(artifacts: readonly Artifact[], { resultStyle, columns }: Terminal): string {
  const widest = Math.max(...artifacts.map(({ file }) => file.length))
  if (columns !== null && widest + '  999 bytes  '.length + HASH_LENGTH > columns) {
    const lines = artifacts.map(({ file, bytes, sha256 }) => `${file} (${byteSize(bytes)})\n  ${sha256}`)
    return [resultStyle.bold('FILE (SIZE) AND SHA-256'), ...lines].join('\n')
  }
  const rows = artifacts.map(({ file, bytes, sha256 }) => [file, byteSize(bytes), sha256])
  return table(
    [{ heading: 'FILE' }, { heading: 'SIZE', isRightAligned: true }, { heading: 'SHA-256' }],
    rows,
    {
      style: resultStyle,
    },
  )
}
