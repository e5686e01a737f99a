import type { BuildEvent, BuildRequest } from '../build/build.ts'
import type { Artefact, PlatformName } from '../build/types.ts'
import type { Invocation } from './invocation.ts'
import { byteSize } from './render/quantity.ts'
import { table } from './render/table.ts'
import { spinnerLine } from './spinner.ts'
import type { Terminal } from './terminal.ts'

export interface BuildWish extends Pick<BuildRequest, 'formats' | 'out' | 'settings'> {
  /** Every format was asked for: what can't be built as things are is left out. */
  everything: boolean
  platforms: readonly PlatformName[]
}

/** Builds, shows the progress, and prints the artefacts as a table or as one JSON document. */
export async function runBuild(
  { terminal, env, signal }: Invocation,
  { formats, everything, out, platforms, settings }: BuildWish,
): Promise<void> {
  // Loads what only builds need.
  const { buildArtefacts, hostPlatform, mathesarctlPayload, platform } = await import('../build/index.ts')
  const progress = spinnerLine(terminal)
  const tick = terminal.unicode ? '✓' : '*'
  const tell = (event: BuildEvent) => {
    switch (event.type) {
      case 'step':
        if (!terminal.animated) terminal.info(event.detail)
        progress.show(event.detail)
        break
      case 'artefact':
        progress.line(`${terminal.style.green(tick)} ${event.artefact.file}`)
        break
      case 'warning':
        progress.stop()
        terminal.warn(event.message, event.hint)
        break
    }
  }
  const artefacts = await buildArtefacts({
    payload: mathesarctlPayload(env),
    formats,
    everything,
    out,
    settings,
    platforms: platforms.length === 0 ? [hostPlatform()] : platforms.map(platform),
    env,
    signal,
    onProgress: tell,
  }).finally(() => progress.stop())
  if (terminal.json) {
    terminal.document('build', { out, artefacts, ...terminal.collected() })
    return
  }
  terminal.result(artefactTable(artefacts, terminal))
}

const HASH_LENGTH = 64

/** Hashes are never cut, for they are there to be compared: where they don't fit beside the rest, they have lines of their own. */
function artefactTable(artefacts: readonly Artefact[], { resultStyle, columns }: Terminal): string {
  const widest = Math.max(...artefacts.map(({ file }) => file.length))
  if (columns !== null && widest + '  999 bytes  '.length + HASH_LENGTH > columns) {
    const lines = artefacts.map(({ file, bytes, sha256 }) => `${file} (${byteSize(bytes)})\n  ${sha256}`)
    return [resultStyle.bold('FILE (SIZE) AND SHA-256'), ...lines].join('\n')
  }
  const rows = artefacts.map(({ file, bytes, sha256 }) => [file, byteSize(bytes), sha256])
  return table([{ heading: 'FILE' }, { heading: 'SIZE', right: true }, { heading: 'SHA-256' }], rows, {
    style: resultStyle,
  })
}
