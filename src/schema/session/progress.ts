import { quoteLiteral } from '../../postgres/quote.ts'
import type { ServerNotice } from '../../postgres/types.ts'

/**
 * The progress of a script that works on the schemas. The script reports it by notices: the server sends each
 * notice the moment the script raises it, whereas a result would wait for the end of the message. The same
 * value passes from the notice through the use case to the screen.
 */
export type SchemaProgress =
  /** Objects created; `part` is the part of the source that creates them, such as `types`. */
  | { phase: 'install'; part: string; done: number; total: number }
  /** Objects dropped. */
  | { phase: 'drop'; done: number; total: number }
  /** Steps of a conversion. */
  | { phase: ConversionPhase; done: number; total: number }

/** Convert objects, compare their contents before and after, and renew the statistics of tables. */
export type ConversionPhase = 'convert' | 'verify' | 'analyze'

/** The phases of a removal. */
export type RemovalPhase = ConversionPhase | 'drop'

const REMOVAL_PHASES: readonly string[] = ['convert', 'verify', 'analyze', 'drop'] satisfies RemovalPhase[]

const MARK = 'mathesarctl progress'

/** Encodes progress as the text of a notice; ASCII. */
export function encodeProgress(progress: SchemaProgress): string {
  const { phase, done, total } = progress
  const text = `${MARK} ${phase} ${done} ${total}`
  return progress.phase === 'install' ? `${text} ${encodeURIComponent(progress.part)}` : text
}

/** Decodes the progress in a notice; returns `null` for any other notice. */
export function decodeProgress({ severity, message }: ServerNotice): SchemaProgress | null {
  const match = /^mathesarctl progress ([a-z]+) (\d+) (\d+)(?: (\S+))?$/.exec(message)
  if (severity !== 'INFO' || match === null) return null
  const [, phase = '', done, total, part] = match
  const counts = { done: Number(done), total: Number(total) }
  if (phase === 'install' && part !== undefined) return { phase, part: decodeURIComponent(part), ...counts }
  return isRemovalPhase(phase) && part === undefined ? { phase, ...counts } : null
}

function isRemovalPhase(phase: string): phase is RemovalPhase {
  return REMOVAL_PHASES.includes(phase)
}

/**
 * Returns a statement that raises a notice with the progress. INFO is the level that reaches the client
 * whatever `client_min_messages` is.
 */
export function progressStatement(progress: SchemaProgress): string {
  return `DO $progress$ BEGIN RAISE INFO '%', ${quoteLiteral(encodeProgress(progress))}; END $progress$;`
}

/** Returns a PL/pgSQL statement that raises such a notice; `done` and `total` are integer expressions. */
export function raiseProgressStatement(phase: RemovalPhase, done: string, total: string): string {
  return `RAISE INFO '${MARK} ${phase} % %', ${done}, ${total};`
}

/**
 * Returns a reader of notices that passes progress to `onProgress`, and the text of all others to `onNotice`.
 */
export function noticeReader(options: {
  onProgress?: (progress: SchemaProgress) => void
  onNotice?: (message: string) => void
}): (notice: ServerNotice) => void {
  return (notice) => {
    const progress = decodeProgress(notice)
    if (progress) options.onProgress?.(progress)
    else options.onNotice?.(`${notice.severity}: ${notice.message}`)
  }
}
